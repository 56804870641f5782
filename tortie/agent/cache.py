"""The last good state on disk: what an agent enforces that starts while its datastore is away.

A file of one JSON document a line: every record of a full listing first, then each change as it came. It replaces the
file before it only once the listing is whole, so a partial view never overwrites a full one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from tortie.datastore import Record
from tortie.errors import Invalid, Unavailable
from tortie.model import Key, Kind

__all__ = ["Cache"]

_SLACK = 1000  # changes that may pile up, at least, before the file is written anew


class Cache:
    """The file, mode 0600; directories that lack are made with mode 0700. For one thread."""

    def __init__(self, path: Path) -> None:
        """Touch nothing yet."""
        self.path = path
        self._fresh = path.with_suffix(".new")
        self._open: IO[str] | None = None
        self._whole = False
        self._kept = 0
        self._appended = 0

    def read(self) -> dict[Key, Record]:
        """Return the records of the last good state; none where there is no file.

        A torn last line, as a power cut leaves it, does not count.

        Raises:
            Invalid: a line before the last cannot be understood.
            Unavailable: the file cannot be read.
        """
        try:
            lines = self.path.read_text(encoding="ascii", errors="replace").split("\n")
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise Unavailable(f"{self.path}: {error.strerror}; the last good state cannot be read") from error
        found: dict[Key, Record] = {}
        for number, line in enumerate(lines[:-1], 1):  # what follows the last line end is torn, or nothing
            try:
                key, record = _parse(line)
            except (ValueError, KeyError, TypeError) as error:
                mend = "remove the file; it is written again when the datastore answers"
                raise Invalid.because(f"{self.path}:{number}: not a line of the last good state", mend=mend) from error
            if record is None:
                found.pop(key, None)
            else:
                found[key] = record
        return found

    def note(self, updates: Iterable[tuple[Key, Record | None]], *, in_sync: bool) -> None:
        """Keep what the datastore told; the first note that is in sync makes it the last good state.

        Raises:
            Unavailable: the file cannot be written; what is on the disk stays as it was.
        """
        try:
            file = self._open or self._begin()
            for key, record in updates:
                file.write(_line(key, record))
                self._appended += 1
            file.flush()
            if in_sync and not self._whole:
                self._finish(file)
            elif self._whole and self._appended > max(_SLACK, self._kept):
                self._rewrite()
        except OSError as error:
            raise Unavailable(f"{self.path}: {error.strerror}; the last good state is not kept") from error

    def close(self) -> None:
        """Close the file; it stays, but for a listing that never became whole."""
        if self._open is not None:
            self._open.close()
            self._open = None
        if not self._whole:
            with suppress(OSError):  # what stays behind does no harm: the next run begins it anew
                self._fresh.unlink()

    def _begin(self) -> IO[str]:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._fresh.unlink(missing_ok=True)
        descriptor = os.open(self._fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._open = file = os.fdopen(descriptor, "w", encoding="ascii")
        self._whole, self._kept, self._appended = False, 0, 0
        return file

    def _finish(self, file: IO[str]) -> None:
        """Put the whole listing in place of the last good state."""
        os.fsync(file.fileno())
        self._fresh.replace(self.path)
        self._whole, self._kept, self._appended = True, self._appended, 0

    def _rewrite(self) -> None:
        """Leave out what later changes made obsolete."""
        found = self.read()
        if self._open is not None:
            self._open.close()
        file = self._begin()
        for key, record in found.items():
            file.write(_line(key, record))
            self._appended += 1
        file.flush()
        self._finish(file)


def _line(key: Key, record: Record | None) -> str:
    parts = [key.kind, key.namespace, key.name]
    if record is not None:
        parts += [record.revision, record.value.decode(errors="surrogateescape")]
    return json.dumps(parts) + "\n"


def _parse(line: str) -> tuple[Key, Record | None]:
    kind, namespace, name, *rest = json.loads(line)
    key = Key(Kind(kind), namespace, name)
    if not rest:
        return key, None
    revision, value = rest
    return key, Record(key, value.encode(errors="surrogateescape"), revision)
