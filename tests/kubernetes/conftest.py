"""An API server for each test, and a datastore on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kube_api import KubeApi, kube_api
from tortie.datastore import KubernetesDatastore, KubernetesSettings


@pytest.fixture
def server() -> Iterator[tuple[KubeApi, str]]:
    with kube_api() as running:
        running[0].namespace("shop")
        yield running


@pytest.fixture
def api(server: tuple[KubeApi, str]) -> KubeApi:
    return server[0]


@pytest.fixture
def store(server: tuple[KubeApi, str]) -> Iterator[KubernetesDatastore]:
    store = KubernetesDatastore(KubernetesSettings(endpoint=server[1]))
    yield store
    store.close()
