"""From updates to the kernel: through the engine into the table; what the kernel refuses is isolated. Synchronous."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import fields
from functools import partial
from typing import Protocol

from tortie.compiled import LocalEndpoint, PolicyUpdate, Snapshot
from tortie.dataplane.nftables import Refused, blame, refusal, refused_ranges, suspects
from tortie.engine import Engine
from tortie.errors import Unavailable
from tortie.model import Key, Update, WorkloadEndpoint

from .isolate import culprits
from .quarantine import Quarantine
from .settings import HostSettings

__all__ = ["Enactor", "Interfaces", "Table"]

Interfaces = Mapping[str, frozenset[bytes]]
"""The packed addresses of each interface of the host."""


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


class Enactor:
    """Keeps the table in step with the resources that it is given.

    `error` tells why the kernel does not have the newest state, "" where it has; errors never reach the caller, and
    `settle` tries again.
    """

    def __init__(self, engine: Engine, table: Table, quarantine: Quarantine, settings: HostSettings) -> None:
        """Start without touching anything."""
        self.settings = settings
        self._engine = engine
        self._table = table
        self._quarantine = quarantine
        self._searched = False
        self._before: dict[str, LocalEndpoint | None] = {}
        self.started = False
        self.error = ""
        self.failures = 0

    @property
    def snapshot(self) -> Snapshot:
        """Return the compiled policy; it changes with the next update."""
        return self._engine.snapshot

    @property
    def held(self) -> Mapping[Key, str]:
        """Return what is in quarantine, and why."""
        return self._quarantine.held

    @property
    def sizes(self) -> Mapping[str, int]:
        """Return the rows of each table of the compiled policy."""
        return {each.name: len(getattr(self.snapshot, each.name)) for each in fields(PolicyUpdate)}

    def ready(self) -> Iterator[WorkloadEndpoint]:
        """Yield the workload endpoints of the compiled policy whose packets may pass; none that are closed."""
        for row in self.snapshot.endpoints.values():
            endpoint = self._engine.workload(row.stored)
            if row.active and endpoint is not None:
                yield endpoint

    def boot(self) -> None:
        """Silence workloads where the kernel has no table of ours; leave what an earlier run left."""
        self._attempt(self._table.boot)

    def enact(self, updates: Iterable[Update], interfaces: Interfaces | None = None) -> None:
        """Carry the newest values of resources, settings among them, and of the host's interfaces to the kernel."""
        newest = tuple(updates)
        taken = self._quarantine.admit(newest)
        self._searched = False
        self.settings.note(newest)
        wanted = self.settings.resolved.settings
        renewed = wanted != self.snapshot.settings
        if renewed:
            self._engine.configure(wanted)
        update = self._compile(taken, interfaces)
        if renewed:  # settings shape what no difference has
            self._carry(lambda: self._table.start(self.snapshot))
        else:
            self._carry(lambda: self._table.apply(update, self.snapshot))

    def settle(self, *, thorough: bool = False) -> bool:
        """Try again what failed, and mend what somebody else changed; return whether something was mended."""
        return self._carry(lambda: self._table.repair(self.snapshot, thorough=thorough))

    def counters(self) -> Mapping[str, tuple[int, int]]:
        """Return packets and bytes of each named counter; raises Unavailable."""
        return self._table.counters()

    def take_before(self) -> Mapping[str, LocalEndpoint | None]:
        """Return what the rows of endpoints, by interface, were at the last call, where they may have changed since."""
        rows, self._before = self._before, {}
        return rows

    def _carry(self, act: Callable[[], object]) -> bool:
        """Bring the kernel in step; where it refuses, without the resources at fault."""
        try:
            done = bool(act())
        except Refused as refused:
            self.failures += 1
            if not self._isolate(refused):
                return False
            done = True
        except Unavailable as error:
            self.failures += 1
            self.error = str(error)
            return False
        self._quarantine.accepted()
        self.started, self.error = True, ""
        return done

    def _isolate(self, refused: Refused) -> bool:
        """Close what the kernel refuses, and nothing else; return whether the rest is in force now."""
        self.error = blame(refused, self.snapshot)
        why = refusal(refused, self.snapshot)
        if self._searched:
            return False
        named, ranges = suspects(refused, self.snapshot), refused_ranges(refused)
        for candidates in self._quarantine.candidates(named, ranges):
            try:
                found = culprits(candidates, partial(self._accepts, candidates))
            except Unavailable as error:
                self._compile(self._quarantine.updates(candidates, ()))
                self.error = str(error)
                return False
            if found is not None:
                self._quarantine.hold(found, why)
                return True
            self._compile(self._quarantine.updates(candidates, ()))
        self._searched = True  # nothing that could be closed helps; only news can change that
        return False

    def _accepts(self, candidates: Collection[Key], closing: Collection[Key]) -> bool:
        update = self._compile(self._quarantine.updates(candidates, closing))
        try:
            self._table.apply(update, self.snapshot)
        except Refused:
            return False
        return True

    def _compile(self, updates: Iterable[Update], interfaces: Interfaces | None = None) -> PolicyUpdate:
        update = self._engine.apply(updates, interfaces)
        for interface in {**update.endpoints.before, **update.endpoints.upserts}:
            self._before.setdefault(interface, update.endpoints.before.get(interface))
        return update

    def _attempt(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Refused as refused:
            self.failures += 1
            self.error = blame(refused, self.snapshot)
        except Unavailable as error:
            self.failures += 1
            self.error = str(error)
        else:
            self.error = ""
