"""`calicoctl` on etcd: the tables of its own tests once more, word for word, and what only etcd has.

The tests themselves are those of `tests/unit/cli`, which run on the embedded datastore; here their console is another.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.etcds import Etcd, paths, put, wipe
from tests.unit.cli import test_mismatch, test_shown_only
from tests.unit.cli.change import test_writes
from tests.unit.cli.console import Console, policy
from tests.unit.cli.verbs import (
    test_apply,
    test_confirm,
    test_create,
    test_delete,
    test_diff,
    test_get,
    test_label,
    test_migrate_export,
    test_migrate_import,
    test_patch,
    test_policy_names,
    test_ready,
    test_replace,
)

OF_A_FILE = {
    "test_a_datastore_that_does_not_answer": "writes nonsense into the file of the embedded datastore",
    "test_a_dry_run_in_a_datastore_that_is_not_there_makes_none": "looks for that file",
    "test_an_empty_list": "expects the embedded datastore's first revision",
    "test_kubernetes_kinds_are_stored_too": "etcd keeps what controllers make of them",
    "test_profiles_and_endpoints_only_where_asked_for": "as above",
    "test_everything_with_the_kinds_of_kubernetes": "as above",
}
"""Tests that are about the embedded datastore alone, and why."""

MODULES = (
    test_apply,
    test_confirm,
    test_create,
    test_delete,
    test_diff,
    test_get,
    test_label,
    test_migrate_export,
    test_migrate_import,
    test_mismatch,
    test_patch,
    test_policy_names,
    test_ready,
    test_replace,
    test_shown_only,
    test_writes,
)


@pytest.fixture
def calicoctl(etcd: Etcd, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Console:
    wipe(etcd)
    return Console(tmp_path, capsys, etcd.url)


other = test_migrate_import.other


def borrowed(module: ModuleType) -> dict[str, Callable[..., object]]:
    """Return a module's tests under names that tell where they are from."""
    start = module.__name__.rpartition(".")[2]
    return {
        f"{start}_{name.removeprefix('test_')}": test
        for name, test in vars(module).items()
        if name.startswith("test_") and callable(test) and name not in OF_A_FILE
    }


for each in MODULES:
    globals().update(borrowed(each))

NAME = "projectcalico.org/metadata"
KEYS = "/calico/resources/v3/projectcalico.org"


def former(etcd: Etcd, name: str) -> None:
    """Write a policy as versions before 3.32 did."""
    metadata = {"name": f"default.{name}", "namespace": "shop", "uid": "u", "creationTimestamp": "2020-01-01T00:00:00Z"}
    spec = {"selector": "all()", "types": ["Ingress"]}
    document = {"kind": "NetworkPolicy", "apiVersion": "projectcalico.org/v3", "metadata": metadata, "spec": spec}
    put(etcd, f"{KEYS}/networkpolicies/shop/default.{name}", json.dumps(document))


def test_policies_of_older_versions_get_their_own_keys_once(calicoctl: Console, etcd: Etcd) -> None:
    former(etcd, "web")
    former(etcd, "db")
    calicoctl.has(policy("new"))
    before = calicoctl(
        "get", "np", "-n", "shop", "-o", "go-template={{range .}}{{range .Items}}{{.Name}} {{end}}{{end}}"
    ).out
    said = calicoctl("datastore", "migrate-policy-names")
    assert (said.code, said.out, said.err) == (0, "Policy name migration complete, migrated 2 policies.\n", "")
    stored = {path for path in paths(etcd) if "/networkpolicies/" in path}
    assert stored == {f"{KEYS}/networkpolicies/shop/{name}" for name in ("db", "new", "web")}
    moved = json.loads(paths(etcd)[f"{KEYS}/networkpolicies/shop/web"])
    assert moved["metadata"]["uid"] == "u"
    assert json.loads(moved["metadata"]["annotations"][NAME]) == {"name": "web"}
    after = calicoctl(
        "get", "np", "-n", "shop", "-o", "go-template={{range .}}{{range .Items}}{{.Name}} {{end}}{{end}}"
    ).out
    assert sorted(before.split()) == sorted(after.split()) == ["db", "new", "web"]
    assert "migrated 0 policies" in calicoctl("datastore", "migrate-policy-names").out


def test_a_policy_that_is_there_under_both_names_is_told_and_left(calicoctl: Console, etcd: Etcd) -> None:
    former(etcd, "web")
    put(etcd, f"{KEYS}/networkpolicies/shop/web", paths(etcd)[f"{KEYS}/networkpolicies/shop/default.web"])
    before = paths(etcd)
    said = calicoctl("datastore", "migrate-policy-names")
    assert (said.code, said.out) == (1, "Policy name migration complete, migrated 0 policies.\n")
    assert said.err.startswith("failed to migrate NetworkPolicy/shop/web: ")
    assert paths(etcd) == before


def test_what_is_written_has_the_keys_and_the_cluster_that_others_expect(calicoctl: Console, etcd: Etcd) -> None:
    calicoctl.has(policy())
    stored = paths(etcd)
    assert f"{KEYS}/networkpolicies/shop/db" in stored
    assert {f"{KEYS}/tiers/{name}" for name in ("default", "kube-admin", "kube-baseline")} <= stored.keys()
    cluster = json.loads(stored[f"{KEYS}/clusterinformations/default"])
    assert cluster["spec"]["datastoreReady"] is True
    assert len(cluster["spec"]["clusterGUID"]) == 32


def test_an_etcd_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = Console(tmp_path, capsys, "http://127.0.0.1:1")("get", "tier")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("failed to get resources: unable to get Cluster Information to verify version mismatch")
