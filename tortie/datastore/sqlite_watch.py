"""A watch on an SQLite store: notices commits of any process, and reads the journal from where it left off."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Collection, Sequence
from time import monotonic, time

from tortie.datastore.protocol import Change, Record
from tortie.datastore.sqlite_file import Handle, SqliteFile, Stamp
from tortie.errors import Expired
from tortie.model import Key, Kind

__all__ = ["SqliteWatch", "check_kept", "newest_revision"]

INTERVAL = 0.05  # seconds between looks for commits of other processes; our own wake us at once
QUIET_INTERVAL = 0.25  # the same, once nothing has come for QUIET seconds
QUIET = 10.0
SETTLED = 1.0  # seconds after which a file's time tells a write from the next: clocks of file systems are coarse
LONGEST = 5.0  # seconds between looks into the file, whatever its time and size say
BATCH = 1000  # changes a poll returns at most

# The value of a change is the current one where nothing came after it, else what the next change of the key replaced.
CHANGES = """
SELECT j.revision, j.kind, j.namespace, j.name, CASE
    WHEN j.gone THEN NULL
    WHEN r.revision = j.revision THEN r.value
    ELSE (SELECT next.old_value FROM journal AS next WHERE next.old_revision = j.revision) END
FROM journal AS j LEFT JOIN record AS r USING (kind, namespace, name)
WHERE j.revision > :position AND j.kind IN (SELECT value FROM json_each(:kinds))
ORDER BY j.revision LIMIT :batch
"""


def check_kept(connection: sqlite3.Connection, revision: int) -> int:
    """Return the store's revision; raises Expired where changes since `revision` are not kept, or it never was."""
    newest = newest_revision(connection)
    (oldest,) = connection.execute("SELECT coalesce(min(revision), 1) FROM journal").fetchone()
    if not oldest - 1 <= revision <= newest:
        raise Expired(f"revision {revision} is not kept (the store is at {newest}); list again")
    return newest


def newest_revision(connection: sqlite3.Connection) -> int:
    """Return the revision of the last change, 0 before the first."""
    (revision,) = connection.execute("SELECT coalesce(max(revision), 0) FROM journal").fetchone()
    return int(revision)


class SqliteWatch:
    """A watch with a connection of its own, so that `PRAGMA data_version` tells of everyone else's commits."""

    def __init__(self, file: SqliteFile, kinds: Collection[Kind], position: int) -> None:
        """Start after `position`; raises Expired, Unavailable."""
        self._file = file
        self._kinds = json.dumps(sorted(kinds))
        self._position = position
        self._version: int | None = None  # data_version when the journal was last read to its end
        self._polling = threading.Lock()
        self._woken = threading.Event()
        self._busy_until = monotonic() + QUIET
        self._stamp: Stamp | None = None  # of when the journal was last read to its end, where it can be relied on
        self._look_by = 0.0
        self._closed = False
        self._handle = file.open()
        try:
            with file.in_words():
                check_kept(self._handle.connection, position)
        except Expired:
            self._handle.connection.close()
            raise

    @property
    def closed(self) -> bool:
        """See `Watch.closed`."""
        return self._closed

    def poll(self, seconds: float) -> Sequence[Change]:
        """See `Watch.poll`."""
        deadline = monotonic() + seconds
        with self._polling:
            while True:
                self._woken.clear()
                if self._closed:
                    return ()
                changes = self._read()
                left = deadline - monotonic()
                if changes:
                    self._busy_until = monotonic() + QUIET
                if changes or left <= 0:
                    return changes
                self._woken.wait(min(left, INTERVAL if monotonic() < self._busy_until else QUIET_INTERVAL))

    def close(self) -> None:
        """See `Watch.close`."""
        self._closed = True
        self._woken.set()
        with self._polling:
            self._handle.connection.close()

    def wake(self) -> None:
        """Make a poll that waits look now; the store calls it after its own commits."""
        self._woken.set()

    def _read(self) -> Sequence[Change]:
        """Return what is new. Most looks are at the file's time and size, which cost a tenth of asking SQLite."""
        stamp, now = self._file.stamp(), monotonic()
        if stamp == self._stamp and now < self._look_by:
            return ()
        changes = self._read_journal()
        settled = self._version is not None and time() - stamp.newest > SETTLED
        self._stamp, self._look_by = (stamp if settled else None), now + LONGEST
        return changes

    def _read_journal(self) -> Sequence[Change]:
        connection = self._current().connection
        with self._file.in_words():
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            if version == self._version:
                return ()
            connection.execute("BEGIN")
            try:
                newest = check_kept(connection, self._position)
                bounds = {"position": self._position, "kinds": self._kinds, "batch": BATCH}
                rows = connection.execute(CHANGES, bounds).fetchall()
            finally:
                connection.execute("ROLLBACK")
        whole = len(rows) < BATCH
        self._position = newest if whole else rows[-1][0]
        self._version = version if whole else None
        return tuple(_change(*row) for row in rows)

    def _current(self) -> Handle:
        """Return the connection to the file as it is now; another file in its place has another history."""
        identity = self._file.identity()
        if identity == self._handle.identity:
            return self._handle
        if self._handle.identity is not None:
            raise Expired(f"{self._file.path}: the file was replaced; list again")
        empty, self._handle = self._handle, self._file.open()
        empty.connection.close()
        return self._handle


def _change(revision: int, kind: str, namespace: str, name: str, value: bytes | None) -> Change:
    key = Key(Kind(kind), namespace, name)
    record = None if value is None else Record(key, value, str(revision))
    return Change(key, record, str(revision))
