"""`calicoctl patch`: parts of one resource."""

from __future__ import annotations

import json

import pytest

from tests.unit.cli.console import Console, network_set, policy


@pytest.mark.parametrize("patch", ['{"spec": {"selector": "a == \'b\'"}}', "spec:\n  selector: a == 'b'\n"])
def test_patched(calicoctl: Console, patch: str) -> None:
    calicoctl.has(policy(extra=", labels: {a: b}"))
    said = calicoctl("patch", "np", "db", "-n", "shop", "-p", patch)
    assert (said.code, said.out, said.err) == (0, "Successfully patched 1 'NetworkPolicy' resource\n", "")
    shown = json.loads(calicoctl("get", "np", "db", "-n", "shop", "-o", "json").out)
    assert shown["spec"]["selector"] == "a == 'b'"
    assert shown["metadata"]["labels"] == {"a": "b", "projectcalico.org/tier": "default"}


@pytest.mark.parametrize(
    ("name", "patch", "what"),
    [
        ("missing", "{}", "resource does not exist: GlobalNetworkSet(missing) with error: <nil>"),
        ("out", "", "performing strategic merge patch: invalid JSON document"),
        ("out", "nonsense", "performing strategic merge patch: invalid JSON document"),
        (
            "out",
            '{"spec": ',
            (
                "performing strategic merge patch: invalid JSON document: "
                "this is not YAML: did not find expected node content"
            ),
        ),
        ("out", "[]", "performing strategic merge patch: invalid JSON document"),
        ("out", '{"metadata": {"name": "other"}}', "a patch cannot change kind, name or namespace"),
        ("out", '{"metadata": {"resourceVersion": "1"}}', "update conflict: GlobalNetworkSet(out)"),
    ],
)
def test_refused(calicoctl: Console, name: str, patch: str, what: str) -> None:
    calicoctl.has(network_set())
    said = calicoctl("patch", "gnetsets", name, "-p", patch)
    assert (said.code, said.out, said.err) == (1, "", f"hit error: {what}\n")


def test_unknown_fields_are_refused(calicoctl: Console) -> None:
    calicoctl.has(network_set())
    said = calicoctl("patch", "gnetsets", "out", "-p", '{"spec": {"colour": 1}}')
    assert said.code == 1
    assert "field in document is not recognized or is in the wrong location: colour" in said.err


def test_a_move_to_a_tier_that_is_not_there_is_told(calicoctl: Console) -> None:
    calicoctl.has(policy())
    said = calicoctl("patch", "np", "db", "-n", "shop", "-p", "spec: {tier: security}")
    assert (said.code, said.out) == (0, "Successfully patched 1 'NetworkPolicy' resource\n")
    assert said.err == (
        "warning: NetworkPolicy/shop/db spec.tier: there is no tier `security`: "
        "it counts as the last one, and ends in deny\n  create the tier\n"
    )


def test_kind_and_name_are_needed(calicoctl: Console) -> None:
    assert calicoctl("patch", "np").err == "accepts 2 arg(s), received 1\n"
