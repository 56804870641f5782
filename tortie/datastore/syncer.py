"""List, then watch: the datastore as batches of what is new or gone, through outages and forgotten revisions."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tortie.datastore.built_in import is_built_in
from tortie.datastore.protocol import Datastore, Page, Record, Watch
from tortie.errors import Expired, Unavailable
from tortie.model import Key, Kind

__all__ = ["Batch", "SyncState", "SyncStatus", "Syncer"]

PAGE = 1000  # records asked for at once
POLL_SECONDS = 60.0
FIRST_DELAY, LONGEST_DELAY = 0.1, 30.0  # seconds between attempts, doubled after each failure


class SyncState(StrEnum):
    """How far a syncer has got; the words are those of Calico's syncer."""

    WAIT_FOR_READY = "wait-for-ready"  # the datastore does not answer
    RESYNC = "resync"  # listing
    IN_SYNC = "in-sync"  # listed, and following the changes


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """A syncer's state, and in words what went wrong last ("" once it is in sync again)."""

    state: SyncState
    error: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is new (its record) or gone (None), each key once; `in_sync` tells whether nothing known is missing.

    Before the first batch in sync the receiver has only a part of the datastore. Nothing is ever reported gone in a
    batch that is not in sync.
    """

    updates: Sequence[tuple[Key, Record | None]]
    in_sync: bool


class Syncer:
    """Iterate to get batches, in one thread; `status` and `close` may be used from any.

    Of every record only key and revision are kept. `wait` sleeps that many seconds between attempts, or less when the
    syncer is closed; `dice` draws the jitter from [0, 1). With `doubts_empty`, a new listing without anything is taken
    for an outage where something was known: it looks like a lost disk.
    """

    def __init__(
        self,
        datastore: Datastore,
        kinds: Collection[Kind],
        *,
        wait: Callable[[float], object] | None = None,
        dice: Callable[[], float] = random.random,
        doubts_empty: bool = False,
    ) -> None:
        if not kinds:
            raise ValueError("a syncer needs at least one kind")
        self._datastore = datastore
        self._kinds = tuple(kind for kind in dict.fromkeys(kinds) if datastore.holds(kind)) or tuple(kinds)
        self._stopped = threading.Event()
        self._wait = wait or self._stopped.wait
        self._dice = dice
        self._doubts_empty = doubts_empty
        self._known: dict[Key, str] = {}
        self._failures = 0
        self._status = SyncStatus(SyncState.WAIT_FOR_READY)
        self._watch: Watch | None = None

    @property
    def status(self) -> SyncStatus:
        """Return how far the syncer has got."""
        return self._status

    def __iter__(self) -> Iterator[Batch]:
        """Yield batches until closed; the first that is in sync comes even where there is nothing to tell."""
        while not self._stopped.is_set():
            try:
                yield from self._sync()
            except Expired as error:
                self._status = SyncStatus(SyncState.RESYNC, str(error))
                if self._failures:
                    self._back_off()
                self._failures += 1
            except Unavailable as error:
                self._fail(error)

    def close(self) -> None:
        """End the iteration; a poll or a wait in another thread returns."""
        self._stopped.set()
        watch = self._watch
        if watch is not None:
            watch.close()

    def _sync(self) -> Iterator[Batch]:
        """Yield a full listing page by page, then what it no longer holds, then changes as they come."""
        self._status = SyncStatus(SyncState.RESYNC, self._status.error)
        listed: dict[Kind, str] = {}
        seen: set[Key] = set()
        for page, kind in self._pages():
            listed[kind] = page.revision
            seen.update(record.key for record in page.records)
            if updates := self._news((record.key, record) for record in page.records):
                yield Batch(updates, in_sync=False)
            if self._stopped.is_set():
                return
        if self._doubts_empty and all(map(is_built_in, seen)) and not all(map(is_built_in, self._known)):
            raise Unavailable("the datastore is empty, but was not before; put the data back, or restart")
        self._watch = watch = self._datastore.watch_each(listed)
        try:
            gone = self._news((key, None) for key in tuple(self._known) if key not in seen)
            del seen
            self._status = SyncStatus(SyncState.IN_SYNC)
            yield Batch(gone, in_sync=True)
            yield from self._follow(watch)
        finally:
            self._watch = None
            watch.close()

    def _pages(self) -> Iterator[tuple[Page, Kind]]:
        for kind in self._kinds:
            page = self._datastore.list(kind, limit=PAGE)
            yield page, kind
            while page.more:
                page = self._datastore.list(kind, limit=PAGE, token=page.more)
                yield page, kind

    def _follow(self, watch: Watch) -> Iterator[Batch]:
        """Yield changes as they come."""
        while not self._stopped.is_set():
            try:
                changes = watch.poll(POLL_SECONDS)
            except Unavailable as error:  # the watch goes on where it was
                self._fail(error)
                continue
            if not changes and watch.closed and not self._stopped.is_set():
                raise Unavailable("the datastore was closed under its syncer; open it again")
            self._failures = 0
            self._status = SyncStatus(SyncState.IN_SYNC)
            latest = {change.key: change.record for change in changes}
            if updates := self._news(latest.items()):
                yield Batch(updates, in_sync=True)

    def _news(self, found: Iterable[tuple[Key, Record | None]]) -> Sequence[tuple[Key, Record | None]]:
        """Return what the receiver does not know yet, and count it as known."""
        news: list[tuple[Key, Record | None]] = []
        for key, record in found:
            if record is None:
                if self._known.pop(key, None) is not None:
                    news.append((key, None))
            elif self._known.get(key) != record.revision:
                self._known[key] = record.revision
                news.append((key, record))
        return tuple(news)

    def _fail(self, error: Unavailable) -> None:
        if self._stopped.is_set():
            return
        self._status = SyncStatus(SyncState.WAIT_FOR_READY, str(error))
        self._back_off()
        self._failures += 1

    def _back_off(self) -> None:
        """Wait, twice as long after each failure; the jitter keeps many hosts from asking at once."""
        delay = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(self._failures, 20))
        self._wait(delay * (1 + self._dice()) / 2)
