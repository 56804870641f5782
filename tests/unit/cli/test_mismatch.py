"""Clusters of other versions: which are refused, where, and how that is overridden."""

from __future__ import annotations

import pytest

from tests.unit.cli.console import Console, network_set
from tortie.cli.mismatch import CLIENT_VERSION

KNOWS = f"{CLIENT_VERSION} (knows v3.28 to v3.34)"
TEXT = f"version mismatch.\nClient Version:   {KNOWS}\nCluster Version:  2.0.0\n"
OVERRIDE = "Use --allow-version-mismatch to override\n"


@pytest.mark.parametrize("version", ["v3.28.0", "3.31.7", "v3.34.0-0.dev-12", "v3.32", ""])
def test_known_versions(calicoctl: Console, version: str) -> None:
    calicoctl.says(calicoVersion=version)
    assert calicoctl("get", "tier").code == 0


@pytest.mark.parametrize("version", ["v2.0.0", "v3.27.9", "v3.35.0", "v4.0.0", "nonsense"])
def test_other_versions(calicoctl: Console, version: str) -> None:
    calicoctl.says(calicoVersion=version)
    assert calicoctl("get", "tier").code == 1
    assert calicoctl("get", "tier", "--allow-version-mismatch").code == 0


def checked(calicoctl: Console) -> dict[str, list[str]]:
    file = calicoctl.file(network_set())
    return {
        "create": ["-f", file],
        "apply": ["-f", file],
        "replace": ["-f", file],
        "delete": ["gnetset", "x"],
        "patch": ["gnetset", "x", "-p", "{}"],
        "label": ["gnetset", "x", "a=b"],
        "get": ["tier"],
    }


def test_every_command_that_acts_on_the_datastore_checks(calicoctl: Console) -> None:
    calicoctl.says(calicoVersion="v2.0.0-x")
    for command, words in checked(calicoctl).items():
        if command in {"delete", "patch", "label"}:
            words[0] = "gnetsets"
        said = calicoctl(command, *words)
        begins = "failed to get resources: " if command == "get" else ""
        assert (said.code, said.out, said.err) == (1, "", begins + TEXT + OVERRIDE), command


def test_others_do_not(calicoctl: Console) -> None:
    calicoctl.says(calicoVersion="v2.0.0")
    assert calicoctl("validate", "-f", calicoctl.file(network_set())).code == 0
    assert calicoctl("version").code == 0


def test_a_datastore_that_does_not_answer(calicoctl: Console) -> None:
    calicoctl.file("no database\n" * 100, "store.db")
    said = calicoctl("get", "tier")
    assert said.err.startswith(
        "failed to get resources: unable to get Cluster Information to verify version mismatch: "
    )
    assert said.err.endswith(OVERRIDE)
