"""`calicoctl validate`: without a datastore."""

from __future__ import annotations

from tests.unit.cli.console import Console, network_set, policy


def test_good_files(calicoctl: Console) -> None:
    said = calicoctl("validate", "-f", calicoctl.file(f"{network_set()}---\n{policy()}"))
    assert (said.code, said.out, said.err) == (0, "Successfully validated 2 resource(s)\n", "")
    assert not (calicoctl.directory / "store.db").exists()


def test_every_mistake_of_every_file_is_shown(calicoctl: Console) -> None:
    bad = [calicoctl.file(network_set(spec=f"{field}: 1"), f"bad/{field}.yaml") for field in ("first", "second")]
    said = calicoctl("validate", "-f", str(calicoctl.directory / "bad"))
    assert (said.code, said.out) == (1, "")
    for file in bad:
        assert f"{file}:4:8: " in said.err


def test_a_configuration_that_is_not_there_does_not_matter(calicoctl: Console) -> None:
    assert calicoctl("validate", "-c", "/absent", "--context", "x", "-f", calicoctl.file(policy())).code == 0
