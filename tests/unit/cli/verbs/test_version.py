"""`calicoctl version`: the client's and the cluster's, once or again and again."""

from __future__ import annotations

import time
from typing import NoReturn

import pytest

from tests.unit.cli.console import Console
from tortie import __version__

CLIENT = f"Client Version:    v{__version__}\nGit commit:        unknown\n"
UNKNOWN = "Cluster Version:   unknown\nCluster Type:      unknown\n"


def test_the_client_only_asks_no_datastore(calicoctl: Console) -> None:
    calicoctl.file("no database\n" * 100, "store.db")
    assert calicoctl("version", "--client").out == CLIENT


def test_a_cluster_that_tells_nothing(calicoctl: Console) -> None:
    assert calicoctl("version").out == CLIENT + UNKNOWN


def test_a_cluster_that_tells_its_version_and_type(calicoctl: Console) -> None:
    calicoctl.says(calicoVersion="v3.31.7", clusterType="k8s,bgp")
    assert calicoctl("version").out == f"{CLIENT}Cluster Version:   v3.31.7\nCluster Type:      k8s,bgp\n"


def test_a_version_that_does_not_match_is_told_all_the_same(calicoctl: Console) -> None:
    calicoctl.says(calicoVersion="v9.9.9")
    assert calicoctl("version").code == 0


def test_a_datastore_that_does_not_answer(calicoctl: Console) -> None:
    calicoctl.file("no database\n" * 100, "store.db")
    said = calicoctl("version")
    assert (said.code, said.out) == (1, CLIENT)
    assert said.err.startswith("unable to retrieve Cluster Version or Type: ")


def test_polling_tells_the_cluster_again_when_it_has_changed(
    calicoctl: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        match len(waits):
            case 2:
                calicoctl.says(calicoVersion="v3.31.7")
            case 4:
                stop()

    def stop() -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", wait)
    said = calicoctl("version", "--poll", "1m30s")
    assert (said.code, waits) == (130, [90.0] * 4)
    assert said.out == f"{CLIENT}{UNKNOWN}Cluster Version:   v3.31.7\nCluster Type:      unknown\n"


@pytest.mark.parametrize("text", ["30", "s", "1 s", "1d", "-1s"])
def test_what_is_no_duration(calicoctl: Console, text: str) -> None:
    said = calicoctl("version", f"--poll={text}")
    assert (said.code, f"invalid poll duration specified: {text}" in said.err) == (1, True)
