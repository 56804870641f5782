"""Locking and unlocking a datastore."""

from __future__ import annotations

from tests.unit.cli.console import Console


def ready(calicoctl: Console) -> str:
    return calicoctl("get", "clusterinfo", "-o", "custom-columns=DATASTOREREADY").out.split()[-1]


def test_locked_and_unlocked(calicoctl: Console) -> None:
    for command, said, is_ready in (
        ("lock", "locked", "false"),
        ("lock", "locked", "false"),
        ("unlock", "unlocked", "true"),
    ):
        answer = calicoctl("datastore", "migrate", command)
        assert (answer.code, answer.out, answer.err) == (0, f"Datastore {said}.\n", "")
        assert ready(calicoctl) == is_ready


def test_the_rest_of_the_clusters_information_stays(calicoctl: Console) -> None:
    calicoctl.says(calicoVersion="v3.31.0", clusterType="k8s")
    calicoctl("datastore", "migrate", "lock")
    assert "k8s           v3.31.0         false" in calicoctl("get", "clusterinfo").out
