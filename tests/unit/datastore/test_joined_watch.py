"""One watch for kinds that were listed one after the other."""

from __future__ import annotations

import pytest

from tortie.datastore import Datastore, MemoryDatastore
from tortie.errors import Expired
from tortie.model import Key, Kind

TIER, SET = Kind.TIER, Kind.GLOBAL_NETWORK_SET


@pytest.fixture
def store() -> Datastore:
    return MemoryDatastore()


def test_each_kind_is_watched_after_its_own_listing(store: Datastore) -> None:
    tiers = store.list(TIER).revision
    early = store.create(Key(TIER, "", "early"), b"")
    told = store.create(Key(SET, "", "told"), b"")
    sets = store.list(SET).revision
    late = store.create(Key(SET, "", "late"), b"")
    watch = store.watch_each({TIER: tiers, SET: sets})
    assert [change.record for change in watch.poll(0)] == [early, late]
    assert told.revision <= sets
    watch.close()
    assert watch.poll(0) == ()


def test_a_revision_that_is_none_expires(store: Datastore) -> None:
    with pytest.raises(Expired):
        store.watch_each({TIER: store.list(TIER).revision, SET: "1/2"})
