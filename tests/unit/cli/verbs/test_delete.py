"""`calicoctl delete`: by words and by file."""

from __future__ import annotations

import pytest

from tests.unit.cli.console import Console, network_set, policy, tier

MISSING = "resource does not exist: GlobalNetworkSet(missing) with error: <nil>"


def test_others_are_deleted_when_one_is_missing(calicoctl: Console) -> None:
    calicoctl.has(network_set("a"), network_set("b"))
    said = calicoctl("delete", "gnetsets", "a", "missing", "b")
    assert said.code == 1
    assert said.out == "Successfully deleted 2 'GlobalNetworkSet' resource(s)\n"
    assert said.err == f"Failed to delete 'GlobalNetworkSet' resource: {MISSING}\n\n"
    assert calicoctl("get", "gnetsets").out == "NAME   \n\n"


@pytest.mark.parametrize("flag", ["-s", "--skip-not-exists"])
def test_what_is_missing_can_be_skipped(calicoctl: Console, flag: str) -> None:
    said = calicoctl("delete", "gnetsets", "missing", flag)
    assert (said.code, said.out) == (0, "Successfully deleted 1 'GlobalNetworkSet' resource(s)\n")
    assert said.err == "note: GlobalNetworkSet/missing is not there, and counts as deleted\n"


def test_what_get_prints_can_be_deleted(calicoctl: Console) -> None:
    calicoctl.has(network_set("a"), policy())
    for kind, options in (("gnetsets", ("-o", "yaml")), ("np", ("-A", "-o", "json"))):
        file = calicoctl.file(calicoctl("get", kind, *options).out)
        assert calicoctl("delete", "-f", file).code == 0
        assert calicoctl("get", kind).out.count("\n") == 2


def test_a_stale_resource_version_is_a_conflict(calicoctl: Console) -> None:
    calicoctl.has(network_set())
    said = calicoctl("delete", "-f", calicoctl.file(network_set(extra=", resourceVersion: '1'")))
    assert said.err == "Failed to delete 'GlobalNetworkSet' resource: update conflict: GlobalNetworkSet(out)\n\n"


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("default", "operation Delete is not supported on default: Cannot delete default tier"),
        ("security", "operation delete is not supported on security: Cannot delete a non-empty tier"),
    ],
)
def test_tiers_that_stay(calicoctl: Console, name: str, what: str) -> None:
    calicoctl.has(tier("security"), policy(spec="tier: security"))
    assert calicoctl("delete", "tier", name).err == f"Failed to delete 'Tier' resource: {what}\n\n"


@pytest.mark.parametrize("words", [(), ("gnetsets",)])
def test_something_has_to_be_named(calicoctl: Console, words: tuple[str, ...]) -> None:
    said = calicoctl("delete", *words)
    assert (said.code, said.err.splitlines()[0]) == (1, "nothing to delete was named")
