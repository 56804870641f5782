"""Which store a location becomes, and what it costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tortie.datastore import (
    DatastoreType,
    EtcdSettings,
    KubernetesDatastore,
    KubernetesSettings,
    Location,
    SqliteDatastore,
    open_datastore,
)
from tortie.datastore.etcd import EtcdDatastore
from tortie.errors import Invalid


def test_the_embedded_store(tmp_path: Path) -> None:
    store = open_datastore(Location(path=tmp_path / "s.db"))
    assert isinstance(store, SqliteDatastore)
    store.close()


def test_etcd_is_not_asked_yet() -> None:
    store = open_datastore(Location(DatastoreType.ETCD, etcd=EtcdSettings("http://127.0.0.1:1")))
    assert isinstance(store, EtcdDatastore)
    store.close()


def test_kubernetes_is_not_asked_yet() -> None:
    settings = KubernetesSettings(endpoint="http://127.0.0.1:1")
    store = open_datastore(Location(DatastoreType.KUBERNETES, kubernetes=settings))
    assert isinstance(store, KubernetesDatastore)
    store.close()


def test_settings_of_kubernetes_are_checked() -> None:
    with pytest.raises(Invalid, match="nothing says where the Kubernetes API is"):
        open_datastore(Location(DatastoreType.KUBERNETES))


def test_settings_of_etcd_are_checked() -> None:
    with pytest.raises(Invalid, match="no etcd endpoints specified"):
        open_datastore(Location(DatastoreType.ETCD))


def test_certificates_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    settings = EtcdSettings("https://127.0.0.1:1", ca_cert_file=str(tmp_path / "absent.pem"))
    with pytest.raises(Invalid, match=r"could not initialize etcdv3 client: open .*absent.pem: No such file"):
        open_datastore(Location(DatastoreType.ETCD, etcd=settings))


def test_without_grpc_etcd_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tortie.datastore.etcd", raising=False)
    monkeypatch.delitem(sys.modules, "tortie.datastore.etcd_calls", raising=False)
    monkeypatch.setitem(sys.modules, "grpc", None)
    with pytest.raises(Invalid, match=r"etcd needs the Python package grpc, .* pip install 'tortie\[etcd\]'"):
        open_datastore(Location(DatastoreType.ETCD, etcd=EtcdSettings("http://127.0.0.1:1")))


def test_the_embedded_store_costs_no_grpc() -> None:
    code = (
        "import sys; from pathlib import Path; from tortie.datastore import Location, open_datastore;"
        "open_datastore(Location(path=Path('s.db'))).close();"
        "print([m for m in sys.modules if m.partition('.')[0] in ('grpc', 'google', 'http', 'ssl')])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_kubernetes_costs_nothing_that_understands_documents() -> None:
    code = (
        "import sys; from tortie.datastore import DatastoreType, KubernetesSettings, Location, open_datastore;"
        "settings = KubernetesSettings(endpoint='http://127.0.0.1:1');"
        "open_datastore(Location(DatastoreType.KUBERNETES, kubernetes=settings)).close();"
        "print([m for m in ('tortie.api.decoding', 'subprocess', 'asyncio', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
