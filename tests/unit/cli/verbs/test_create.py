"""`calicoctl create`: new resources only."""

from __future__ import annotations

from tests.unit.cli.console import Console, network_set

EXISTS = "resource already exists: GlobalNetworkSet(out) with error: <nil>"


def test_created_once(calicoctl: Console) -> None:
    file = calicoctl.file(network_set())
    assert calicoctl("create", "-f", file).out == "Successfully created 1 'GlobalNetworkSet' resource(s)\n"
    said = calicoctl("create", "-f", file)
    assert (said.code, said.out) == (1, "")
    assert said.err == f"failed to create 'GlobalNetworkSet' resource: [{EXISTS}]\n"


def test_what_exists_can_be_skipped(calicoctl: Console) -> None:
    calicoctl.has(network_set())
    said = calicoctl("create", "--skip-exists", "-f", calicoctl.file(network_set()))
    assert (said.code, said.out) == (0, "Successfully created 1 'GlobalNetworkSet' resource(s)\n")
    assert said.err == "note: GlobalNetworkSet/out exists, and is left as it is\n"


def test_one_failure_does_not_keep_others_from_being_created(calicoctl: Console) -> None:
    calicoctl.has(network_set())
    said = calicoctl("create", "-f", calicoctl.file("---\n".join(network_set(name) for name in ("out", "b", "c"))))
    assert said.code == 1
    assert said.out == "Partial success: created the first 2 out of 3 'GlobalNetworkSet' resources:\n"
    assert said.err == f"hit error: [{EXISTS}]\n"
    assert calicoctl("get", "gnetsets").out.split() == ["NAME", "b", "c", "out"]


def test_a_resource_version_is_refused(calicoctl: Console) -> None:
    said = calicoctl("create", "-f", calicoctl.file(network_set(extra=", resourceVersion: '7'")))
    assert said.code == 1
    assert "Metadata.ResourceVersion = '7' (field must not be set for a Create request)" in said.err
