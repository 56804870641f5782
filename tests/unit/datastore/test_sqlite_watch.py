"""Watches on a file: long backlogs, and files that come, go and are replaced."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import time

import pytest

from tortie.datastore import SqliteDatastore, sqlite_watch
from tortie.errors import Expired, Unavailable
from tortie.model import Key, Kind

KEY = Key(Kind.TIER, "", "a")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteDatastore]:
    opened = SqliteDatastore(path)
    yield opened
    opened.close()


def test_a_long_backlog_comes_in_parts(store: SqliteDatastore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_watch, "BATCH", 3)
    made = [store.create(Key(Kind.TIER, "", f"t{n}"), b"") for n in range(7)]
    watch = store.watch([Kind.TIER], "0")
    parts = [watch.poll(0) for _ in range(4)]
    assert [len(part) for part in parts] == [3, 3, 1, 0]
    assert [change.record for part in parts for change in part] == made


def test_a_watch_may_wait_for_the_file(path: Path, store: SqliteDatastore) -> None:
    watch = store.watch([Kind.TIER], "0")
    assert watch.poll(0) == ()
    writer = SqliteDatastore(path)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(watch.poll, 20.0)
        made = writer.create(KEY, b"1")
        assert [change.record for change in waiting.result()] == [made]
    writer.close()


def test_a_file_that_is_gone_interrupts_and_loses_nothing(path: Path, store: SqliteDatastore) -> None:
    watch = store.watch([Kind.TIER], "0")
    made = store.create(KEY, b"1")
    path.rename(path.with_name("aside"))
    with pytest.raises(Unavailable, match="gone"):
        watch.poll(0)
    path.with_name("aside").rename(path)
    assert [change.record for change in watch.poll(0)] == [made]


def test_a_file_that_is_replaced_expires(path: Path, store: SqliteDatastore, tmp_path: Path) -> None:
    store.create(KEY, b"1")
    watch = store.watch([Kind.TIER], "1")
    other = SqliteDatastore(tmp_path / "other.db")
    for name in "abc":
        other.create(Key(Kind.TIER, "", name), b"2")
    other.close()
    (tmp_path / "other.db").rename(path)
    with pytest.raises(Expired, match="replaced"):
        watch.poll(0)


def test_a_quiet_store_is_not_read_again(store: SqliteDatastore) -> None:
    store.create(KEY, b"1")
    watch = store.watch([Kind.TIER], "0")
    assert isinstance(watch, sqlite_watch.SqliteWatch)
    assert len(watch.poll(0)) == 1
    asked: list[str] = []
    watch._handle.connection.set_trace_callback(asked.append)
    assert watch.poll(0) == ()
    assert asked == ["PRAGMA data_version"]


def age(path: Path) -> None:
    """Make the files of a store look as if nobody had written for an hour."""
    for each in (path, path.with_name(f"{path.name}-wal")):
        os.utime(each, (time() - 3600, time() - 3600))


def test_a_store_that_nobody_has_written_for_a_while_is_not_even_asked(
    store: SqliteDatastore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create(KEY, b"1")
    watch = store.watch([Kind.TIER], "0")
    assert isinstance(watch, sqlite_watch.SqliteWatch)
    age(path)
    assert len(watch.poll(0)) == 1
    asked: list[str] = []
    watch._handle.connection.set_trace_callback(asked.append)
    assert watch.poll(0) == ()
    assert asked == []
    other = SqliteDatastore(path)
    made = other.create(Key(Kind.TIER, "", "b"), b"2")
    assert [change.record for change in watch.poll(0)] == [made]
    age(path)
    assert watch.poll(0) == ()
    monkeypatch.setattr(sqlite_watch, "monotonic", lambda: 1e12)  # some time later
    del asked[:]
    assert watch.poll(0) == ()
    assert asked == ["PRAGMA data_version"]
    other.close()
