"""The datastore of a single host: one SQLite file that the agent and the command line share."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet

from tortie.datastore.joined_watch import JoinedWatch
from tortie.datastore.paging import HISTORY, Token, number
from tortie.datastore.protocol import Page, Record, Watch
from tortie.datastore.sqlite_file import SqliteFile
from tortie.datastore.sqlite_watch import SqliteWatch, check_kept, newest_revision
from tortie.errors import Conflict, NotFound
from tortie.model import Key, Kind

__all__ = ["SqliteDatastore"]

LIST = """
SELECT namespace, name, revision, value FROM record
WHERE kind = :kind AND revision <= :revision AND (namespace, name) > (:after_namespace, :after_name)
    AND (:namespace = '' OR namespace = :namespace)
UNION ALL
SELECT namespace, name, old_revision, old_value FROM journal
WHERE revision > :revision AND +old_revision <= :revision AND kind = :kind
    AND (namespace, name) > (:after_namespace, :after_name) AND (:namespace = '' OR namespace = :namespace)
ORDER BY namespace, name LIMIT :limit
"""


class SqliteDatastore:
    """Resources in one SQLite file, shared by any number of threads and processes of a host.

    Opening touches nothing: until the first write makes the file (mode 0600; directories that lack, 0700) the store
    reads as empty. Every write is on the disk before it returns. `history` (at least 1) is how many changes are kept
    for watches and paged listings. Revisions are counted from 1, over all kinds.

    Once seen, a file that is gone is Unavailable, not empty: an agent must not take a lost disk for "no policy".
    """

    def __init__(self, path: Path | str, *, history: int = HISTORY) -> None:
        self._file = SqliteFile(Path(path))
        self._history = history
        self._writing = threading.Lock()  # threads queue here rather than in SQLite's sleeping retries
        self._guard = threading.Lock()  # of the next line
        self._watches: WeakSet[SqliteWatch] = WeakSet()

    def holds(self, kind: Kind) -> bool:
        """See `Datastore.holds`."""
        return kind in Kind

    def takes(self, kind: Kind) -> bool:
        """See `Datastore.takes`."""
        return kind in Kind

    def get(self, key: Key) -> Record:
        """See `Datastore.get`."""
        with self._file.lend() as connection:
            return _existing(connection, key)

    def list(self, kind: Kind, namespace: str = "", *, limit: int = 0, token: str = "") -> Page:
        """See `Datastore.list`."""
        start = Token.parse(token) if token else None
        with self._file.lend() as connection, _transaction(connection, "BEGIN"):
            if start is None:
                start = Token(newest_revision(connection))
            else:
                check_kept(connection, start.revision)
            rows = connection.execute(
                LIST,
                {
                    "kind": kind,
                    "namespace": namespace,
                    "revision": start.revision,
                    "after_namespace": start.namespace,
                    "after_name": start.name,
                    "limit": limit + 1 if limit > 0 else -1,
                },
            ).fetchall()
        records = tuple(Record(Key(kind, row[0], row[1]), row[3], str(row[2])) for row in rows)
        return start.page(records, limit)

    def create(self, key: Key, value: bytes) -> Record:
        """See `Datastore.create`."""
        with self._write() as connection:
            row = connection.execute(
                "SELECT revision FROM record WHERE kind = ? AND namespace = ? AND name = ?", _columns(key)
            ).fetchone()
            if row is not None:
                raise Conflict(f"{key} exists already, at revision {row[0]}; replace it instead")
            revision = self._note(connection, key, None, gone=False)
            connection.execute("INSERT INTO record VALUES (?, ?, ?, ?, ?)", (*_columns(key), revision, value))
        return Record(key, value, str(revision))

    def update(self, key: Key, value: bytes, revision: str) -> Record:
        """See `Datastore.update`."""
        with self._write() as connection:
            old = _existing(connection, key, revision)
            new = self._note(connection, key, old, gone=False)
            connection.execute(
                "UPDATE record SET revision = ?, value = ? WHERE kind = ? AND namespace = ? AND name = ?",
                (new, value, *_columns(key)),
            )
        return Record(key, value, str(new))

    def delete(self, key: Key, revision: str = "") -> Record:
        """See `Datastore.delete`."""
        with self._write() as connection:
            old = _existing(connection, key, revision or None)
            self._note(connection, key, old, gone=True)
            connection.execute("DELETE FROM record WHERE kind = ? AND namespace = ? AND name = ?", _columns(key))
        return old

    def rename_former(self, key: Key) -> bool:  # noqa: ARG002 - the signature is the protocol's
        """See `Datastore.rename_former`: there are none."""
        return False

    def watch(self, kinds: Collection[Kind], revision: str) -> Watch:
        """See `Datastore.watch`."""
        watch = SqliteWatch(self._file, kinds, number(revision))
        with self._guard:
            self._watches.add(watch)
        return watch

    def watch_each(self, listed: Mapping[Kind, str]) -> Watch:
        """See `Datastore.watch_each`."""
        return JoinedWatch(self.watch, listed)

    def close(self) -> None:
        """See `Datastore.close`."""
        for watch in self._watching():
            watch.close()
        self._file.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._writing:
            self._file.create()
            with self._file.lend() as connection, _transaction(connection, "BEGIN IMMEDIATE"):
                yield connection
        for watch in self._watching():
            watch.wake()

    def _watching(self) -> Sequence[SqliteWatch]:
        with self._guard:
            return tuple(self._watches)

    def _note(self, connection: sqlite3.Connection, key: Key, old: Record | None, *, gone: bool) -> int:
        """Add the next entry to the journal, drop the one that is now too old, and return the new revision."""
        revision = newest_revision(connection) + 1
        replaced = (None, None) if old is None else (int(old.revision), old.value)
        connection.execute(
            "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)", (revision, *_columns(key), gone, *replaced)
        )
        connection.execute("DELETE FROM journal WHERE revision <= ?", (revision - self._history,))
        return revision


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    """Commit what the block did, or nothing of it."""
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _existing(connection: sqlite3.Connection, key: Key, revision: str | None = None) -> Record:
    row = connection.execute(
        "SELECT revision, value FROM record WHERE kind = ? AND namespace = ? AND name = ?", _columns(key)
    ).fetchone()
    if row is None:
        raise NotFound(f"{key} does not exist")
    if revision is not None and str(row[0]) != revision:
        raise Conflict(f"{key} is at revision {row[0]}, not `{revision}`; read it again")
    return Record(key, row[1], str(row[0]))


def _columns(key: Key) -> tuple[str, str, str]:
    return key.kind, key.namespace, key.name
