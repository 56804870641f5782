"""Which datastore the environment names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tortie.datastore import DEFAULT_SQLITE_PATH, DatastoreType, Location, locate
from tortie.errors import Invalid


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({}, "/var/lib/tortie/tortie.db"),
        ({"DATASTORE_TYPE": "sqlite"}, "/var/lib/tortie/tortie.db"),
        ({"DATASTORE_TYPE": "SQLite"}, "/var/lib/tortie/tortie.db"),
        ({"DATASTORE_TYPE": "", "TORTIE_SQLITE_PATH": ""}, "/var/lib/tortie/tortie.db"),
        ({"TORTIE_SQLITE_PATH": "/tmp/lab.db"}, "/tmp/lab.db"),  # noqa: S108 - a name, never opened
        ({"DATASTORE_TYPE": "sqlite", "TORTIE_SQLITE_PATH": "lab.db"}, "lab.db"),
    ],
)
def test_the_embedded_store_unless_another_is_named(environ: dict[str, str], path: str) -> None:
    assert locate(environ) == Location(DatastoreType.SQLITE, Path(path))


def test_a_tilde_is_the_home_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    assert locate({"TORTIE_SQLITE_PATH": "~/t.db"}).path == Path("/home/somebody/t.db")


def test_the_default_location_is_the_embedded_store() -> None:
    assert Location() == Location(DatastoreType.SQLITE, DEFAULT_SQLITE_PATH)


def test_an_unknown_type_is_refused_with_what_is_supported() -> None:
    with pytest.raises(Invalid) as caught:
        locate({"DATASTORE_TYPE": "consul"})
    assert str(caught.value) == (
        "DATASTORE_TYPE: `consul` is not a datastore type; "
        "set it to one of `sqlite`, `etcdv3`, `kubernetes`, or unset it to use the embedded store"
    )


@pytest.mark.parametrize("named", [{"DATASTORE_TYPE": "etcdv3"}, {"DATASTORE_TYPE": "EtcdV3"}, {}])
def test_endpoints_of_etcd_name_etcd(named: dict[str, str]) -> None:
    found = locate({**named, "ETCD_ENDPOINTS": "http://a:2379"})
    assert (found.type, found.etcd.endpoints) == (DatastoreType.ETCD, "http://a:2379")


def test_a_type_that_is_named_counts_whatever_else_is_set() -> None:
    assert locate({"DATASTORE_TYPE": "sqlite", "ETCD_ENDPOINTS": "http://a:2379"}).type is DatastoreType.SQLITE
    assert locate({"TORTIE_SQLITE_PATH": "s.db", "ETCD_ENDPOINTS": "http://a:2379"}).type is DatastoreType.SQLITE


def test_etcd_without_endpoints_is_refused() -> None:
    with pytest.raises(Invalid, match="no etcd endpoints specified"):
        locate({"DATASTORE_TYPE": "etcdv3"})


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"KUBECONFIG": "/k"}, DatastoreType.KUBERNETES),
        ({"K8S_API_ENDPOINT": "https://k"}, DatastoreType.KUBERNETES),
        ({"DATASTORE_TYPE": "Kubernetes"}, DatastoreType.KUBERNETES),
        ({"KUBECONFIG": "/k", "TORTIE_SQLITE_PATH": "s.db"}, DatastoreType.SQLITE),
        ({"KUBECONFIG": "/k", "DATASTORE_TYPE": "sqlite"}, DatastoreType.SQLITE),
        ({"KUBECONFIG": "/k", "ETCD_ENDPOINTS": "http://e:2379"}, DatastoreType.ETCD),
        ({"HOME": "/root"}, DatastoreType.SQLITE),
    ],
)
def test_kubernetes_where_it_is_named_or_something_is_said_of_it(
    environ: dict[str, str], expected: DatastoreType
) -> None:
    assert locate(environ).type is expected


def test_what_is_said_of_kubernetes_is_checked_where_it_is_meant() -> None:
    wrong = {"K8S_API_ENDPOINT": "https://k", "K8S_INSECURE_SKIP_TLS_VERIFY": "maybe"}
    with pytest.raises(Invalid, match="is not true or false"):
        locate(wrong)
    assert locate({**wrong, "DATASTORE_TYPE": "sqlite"}).type is DatastoreType.SQLITE
