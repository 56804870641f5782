"""Between the syncer's thread and the loop: the newest record of each key, however long the loop takes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tortie.datastore import Batch, Record
from tortie.model import Key

__all__ = ["Inbox", "News"]


@dataclass(frozen=True, slots=True)
class News:
    """The newest record of each key that changed (None: gone); `in_sync` as in the last batch."""

    updates: Mapping[Key, Record | None]
    in_sync: bool


class Inbox:
    """Bounded by the number of resources: a slow kernel makes larger batches, never a longer queue."""

    def __init__(self, arrived: Callable[[], object]) -> None:
        """Start empty; `arrived` is called, in the thread that puts, after each batch."""
        self._guard = threading.Lock()
        self._arrived = arrived
        self._updates: dict[Key, Record | None] = {}
        self._in_sync = False
        self._batches = 0

    @property
    def batches(self) -> int:
        """Return how many batches ever came."""
        return self._batches

    def put(self, batch: Batch) -> None:
        """Add a batch."""
        with self._guard:
            self._updates.update(batch.updates)
            self._in_sync = batch.in_sync
            self._batches += 1
        self._arrived()

    def take(self) -> News:
        """Return what came since the last call."""
        with self._guard:
            updates, self._updates = self._updates, {}
            return News(updates, self._in_sync)
