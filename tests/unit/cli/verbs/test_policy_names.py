"""Policies that an older version stored under another name."""

from __future__ import annotations

from tests.unit.cli.console import Console, policy


def test_there_is_nothing_to_do(calicoctl: Console) -> None:
    calicoctl.has(policy())
    before = calicoctl("get", "np", "-A", "-o", "yaml").out
    said = calicoctl("datastore", "migrate-policy-names")
    assert (said.code, said.out) == (0, "Policy name migration complete, migrated 0 policies.\n")
    assert calicoctl("get", "np", "-A", "-o", "yaml").out == before
