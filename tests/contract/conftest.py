"""The datastores that every contract test runs on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.documented import Documented
from tests.contract.stores import FORGETTING, HISTORY
from tests.etcds import Etcd, compact, grpc_proxy, one_etcd, wipe
from tests.kube_api import KubeApi, kube_api
from tortie.datastore import (
    Datastore,
    EtcdDatastore,
    EtcdSettings,
    KubernetesDatastore,
    KubernetesSettings,
    MemoryDatastore,
    SqliteDatastore,
)


@pytest.fixture(scope="session")
def etcd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Etcd]:
    with one_etcd(tmp_path_factory.mktemp("etcd")) as running:
        yield running


@pytest.fixture(scope="session")
def proxy(etcd: Etcd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EtcdSettings]:
    with grpc_proxy(etcd, tmp_path_factory.mktemp("proxy")) as (settings, _):
        yield settings


@pytest.fixture
def kubernetes() -> Iterator[tuple[KubeApi, str]]:
    with kube_api() as running:
        yield running


def memory_datastore(_: pytest.FixtureRequest, __: Path) -> Datastore:
    return MemoryDatastore(history=HISTORY)


def sqlite_datastore(_: pytest.FixtureRequest, directory: Path) -> Datastore:
    return SqliteDatastore(directory / "store.db", history=HISTORY)


def etcd_datastore(request: pytest.FixtureRequest, _: Path) -> Datastore:
    etcd: Etcd = request.getfixturevalue("etcd")
    wipe(etcd)
    request.getfixturevalue("monkeypatch").setitem(FORGETTING, EtcdDatastore, lambda _: compact(etcd))
    return EtcdDatastore(etcd.settings)


def proxied_datastore(request: pytest.FixtureRequest, directory: Path) -> Datastore:
    etcd_datastore(request, directory).close()
    return EtcdDatastore(request.getfixturevalue("proxy"))


def kubernetes_datastore(request: pytest.FixtureRequest, _: Path) -> Datastore:
    if request.path.stem == "test_confirming":
        pytest.skip("it keeps no such change, and says so: tests/kubernetes")
    api: KubeApi
    api, url = request.getfixturevalue("kubernetes")
    api.namespace("a", "a-b", "b", "c", "shop", "shop2")
    request.getfixturevalue("monkeypatch").setitem(FORGETTING, Documented, lambda _: api.compact())
    return Documented(KubernetesDatastore(KubernetesSettings(endpoint=url)))


@pytest.fixture(params=[memory_datastore, sqlite_datastore, etcd_datastore, proxied_datastore, kubernetes_datastore])
def datastore(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Datastore]:
    make: Callable[[pytest.FixtureRequest, Path], Datastore] = request.param
    store = make(request, tmp_path)
    yield store
    store.close()
