"""The verified fake: a datastore in this process's memory that passes the same contract suite as the real ones."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from tortie.datastore.joined_watch import JoinedWatch
from tortie.datastore.paging import HISTORY, Token, number
from tortie.datastore.protocol import Change, Page, Record, Watch
from tortie.errors import Conflict, Expired, NotFound, Unavailable
from tortie.model import Key, Kind

__all__ = ["MemoryDatastore"]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One journal entry: the change, and the record that it replaced or removed (None: it created)."""

    change: Change
    old: Record | None


class _State:
    """What a store and its watches share; `changed` guards all of it and tells of every change."""

    def __init__(self, history: int) -> None:
        self.changed = threading.Condition()
        self.records: dict[Kind, dict[Key, Record]] = {}
        self.journal: dict[int, _Entry] = {}
        self.revision = 0
        self.history = history
        self.closed = False

    def existing(self, key: Key, revision: str | None = None) -> Record:
        """Return the record of `key`, which has to be at `revision` where one is given."""
        found = self.records.get(key.kind, {}).get(key)
        if found is None:
            raise NotFound(f"{key} does not exist")
        if revision is not None and found.revision != revision:
            raise Conflict(f"{key} is at revision {found.revision}, not `{revision}`; read it again")
        return found

    def store(self, key: Key, value: bytes, old: Record | None) -> Record:
        """Keep a new record in place of `old`, and return it."""
        record = Record(key, value, str(self.revision + 1))
        self.records.setdefault(key.kind, {})[key] = record
        self.note(Change(key, record, record.revision), old)
        return record

    def note(self, change: Change, old: Record | None) -> None:
        """Add the next entry to the journal, and wake the watches."""
        self.revision += 1
        self.journal[self.revision] = _Entry(change, old)
        self.journal.pop(self.revision - self.history, None)
        self.changed.notify_all()

    def as_of(self, revision: int, kind: Kind) -> Iterator[Record]:
        """Yield the records of a kind at a kept revision: those untouched since, and those replaced since."""
        yield from (record for record in self.records.get(kind, {}).values() if int(record.revision) <= revision)
        for later in range(revision + 1, self.revision + 1):
            old = self.journal[later].old
            if old is not None and old.key.kind is kind and int(old.revision) <= revision:
                yield old

    def check_kept(self, revision: int) -> None:
        """Raise Expired where changes since `revision` are no longer kept, or it never was."""
        if not self.revision - self.history <= revision <= self.revision:
            raise Expired(f"revision {revision} is not kept (the store is at {self.revision}); list again")

    def check_open(self) -> None:
        """Raise Unavailable where the store was closed."""
        if self.closed:
            raise Unavailable("the store in memory is closed; open another")


class MemoryDatastore:
    """A datastore that lives as long as its object does.

    It also holds what was read from files, for tools that work without a store. `history` (at least 1) is how many
    changes are kept for watches and paged listings.
    """

    def __init__(self, *, history: int = HISTORY) -> None:
        self._state = _State(history)

    def holds(self, kind: Kind) -> bool:
        """See `Datastore.holds`."""
        return kind in Kind

    def takes(self, kind: Kind) -> bool:
        """See `Datastore.takes`."""
        return kind in Kind

    def get(self, key: Key) -> Record:
        """See `Datastore.get`."""
        with self._opened() as state:
            return state.existing(key)

    def list(self, kind: Kind, namespace: str = "", *, limit: int = 0, token: str = "") -> Page:
        """See `Datastore.list`."""
        with self._opened() as state:
            start = Token.parse(token) if token else Token(state.revision)
            state.check_kept(start.revision)
            records = tuple(state.as_of(start.revision, kind))
        found = sorted(
            (
                record
                for record in records
                if namespace in ("", record.key.namespace)
                and (record.key.namespace, record.key.name) > (start.namespace, start.name)
            ),
            key=lambda record: record.key,
        )
        return start.page(found, limit)

    def create(self, key: Key, value: bytes) -> Record:
        """See `Datastore.create`."""
        with self._opened() as state:
            found = state.records.get(key.kind, {}).get(key)
            if found is not None:
                raise Conflict(f"{key} exists already, at revision {found.revision}; replace it instead")
            return state.store(key, value, None)

    def update(self, key: Key, value: bytes, revision: str) -> Record:
        """See `Datastore.update`."""
        with self._opened() as state:
            return state.store(key, value, state.existing(key, revision))

    def delete(self, key: Key, revision: str = "") -> Record:
        """See `Datastore.delete`."""
        with self._opened() as state:
            found = state.existing(key, revision or None)
            del state.records[key.kind][key]
            state.note(Change(key, None, str(state.revision + 1)), found)
            return found

    def rename_former(self, key: Key) -> bool:  # noqa: ARG002 - the signature is the protocol's
        """See `Datastore.rename_former`: there are none."""
        return False

    def watch(self, kinds: Collection[Kind], revision: str) -> Watch:
        """See `Datastore.watch`."""
        with self._opened() as state:
            start = number(revision)
            state.check_kept(start)
            return _MemoryWatch(state, frozenset(kinds), start)

    def watch_each(self, listed: Mapping[Kind, str]) -> Watch:
        """See `Datastore.watch_each`."""
        return JoinedWatch(self.watch, listed)

    def close(self) -> None:
        """See `Datastore.close`."""
        with self._state.changed:
            self._state.closed = True
            self._state.changed.notify_all()

    @contextmanager
    def _opened(self) -> Iterator[_State]:
        with self._state.changed:
            self._state.check_open()
            yield self._state


class _MemoryWatch:
    """A watch on the state of a MemoryDatastore."""

    def __init__(self, state: _State, kinds: frozenset[Kind], position: int) -> None:
        self._state = state
        self._kinds = kinds
        self._position = position
        self._closed = False

    @property
    def closed(self) -> bool:
        """See `Watch.closed`."""
        return self._closed or self._state.closed

    def poll(self, seconds: float) -> Sequence[Change]:
        """See `Watch.poll`."""
        deadline = monotonic() + seconds
        with self._state.changed:
            while not self.closed:
                changes = self._advance()
                left = deadline - monotonic()
                if changes or left <= 0:
                    return changes
                self._state.changed.wait(min(left, threading.TIMEOUT_MAX))
        return ()

    def close(self) -> None:
        """See `Watch.close`."""
        with self._state.changed:
            self._closed = True
            self._state.changed.notify_all()

    def _advance(self) -> tuple[Change, ...]:
        state = self._state
        state.check_kept(self._position)
        changes = (state.journal[revision].change for revision in range(self._position + 1, state.revision + 1))
        wanted = tuple(change for change in changes if change.key.kind in self._kinds)
        self._position = state.revision
        return wanted
