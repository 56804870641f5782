"""What one host enforces: news of the datastore through the engine into the kernel. Synchronous, for one thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from time import perf_counter
from typing import Protocol

from tortie.compiled import BuiltIn, PolicyUpdate, Snapshot
from tortie.dataplane.nftables import Refused, blame, rule_chain
from tortie.datastore import Record
from tortie.engine import Engine
from tortie.errors import Invalid, Unavailable
from tortie.model import Key, Update

from .cache import Cache
from .inbox import News
from .view import View

__all__ = ["Enforcement", "RuleCount", "Table"]


class Table(Protocol):
    """What holds packets to snapshots; see `tortie.dataplane.nftables.Dataplane`."""

    @property
    def in_step(self) -> bool:
        """Tell whether the kernel took the last snapshot that was given."""

    def boot(self) -> bool:
        """Silence workloads where there is no table; return whether there was none."""

    def start(self, snapshot: Snapshot) -> bool:
        """Make the table what the snapshot says; return whether anything had to change."""

    def apply(self, update: PolicyUpdate, snapshot: Snapshot) -> None:
        """Carry a difference to the kernel."""

    def repair(self, snapshot: Snapshot, *, thorough: bool = False) -> bool:
        """Mend the table where somebody else changed it; return whether that was needed."""

    def counters(self) -> Mapping[str, tuple[int, int]]:
        """Return packets and bytes of each named counter."""


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many packets, and bytes, a rule or a built-in verdict decided; the owner is "" for what no policy says."""

    rule: str
    action: str
    direction: str
    tier: str
    owner: str
    packets: int
    bytes: int


class Enforcement:
    """Keeps the table in step with what the datastore says, and says what stands in the way.

    `error` tells why the kernel does not have the newest state ("" where it has), `cache_error` why the last good
    state can not be kept or read. Errors of the kernel never reach the caller: the next call tries again.
    """

    def __init__(
        self,
        engine: Engine,
        table: Table,
        view: View,
        cache: Cache,
        forget: Callable[[frozenset[bytes]], object] = frozenset,
    ) -> None:
        """Start without touching anything. `forget` ends the connections of addresses that changed hands."""
        self._forget = forget
        self._released: frozenset[bytes] = frozenset()
        self._engine = engine
        self._table = table
        self._cache: Cache | None = cache
        self._last_good = cache
        self.view = view
        self.started = False
        self.restored = False
        self.error = ""
        self.cache_error = ""
        self.applies = 0
        self.failures = 0
        self.repairs = 0
        self.apply_seconds = 0.0
        self.sizes: Mapping[str, int] = {each.name: 0 for each in fields(PolicyUpdate)}

    def boot(self) -> None:
        """Silence workloads where the kernel has no table of ours; leave what an earlier run left."""
        self._attempt(self._table.boot)

    def restore(self) -> bool:
        """Enforce the last good state, as the datastore does not answer; return whether there was one. Only once."""
        if self.restored or self.view.in_sync:
            return False
        records = self._read()
        self.restored = bool(records)
        if records:
            self._enforce(self.view.restore(records))
        return self.restored

    def take(self, news: News) -> None:
        """Enforce what came from the datastore, once it is whole."""
        was_whole = self.view.in_sync
        updates = self.view.take(news, self._read)
        if not self.view.doubtful:
            self._keep(news)
        elif updates:
            self.restored = True
        if updates or self.view.in_sync > was_whole:
            self._enforce(updates)

    def settle(self, *, thorough: bool = False) -> None:
        """Try again what failed, and mend what somebody else changed; `thorough` as in `Table.repair`."""
        if not self.started:
            self.boot()
            if self.error or not (self.view.in_sync or self.restored):
                return
        if self._attempt(lambda: self._table.repair(self._engine.snapshot, thorough=thorough)):
            self.repairs += 1
        self.started = self.started or self._table.in_step
        self._end_connections()

    def counts(self) -> tuple[RuleCount, ...]:
        """Return what each rule and built-in verdict decided; raises Unavailable."""
        counters = self._table.counters()
        found = [
            RuleCount(each, each.verdict, "", "", "", *counters[each]) for each in BuiltIn if each.value in counters
        ]
        for id_, rule in self._engine.snapshot.rules.items():
            if (count := counters.get(rule_chain(id_))) is not None:
                origin = rule.origin
                owner = str(origin.owner or "")
                found.append(RuleCount(id_, rule.action, origin.direction, origin.tier, owner, *count))
        return tuple(found)

    def close(self) -> None:
        """Let go of files; rules stay in the kernel."""
        self._last_good.close()

    def _enforce(self, updates: tuple[Update, ...]) -> None:
        begun = perf_counter()
        update = self._engine.apply(updates)
        snapshot = self._engine.snapshot
        self.sizes = {each.name: len(getattr(snapshot, each.name)) for each in fields(PolicyUpdate)}
        if self.started:
            self._attempt(lambda: self._table.apply(update, snapshot))
        else:
            self._attempt(lambda: self._table.start(snapshot))
        self.started = self.started or self._table.in_step
        self._released |= _released(update)
        self._end_connections()
        self.apply_seconds = perf_counter() - begun
        self.applies += 1

    def _end_connections(self) -> None:
        """Forget the connections of released addresses, once packets meet the new policy."""
        if self._released and not self.error and self._attempt(lambda: self._forget(self._released) is not None):
            self._released = frozenset()

    def _attempt(self, act: Callable[[], object]) -> bool:
        """Do something to the kernel; return what it said was done, False where it failed."""
        try:
            done = bool(act())
        except Refused as refused:
            self.error = blame(refused, self._engine.snapshot)
        except Unavailable as error:
            self.error = str(error)
        else:
            self.error = ""
            return done
        self.failures += 1
        return False

    def _read(self) -> Mapping[Key, Record]:
        try:
            return self._last_good.read()
        except (Invalid, Unavailable) as error:
            self.cache_error = str(error)
            return {}

    def _keep(self, news: News) -> None:
        if self._cache is None:
            return
        try:
            self._cache.note(news.updates.items(), in_sync=self.view.in_sync)
        except Unavailable as error:
            self.cache_error = str(error)
            self._cache = None  # a line may be torn; only a new run writes a whole listing again


def _released(update: PolicyUpdate) -> frozenset[bytes]:
    """Return the addresses that an interface had before the update and has no more."""
    found: set[bytes] = set()
    for interface, before in update.endpoints.before.items():
        after = update.endpoints.upserts.get(interface)
        kept = after.addresses if after is not None and after.stored == before.stored else ()
        found |= set(before.addresses) - set(kept)
    return frozenset(found)
