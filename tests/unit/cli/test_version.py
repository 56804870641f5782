"""`calicoctl version`: the lines of the specification."""

from __future__ import annotations

from tests.unit.cli.console import Console
from tortie import __version__

CLIENT = f"Client Version:    v{__version__}\nGit commit:        unknown\n"


def test_version(calicoctl: Console) -> None:
    said = calicoctl("version")
    assert (said.code, said.err) == (0, "")
    assert said.out == f"{CLIENT}Cluster Version:   unknown\nCluster Type:      unknown\n"


def test_the_clients_needs_no_datastore(calicoctl: Console) -> None:
    assert calicoctl("version", "--client", "-c", "/absent").out == CLIENT


def test_polling_is_refused(calicoctl: Console) -> None:
    said = calicoctl("version", "--poll", "30s")
    assert (said.code, said.out, said.err.splitlines()[0]) == (1, "", "`--poll` is not supported")
