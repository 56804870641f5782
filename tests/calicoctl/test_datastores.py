"""What is told where a datastore cannot be used: it does not answer, refuses, or holds what is no resource."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.calicoctl.rows import holds
from tests.etcds import Etcd, gateway, one_etcd
from tests.unit.cli.console import Console, network_set
from tortie.model import Key, Kind

NOBODY = "http://127.0.0.1:1"


@holds("12.etcd-client", "12.datastore", "15.unreadable", "15.read")
def test_an_etcd_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calicoctl = Console(tmp_path, capsys, NOBODY)
    said = calicoctl("get", "tier")
    assert (said.code, said.out) == (1, "")
    begin = "failed to get resources: unable to get Cluster Information to verify version mismatch: "
    assert said.err.startswith(begin)
    assert said.err.endswith("\nUse --allow-version-mismatch to override\n")
    assert calicoctl("get", "tier", "--allow-version-mismatch").err.startswith(said.err[len(begin) :].split("\n")[0])
    told = calicoctl("version")
    assert told.code == 1
    assert told.out.startswith("Client Version: ")
    assert told.err.startswith("unable to retrieve Cluster Version or Type: ")


@pytest.fixture
def guarded_etcd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Etcd]:
    with one_etcd(tmp_path_factory.mktemp("guarded")) as etcd:
        gateway(etcd, "auth/user/add", name="root", password="secret")  # noqa: S106 - of a test
        gateway(etcd, "auth/role/add", name="root")
        gateway(etcd, "auth/user/grant", user="root", role="root")
        gateway(etcd, "auth/enable")
        yield etcd


@holds("12.unauthorized", "14.etcdUsername", "14.etcdPassword")
def test_an_etcd_that_wants_a_name_and_a_password(
    guarded_etcd: Etcd, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calicoctl = Console(tmp_path, capsys, guarded_etcd.url)
    config = "apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\nspec: {{etcdEndpoints: '{}', {}}}\n"
    right = calicoctl.file(config.format(guarded_etcd.url, "etcdUsername: root, etcdPassword: secret"), "right")
    wrong = calicoctl.file(config.format(guarded_etcd.url, "etcdUsername: root, etcdPassword: guess"), "wrong")
    name = calicoctl.file(config.format(guarded_etcd.url, "etcdUsername: root"), "name")
    assert calicoctl("get", "tier", "default", "-c", right).code == 0
    for file in (wrong, name):
        said = calicoctl("get", "tier", "default", "-c", file, "--allow-version-mismatch")
        assert said.code == 1
        assert said.err.startswith("connection is unauthorized: "), said.err


@holds("12.corrupt")
def test_a_stored_value_that_is_no_resource(calicoctl: Console) -> None:
    calicoctl.has(network_set("good"))
    store = calicoctl.store
    store.create(Key(Kind.GLOBAL_NETWORK_SET, "", "bad"), b"no JSON")
    store.close()
    assert calicoctl("get", "gnetsets").out.split() == ["NAME", "good"]
    said = calicoctl("get", "gnetsets", "bad")
    assert said.code == 1
    assert said.err.startswith("failed to parse datastore entry key=")
    assert "no JSON" in said.err


@holds("14.etcdEndpoints", "14.detection", "14.exclusive", "14.prefix")
def test_which_datastore_is_meant(calicoctl: Console) -> None:
    calicoctl.has(network_set("here"))
    config = calicoctl.file("apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\n", "calicoctl.cfg")
    elsewhere = {"TORTIE_SQLITE_PATH": str(calicoctl.directory / "elsewhere.db")}
    for name, value in calicoctl.environ.items():
        given = calicoctl.run_in({f"CALICO_{name}": value, name: "http://127.0.0.1:1"}, "get", "gnetsets")
        assert given.out.split() == ["NAME", "here"]
    alone = calicoctl.run_in({**calicoctl.environ, **elsewhere}, "get", "gnetsets", "-c", config)
    assert (alone.code, alone.out.split()) == (0, ["NAME"])
