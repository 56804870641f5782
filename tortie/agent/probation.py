"""A change on probation, on one host: in force until its deadline, then what was there before stands in its place.

It needs nobody for that: neither the datastore nor the network. Pure, but for the clock and the memory it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from tortie.datastore import PENDING_KEY, PendingChange, Record, Touched, pending_of
from tortie.errors import Invalid, Unavailable
from tortie.model import Key

__all__ = ["Memory", "Moment", "OnProbation", "Probation"]

Records = Mapping[Key, Record | None]


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was: in which run of the kernel, seconds since that began (asleep or not), and by the wall clock.

    The wall clock is in seconds since 1970.
    """

    boot: str
    since_boot: float
    wall: float

    def until(self, later: Moment) -> float:
        """Return the seconds up to a later moment; infinite where that cannot be told.

        In one run of the kernel nobody can set the clock. Over more than one only the wall clock tells, unless it
        went back.
        """
        if self.boot == later.boot:
            return later.since_boot - self.since_boot
        return later.wall - self.wall if later.wall >= self.wall else float("inf")


_NEVER = Moment("", 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class OnProbation:
    """A change, when this host heard of it first, and how many seconds it has from then on.

    `is_over` where they have passed, or somebody has begun to undo it; that never becomes false again.
    """

    change: PendingChange
    seen: Moment
    seconds: float
    is_over: bool = False

    def __str__(self) -> str:
        """Return how it stands with the change on this host."""
        if self.is_over:
            return f"nobody confirmed the change of {self.change.author}: what was before it is enforced"
        return f"the change of {self.change.author} waits for confirmation until {self.change.until}"


class Memory(Protocol):
    """What remembers, over the end of a process, the change that is on probation; see `ProbationFile`."""

    def read(self) -> OnProbation | None:
        """Return what was kept; raises Invalid, Unavailable."""

    def keep(self, found: OnProbation | None) -> None:
        """Keep it, durably; raises Unavailable."""


class _Forgetful:
    """Remembers nothing."""

    def read(self) -> OnProbation | None:
        """Return nothing."""

    def keep(self, found: OnProbation | None) -> None:
        """Keep nothing."""


class Probation:
    """Takes the record of a change out of the news, and shows the news as they are to be enforced.

    Until the deadline they are as they came. From then on each resource that is still as the change wrote it is shown
    as it was before; what somebody wrote since is shown as it is. Once the record is gone, everything is shown as it
    is. `error` tells what stands in the way, "" where nothing does.
    """

    def __init__(self, memory: Memory | None = None, clock: Callable[[], Moment] = lambda: _NEVER) -> None:
        """Remember the change of an earlier run, if there was one; without a clock no time passes."""
        self._memory = memory = memory or _Forgetful()
        self._clock = clock
        self._stored: dict[Key, Record | None] = {}
        self._hidden: frozenset[Key] = frozenset()
        self._listed: set[Key] = set()
        self._is_heard = self._is_whole = False
        self.error = ""
        self.current: OnProbation | None = None
        try:
            self.current = memory.read()
        except (Invalid, Unavailable) as error:
            self.error = str(error)
        self._kept = self.current

    def remaining(self) -> float | None:
        """Return the seconds until the deadline, None where none is to come."""
        found = self.current
        if found is None or found.is_over:
            return None
        return max(0.0, found.seconds - found.seen.until(self._clock()))

    def restore(self, records: Mapping[Key, Record]) -> dict[Key, Record]:
        """Return the last good state as it is to be enforced, while the datastore does not answer."""
        if self.current is None:
            return dict(records)
        self._stored = {key: records.get(key) for key in self.current.change.by_key}
        shown = {**records, **self._shown({})}
        return {key: record for key, record in shown.items() if record is not None}

    def take(self, updates: Records, *, in_sync: bool) -> dict[Key, Record | None]:
        """Return news as they are to be enforced; `in_sync` as in a batch."""
        is_first = in_sync and not self._is_whole
        news = dict(updates)
        released: Records = {}
        if PENDING_KEY in news:
            released = self._hear(news.pop(PENDING_KEY))
        elif is_first and not self._is_heard:
            released = self._end()  # of an earlier run; it was confirmed or undone meanwhile
        self._is_whole |= in_sync
        touched: Mapping[Key, Touched] = self.current.change.by_key if self.current is not None else {}
        for key in touched:
            if key in news:
                self._stored[key] = news[key]
                self._listed.add(key)
            elif is_first and key not in self._listed:
                self._stored[key] = None
        return self._shown({**released, **news}, is_first=is_first)

    def settle(self, last_good: Callable[[], Mapping[Key, Record]]) -> dict[Key, Record | None]:
        """Return what is to be enforced otherwise from now on, as the deadline has passed.

        `last_good` tells what the datastore has of resources that were not heard of since the change was.
        """
        if self.current is not None and (self.current.is_over or self.remaining() == 0.0):
            unknown = self.current.change.by_key.keys() - self._stored.keys()
            records = last_good() if unknown else {}
            self._stored |= {key: records.get(key) for key in unknown}
        return self._shown({})

    def _hear(self, record: Record | None) -> Records:
        """Follow the record; return what is no longer hidden."""
        self._is_heard = True
        if record is None:
            return self._end()
        try:
            change = pending_of(record.value)
        except Invalid as error:
            self.error = str(error)
            return {}
        found, released = self.current, {}
        if found is None or found.change.id != change.id:
            released = self._end()
            found = OnProbation(change, self._clock(), self._seconds(change))
        self.error = ""
        self.current = replace(found, change=change, is_over=found.is_over or bool(change.undone_by))
        return released

    def _seconds(self, change: PendingChange) -> float:
        """Return how long a change has that is new to us; one that was there at our start, no longer than is left."""
        if self._is_whole:
            return change.seconds
        try:
            left = datetime.fromisoformat(change.until).timestamp() - self._clock().wall
        except ValueError:
            return change.seconds
        return min(change.seconds, max(0.0, left))

    def _end(self) -> dict[Key, Record | None]:
        """Forget the change; return what it hid."""
        released = {key: self._stored[key] for key in self._hidden}
        self.current, self._stored, self._hidden, self.error = None, {}, frozenset(), ""
        return released

    def _shown(self, news: Records, *, is_first: bool = False) -> dict[Key, Record | None]:
        """Return the news with everything hidden that is to be, and what else changes by that; keep the state."""
        if self.remaining() == 0.0 and self.current is not None:
            self.current = replace(self.current, is_over=True)
        self._remember()
        shown = dict(news)
        touched: Mapping[Key, Touched] = {}
        if self.current is not None and self.current.is_over:
            touched = self.current.change.by_key
        hidden = frozenset(key for key, now in self._stored.items() if key in touched and touched[key].is_written(now))
        for key in self._hidden - hidden:
            shown.setdefault(key, self._stored[key])
        for key in hidden:
            if key in news or is_first or key not in self._hidden:
                shown[key] = touched[key].before
        self._hidden = hidden
        return shown

    def _remember(self) -> None:
        """Keep the state before anything is enforced, so that it outlives the process."""
        if self.current == self._kept:
            return
        try:
            self._memory.keep(self.current)
        except Unavailable as error:
            self.error = str(error)
        else:
            self._kept = self.current
