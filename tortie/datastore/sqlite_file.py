"""One SQLite file: created whole and private, opened with care, its errors told in words."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tortie.errors import Unavailable

__all__ = ["Handle", "SqliteFile", "Stamp"]

APPLICATION_ID = 0x54525449  # "TRTI": tells our files from other SQLite files
SCHEMA_VERSION = 1
BUSY_SECONDS = 10.0  # how long another process may hold the file before we say so

# A journal row keeps the record that its change replaced, found again by that record's revision. So a value is stored
# once (current: in `record`, superseded: in `journal`), and the state at any kept revision R is a plain union:
# records with revision <= R, and what journal rows after R replaced that is not newer than R.
SCHEMA = f"""
CREATE TABLE record (
    kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    revision INTEGER NOT NULL, value BLOB NOT NULL,
    UNIQUE (kind, namespace, name)
);
CREATE TABLE journal (
    revision INTEGER PRIMARY KEY,
    kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    gone INTEGER NOT NULL,
    old_revision INTEGER, old_value BLOB
);
CREATE UNIQUE INDEX journal_old ON journal (old_revision) WHERE old_revision IS NOT NULL;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
"""

MENDS = {
    sqlite3.SQLITE_FULL: "make room on its file system",
    sqlite3.SQLITE_READONLY: "make the file, its directory and its file system writable",
    sqlite3.SQLITE_BUSY: f"another process has held it for {BUSY_SECONDS:.0f} s; find it with `fuser`, or try again",
    sqlite3.SQLITE_CANTOPEN: "check that this user may read and write the file and its directory",
    sqlite3.SQLITE_PERM: "check that this user may read and write the file and its directory",
    sqlite3.SQLITE_NOTADB: "move it away and restore a copy, or apply the resources again",
    sqlite3.SQLITE_CORRUPT: "move it away and restore a copy, or apply the resources again",
    sqlite3.SQLITE_IOERR: "check the disk",
}


@dataclass(frozen=True, slots=True)
class Handle:
    """An open connection, and the (device, inode) it belongs to; None stands for a file that is not there yet."""

    connection: sqlite3.Connection
    identity: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the file system says of a store's files; `newest` is the latest time of a write, in seconds since 1970."""

    files: tuple[tuple[int, int, int, int] | None, ...]

    @property
    def newest(self) -> float:
        """Return when one of the files was written last, 0.0 where there is none."""
        return max((each[3] / 1e9 for each in self.files if each is not None), default=0.0)


class SqliteFile:
    """A store's file, and connections to it that are lent to one thread at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamped = (str(path), f"{path}-wal")
        self._guard = threading.Lock()
        self._idle: list[Handle] = []
        self._seen = False
        self._closed = False

    def stamp(self) -> Stamp:
        """Return what every commit changes: places, sizes and times of the file and of its write-ahead log.

        Of a store that is closed, that of no file.
        """
        return Stamp(() if self._closed else tuple(_stamp_of(each) for each in self._stamped))

    def identity(self) -> tuple[int, int] | None:
        """Return (device, inode) of the file, or None where nobody has written yet.

        Raises:
            Unavailable: the file was there and is gone, which must not pass for an empty store; or the store is closed.
        """
        if self._closed:
            raise Unavailable(f"{self.path}: this store is closed; open it again")
        with self.in_words():
            try:
                found = self.path.stat()
            except FileNotFoundError:
                if self._seen:
                    raise Unavailable(f"{self.path}: the file was here and is gone; put it back") from None
                return None
        self._seen = True
        return found.st_dev, found.st_ino

    def open(self) -> Handle:
        """Return a new connection; a file that is not there yet reads as an empty store; raises Unavailable."""
        identity = self.identity()
        with self.in_words():
            connection = _connect_empty() if identity is None else _connect(self.path)
        if self.identity() != identity:
            connection.close()
            raise Unavailable(f"{self.path}: the file was just replaced; try again")
        return Handle(connection, identity)

    @contextmanager
    def lend(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection to the file as it is now; one that failed is not lent again."""
        with self.in_words():
            handle = self._take(self.identity()) or self.open()
            sound = True
            try:
                yield handle.connection
            except sqlite3.Error:
                sound = False
                raise
            finally:
                self._take_back(handle, sound=sound)

    def create(self) -> None:
        """Make the file, and directories that lack, where there is none; raises Unavailable.

        It is built aside and linked into place, so that what stands there is always a whole store, and neither it nor
        a directory is open to others for a moment.
        """
        if self.identity() is not None:
            return
        with self.in_words():
            _make_directory(self.path.parent)
            aside = self.path.with_name(f".{self.path.name}.{os.urandom(8).hex()}.new")
            try:
                os.close(os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
                _build(aside)
                with suppress(FileExistsError):  # somebody else was first: theirs is as good
                    os.link(aside, self.path)
            finally:
                aside.unlink(missing_ok=True)
            _sync(self.path.parent)

    def close(self) -> None:
        """Close what is idle; what is lent is closed when it comes back."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for handle in idle:
            handle.connection.close()

    @contextmanager
    def in_words(self) -> Iterator[None]:
        """Turn errors of the database and the file system into Unavailable, with the path and how to mend."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
            raise Unavailable(f"{self.path}: {error}; {MENDS.get(code, 'try again')}") from error
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            mend = "check that this user may read and write the file and its directory"
            raise Unavailable(f"{self.path}: {reason}; {mend}") from error

    def _take_back(self, handle: Handle, *, sound: bool) -> None:
        with self._guard:
            sound = sound and not self._closed
            if sound:
                self._idle.append(handle)
        if not sound:
            handle.connection.close()

    def _take(self, identity: tuple[int, int] | None) -> Handle | None:
        """Return an idle connection to the file as it is now; those to a file that was replaced are closed."""
        with self._guard:
            stale = [handle for handle in self._idle if handle.identity != identity]
            self._idle = [handle for handle in self._idle if handle.identity == identity]
            taken = self._idle.pop() if self._idle else None
        for handle in stale:
            handle.connection.close()
        return taken


def _connect(path: Path) -> sqlite3.Connection:
    """Return a connection to a file that is there, having made sure that it is a store we understand."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",  # never creates
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        _check(connection, path)
        connection.execute("PRAGMA synchronous = FULL")  # an acknowledged write survives power loss
        connection.execute("PRAGMA journal_size_limit = 16777216")
    except (sqlite3.Error, Unavailable):
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        mend = "name another with TORTIE_SQLITE_PATH, or move it away"
        raise Unavailable(f"{path}: the file is not a Tortie store; {mend}")
    if version != SCHEMA_VERSION:
        mend = "use the Tortie that wrote it, or a newer one"
        raise Unavailable(f"{path}: the store has schema {version}, this Tortie reads {SCHEMA_VERSION}; {mend}")


def _connect_empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.executescript(SCHEMA)
    return connection


def _build(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.executescript(f"BEGIN; {SCHEMA} COMMIT;")
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def _make_directory(directory: Path) -> None:
    missing = [parent for parent in (directory, *directory.parents) if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir(mode=0o700, exist_ok=True)
        _sync(parent.parent)


def _sync(directory: Path) -> None:
    """Make the names in a directory survive power loss."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _stamp_of(path: str) -> tuple[int, int, int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - many times a second, and half the price of a Path's
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
