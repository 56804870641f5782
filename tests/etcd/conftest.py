"""One etcd for the tests that need no more, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.etcds import Etcd, one_etcd, wipe
from tortie.datastore.etcd import EtcdDatastore


@pytest.fixture(scope="session")
def running_etcd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Etcd]:
    with one_etcd(tmp_path_factory.mktemp("etcd")) as running:
        yield running


@pytest.fixture
def etcd(running_etcd: Etcd) -> Etcd:
    wipe(running_etcd)
    return running_etcd


@pytest.fixture
def store(etcd: Etcd) -> Iterator[EtcdDatastore]:
    opened = EtcdDatastore(etcd.settings)
    yield opened
    opened.close()
