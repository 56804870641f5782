"""The datastores that every contract test runs on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.stores import HISTORY
from tortie.datastore import Datastore, MemoryDatastore, SqliteDatastore


def memory_datastore(_: Path) -> Datastore:
    return MemoryDatastore(history=HISTORY)


def sqlite_datastore(directory: Path) -> Datastore:
    return SqliteDatastore(directory / "store.db", history=HISTORY)


@pytest.fixture(params=[memory_datastore, sqlite_datastore])
def datastore(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Datastore]:
    make: Callable[[Path], Datastore] = request.param
    store = make(tmp_path)
    yield store
    store.close()
