"""What a locked datastore tells waits; nothing of it is lost, and nothing acted on before."""

from __future__ import annotations

import json

import pytest

from tortie.agent.gate import Gate
from tortie.agent.inbox import News
from tortie.datastore import Record
from tortie.model import CLUSTER_KEY, Key, Kind

ONE, TWO = (Key(Kind.TIER, "", name) for name in ("one", "two"))


def cluster(*, ready: object) -> dict[Key, Record | None]:
    return {CLUSTER_KEY: Record(CLUSTER_KEY, json.dumps({"spec": {"datastoreReady": ready}}).encode(), "1")}


def record(key: Key, revision: str = "1") -> dict[Key, Record | None]:
    return {key: Record(key, b"{}", revision)}


def test_what_an_unlocked_datastore_tells_passes_as_it_is() -> None:
    gate = Gate()
    for in_sync in (False, True):
        assert gate.take(News(record(ONE), in_sync)) == News(record(ONE), in_sync)
    assert not gate.closed


def test_what_is_said_of_the_cluster_is_news_too() -> None:
    news = News({**cluster(ready=True), **record(ONE)}, in_sync=True)
    assert Gate().take(news) == news


def test_while_it_is_locked_everything_waits_and_then_the_newest_comes() -> None:
    gate = Gate()
    assert gate.take(News({**record(ONE), **cluster(ready=False)}, in_sync=True)) is None
    assert gate.closed
    assert gate.take(News({**record(TWO), ONE: None}, in_sync=True)) is None
    assert gate.take(News(record(TWO, "2"), in_sync=False)) is None
    expected = News({ONE: None, **record(TWO, "2"), **cluster(ready=True)}, in_sync=True)
    assert gate.take(News(cluster(ready=True), in_sync=True)) == expected
    assert not gate.closed
    assert gate.take(News(record(ONE), in_sync=True)) == News(record(ONE), in_sync=True)


def test_a_lock_that_is_deleted_is_none() -> None:
    gate = Gate()
    assert gate.take(News(cluster(ready=False), in_sync=True)) is None
    assert gate.take(News({CLUSTER_KEY: None}, in_sync=True)) == News({CLUSTER_KEY: None}, in_sync=True)


@pytest.mark.parametrize(
    "value", [b"", b"{}", b"[]", b'{"spec":null}', b'{"spec":{}}', b'{"spec":{"datastoreReady":0}}']
)
def test_only_a_plain_no_locks(value: bytes) -> None:
    gate = Gate()
    news = News({CLUSTER_KEY: Record(CLUSTER_KEY, value, "1")}, in_sync=True)
    assert gate.take(news) == news
