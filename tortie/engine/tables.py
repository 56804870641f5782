"""Tables that remember what changed since they were last read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Generic, TypeVar

from tortie.compiled import Delta

__all__ = ["CountedTable", "Table"]

K = TypeVar("K")
V = TypeVar("V")


class Table(Generic[K, V]):
    """Rows by key. `flush` tells what is different from the flush before, however often a row came and went."""

    def __init__(self) -> None:
        self._rows: dict[K, V] = {}
        self._before: dict[K, V | None] = {}

    @property
    def rows(self) -> Mapping[K, V]:
        """Return a live view of the rows."""
        return MappingProxyType(self._rows)

    def put(self, key: K, value: V) -> None:
        """Set a row."""
        old = self._rows.get(key)
        if old is None or old != value:
            self._before.setdefault(key, old)
            self._rows[key] = value

    def drop(self, key: K) -> None:
        """Remove a row, if it is there."""
        if key in self._rows:
            self._before.setdefault(key, self._rows[key])
            del self._rows[key]

    def flush(self) -> Delta[K, V]:
        """Return the difference to the state at the flush before."""
        changed = {key: old for key, old in self._before.items() if self._rows.get(key) != old}
        self._before.clear()
        return Delta(
            {key: self._rows[key] for key in changed if key in self._rows},
            {key: old for key, old in changed.items() if old is not None},
        )


class CountedTable(Table[K, V]):
    """A table whose rows live as long as somebody holds them."""

    def __init__(self) -> None:
        super().__init__()
        self._holders: dict[K, int] = {}

    def acquire(self, key: K, value: V) -> bool:
        """Hold a row once more, with its newest value; tell whether it is new."""
        held = self._holders.get(key, 0)
        self._holders[key] = held + 1
        self.put(key, value)
        return not held

    def hold(self, key: K) -> None:
        """Hold a row that somebody holds already once more. Raises KeyError for a row nobody holds."""
        self._holders[key] += 1

    def release(self, key: K) -> bool:
        """Let go of a row once; tell whether that removed it. Raises KeyError for a row nobody holds."""
        held = self._holders[key] - 1
        if held:
            self._holders[key] = held
            return False
        del self._holders[key]
        self.drop(key)
        return True
