"""The file itself: who may read it, what else may lie in its place, and what is said when it can not be used."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import time

import pytest

from tortie.datastore import SqliteDatastore, sqlite_file
from tortie.datastore.sqlite_file import SqliteFile, Stamp
from tortie.errors import Unavailable
from tortie.model import Key, Kind

KEY = Key(Kind.TIER, "", "a")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "deep" / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteDatastore]:
    opened = SqliteDatastore(path)
    yield opened
    opened.close()


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def refused(path: Path) -> str:
    store = SqliteDatastore(path)
    with pytest.raises(Unavailable) as caught:
        store.list(Kind.TIER)
    with pytest.raises(Unavailable):
        store.create(KEY, b"")
    store.close()
    return str(caught.value)


def test_reading_makes_nothing(store: SqliteDatastore, path: Path) -> None:
    assert store.list(Kind.TIER).records == ()
    store.watch([Kind.TIER], "0").close()
    assert not path.parent.parent.exists()


@pytest.mark.usefixtures("open_umask")
def test_only_the_owner_may_look(store: SqliteDatastore, path: Path) -> None:
    store.create(KEY, b"")
    assert {entry.name: mode(entry) for entry in path.parent.iterdir()} == {
        "store.db": 0o600,
        "store.db-wal": 0o600,
        "store.db-shm": 0o600,
    }
    assert [mode(path.parent), mode(path.parent.parent)] == [0o700, 0o700]


def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    store = SqliteDatastore(tmp_path / "store.db")
    store.create(KEY, b"")
    store.close()
    assert mode(tmp_path) == 0o755


def test_writes_are_synchronous_and_journalled(store: SqliteDatastore) -> None:
    store.create(KEY, b"")
    with store._file.lend() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_many_may_make_it_at_once(path: Path) -> None:
    stores = [SqliteDatastore(path) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(store.create, Key(Kind.TIER, "", f"t{n}"), b"") for n, store in enumerate(stores)]
        assert {future.result().revision for future in done} == {"1", "2", "3", "4"}
    assert len(stores[0].list(Kind.TIER).records) == 4
    for store in stores:
        store.close()
    assert [entry.name for entry in path.parent.iterdir()] == ["store.db"]


def test_a_path_may_hold_any_character(tmp_path: Path) -> None:
    store = SqliteDatastore(tmp_path / "50%?#&é .db")
    store.create(KEY, b"1")
    assert store.get(KEY).value == b"1"
    store.close()
    assert [entry.name for entry in tmp_path.iterdir()] == ["50%?#&é .db"]


def test_a_newer_schema_is_refused(store: SqliteDatastore, path: Path) -> None:
    store.create(KEY, b"")
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert refused(path) == (
        f"{path}: the store has schema 99, this Tortie reads 1; use the Tortie that wrote it, or a newer one"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not a Tortie store; name another with TORTIE_SQLITE_PATH, or move it away"),
        (b"kind: Tier\n" * 500, "file is not a database; move it away and restore a copy"),
    ],
)
def test_another_file_is_refused_and_left_alone(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    assert refused(path).startswith(f"{path}: ")
    assert said in refused(path)
    assert path.read_bytes() == content


def test_a_database_of_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE record (a)")
    connection.close()
    assert "is not a Tortie store" in refused(path)


def test_a_damaged_file_is_unavailable(store: SqliteDatastore, path: Path) -> None:
    for number in range(50):
        store.create(Key(Kind.TIER, "", f"t{number}"), b"x" * 1000)
    store.close()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))  # the first page survives
    assert "restore a copy" in refused(path)


def test_a_directory_in_its_place(tmp_path: Path) -> None:
    assert str(tmp_path) in refused(tmp_path)


def test_a_file_for_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "not a directory; check that this user may read and write" in refused(tmp_path / "file" / "store.db")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes where modes forbid it")
def test_a_directory_one_may_not_write(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    store = SqliteDatastore(tmp_path / "store.db")
    with pytest.raises(Unavailable, match="permission denied; check that this user"):
        store.create(KEY, b"")
    tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    ("pragma", "said"),
    [
        ("max_page_count = 1", "database or disk is full; make room on its file system"),
        ("query_only = 1", "attempt to write a readonly database; make the file, its directory"),
    ],
)
def test_a_write_that_fails_changes_nothing(store: SqliteDatastore, pragma: str, said: str) -> None:
    first = store.create(KEY, b"1")
    with store._file.lend() as connection:
        connection.execute(f"PRAGMA {pragma}")
    with pytest.raises(Unavailable) as caught:
        store.update(KEY, b"x" * 1_000_000, first.revision)
    assert said in str(caught.value)
    assert store.get(KEY) == first
    assert store.list(Kind.TIER).revision == first.revision
    store.update(KEY, b"2", first.revision)  # the connection that failed was not lent again


def test_a_store_that_is_held_by_another(store: SqliteDatastore, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.01)
    store.create(KEY, b"1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="database is locked; another process has held it"):
        store.delete(KEY)
    assert store.get(KEY).value == b"1"  # readers never wait for a writer
    other.execute("ROLLBACK")
    other.close()
    store.delete(KEY)


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.get(KEY),
        lambda store: store.list(Kind.TIER),
        lambda store: store.create(Key(Kind.TIER, "", "b"), b""),
        lambda store: store.watch([Kind.TIER], "1"),
    ],
)
def test_a_file_that_is_gone_is_not_an_empty_store(
    store: SqliteDatastore, path: Path, call: Callable[[SqliteDatastore], object]
) -> None:
    store.create(KEY, b"")
    aside = path.with_name("aside.db")
    path.rename(aside)
    with pytest.raises(Unavailable, match="the file was here and is gone; put it back"):
        call(store)
    assert not path.exists()
    aside.rename(path)
    call(store)


def test_every_commit_changes_the_stamp(store: SqliteDatastore, path: Path) -> None:
    file = SqliteFile(path)
    nothing = file.stamp()
    assert nothing.newest == 0.0
    record = store.create(KEY, b"1")
    stamps = [file.stamp()]
    for number in range(3):
        record = store.update(KEY, b"%d" % number, record.revision)
        stamps.append(file.stamp())
    assert len({nothing, *stamps}) == 5
    assert abs(stamps[-1].newest - time()) < 60
    file.close()
    assert file.stamp() == Stamp(())


def test_a_file_that_is_replaced_is_read_anew(store: SqliteDatastore, path: Path, tmp_path: Path) -> None:
    store.create(KEY, b"old")
    other = SqliteDatastore(tmp_path / "other.db")
    other.create(KEY, b"new")
    other.close()
    (tmp_path / "other.db").rename(path)
    for name in ("store.db-wal", "store.db-shm"):  # as one has to when restoring a copy
        path.with_name(name).unlink()
    assert store.get(KEY).value == b"new"
