"""`calicoctl label`: every outcome of the specification."""

from __future__ import annotations

import pytest

from tests.unit.cli.console import Console, network_set, policy

PRESENT = "key a is already present. please use '--overwrite' to set a new value"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("new=1",), "Successfully set label new on gnetsets out"),
        (("a=b",), "Successfully updated label a on gnetsets out"),
        (("a=c", "--overwrite"), "Successfully updated label a on gnetsets out"),
        (("a", "--remove"), "Successfully removed label a from gnetsets out"),
        (("a=1", "--remove"), "Successfully removed label a from gnetsets out"),
    ],
)
def test_done(calicoctl: Console, words: tuple[str, ...], text: str) -> None:
    calicoctl.has(network_set(extra=", labels: {a: b}"))
    said = calicoctl("label", "gnetsets", "out", *words)
    assert (said.code, said.out, said.err) == (0, f"{text}\n", "")


@pytest.mark.parametrize(
    ("name", "words", "text"),
    [
        ("out", ("plain",), "invalid label plain"),
        ("out", ("a=c",), f"failed to update label of gnetsets out, {PRESENT}"),
        ("out", ("x", "--remove"), "cannot remove label of gnetsets out, key x does not exist"),
        ("missing", ("x=1",), "gnetsets missing not found"),
        ("out", ("x=not a value",), "failed to update gnetsets out, label not changed"),
    ],
)
def test_not_done(calicoctl: Console, name: str, words: tuple[str, ...], text: str) -> None:
    calicoctl.has(network_set(extra=", labels: {a: b}"))
    before = calicoctl("get", "gnetsets", "-o", "yaml").out
    said = calicoctl("label", "gnetsets", name, *words)
    assert (said.code, said.out, said.err.splitlines()[0]) == (1, "", text)
    assert calicoctl("get", "gnetsets", "-o", "yaml").out == before


def test_the_labels_are_there(calicoctl: Console) -> None:
    calicoctl.has(network_set(extra=", labels: {a: b}"))
    calicoctl("label", "gnetsets", "out", "x=1")
    calicoctl("label", "gnetsets", "out", "a", "--remove")
    assert '  labels:\n    x: "1"\n' in calicoctl("get", "gnetsets", "out", "-o", "yaml").out


def test_three_words_are_needed(calicoctl: Console) -> None:
    assert calicoctl("label", "np", "x").err == "requires at least 3 arg(s), only received 2\n"


def test_the_tier_label_says_what_the_spec_says(calicoctl: Console) -> None:
    calicoctl.has(policy())
    said = calicoctl("label", "np", "db", "projectcalico.org/tier=other", "--overwrite", "-n", "shop")
    assert said.code == 0
    assert "projectcalico.org/tier: default\n" in calicoctl("get", "np", "db", "-n", "shop", "-o", "yaml").out
