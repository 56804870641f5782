"""What a shell is told may come next."""

from __future__ import annotations

import pytest

from tests.unit.cli.console import Console, network_set, policy
from tortie.cli.verbs.complete import FILES


def offered(calicoctl: Console, *words: str) -> list[str]:
    said = calicoctl("__complete", *words)
    assert (said.code, said.err) == (0, "")
    return [line.split("\t")[0] for line in said.out.splitlines()]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("ge",), ["get"]),
        (("-l", "info", "val"), ["validate"]),
        (("ipam", "rel"), ["release"]),
        (("node", ""), ["status", "diags", "checksystem", "run"]),
        (("get", "--ou"), ["--output"]),
        (("get", "--all-namespaces"), ["--all-namespaces"]),
        (("get", "-o", "go"), ["go-template=", "go-template-file="]),
        (("apply", "-f", "some"), [FILES]),
        (("get", "-l", "in"), ["info"]),
        (("get", "globalnetworks"), ["globalnetworkset"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
        (("apply", ""), []),
        (("get", "nonsense", ""), []),
        (("get", "--nonsense", "x", ""), []),
    ],
)
def test_words(calicoctl: Console, words: tuple[str, ...], expected: list[str]) -> None:
    assert offered(calicoctl, *words) == expected


def test_names_and_namespaces_come_from_the_datastore(calicoctl: Console) -> None:
    calicoctl.has(policy("web"), policy("db"), policy("x", "lab"), network_set("a"), network_set("b"))
    assert offered(calicoctl, "get", "gnetsets", "") == ["a", "b"]
    assert offered(calicoctl, "get", "np", "-n", "shop", "d") == ["db"]
    assert offered(calicoctl, "patch", "np", "db", "-n", "shop", "") == []
    assert offered(calicoctl, "delete", "gnetsets", "a", "") == ["a", "b"]
    assert offered(calicoctl, "get", "np", "-n", "") == ["lab", "shop"]


def test_a_datastore_that_does_not_answer_is_no_error(calicoctl: Console) -> None:
    calicoctl.file("no database\n" * 100, "store.db")
    assert offered(calicoctl, "get", "gnetsets", "") == []
