"""What one host enforces: news of the datastore through the engine into the kernel. Synchronous, for one thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from time import perf_counter

from tortie.compiled import BuiltIn, LocalEndpoint, Snapshot
from tortie.dataplane.nftables import rule_chain
from tortie.datastore import PENDING_KEY, Record
from tortie.errors import Invalid, Unavailable
from tortie.model import Key, Update

from .cache import Cache
from .connections import Judged
from .cut import Cutter
from .enact import Enactor, Interfaces
from .gate import Gate
from .inbox import News
from .owners import Owners, owner_of, released
from .probation import OnProbation
from .settings import HostSettings
from .statuses import StatusFiles
from .view import View

__all__ = ["Enforcement", "RuleCount"]


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
    state can not be kept or read. Errors of the kernel never reach the caller: `settle` tries again.
    """

    def __init__(
        self,
        enactor: Enactor,
        view: View,
        cache: Cache,
        owners: Owners,
        cutter: Cutter | None = None,
        building: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Start without touching anything.

        Without a `cutter`, no connection is ever ended. `building` surrounds the first, large piece of work.
        """
        self._owners = owners
        self._is_owned = False
        self._cutter = cutter
        self._building = building
        self._released: frozenset[bytes] = frozenset()
        self._enactor = enactor
        self._cache: Cache | None = cache
        self._last_good = cache
        self._cut_error = ""
        self._interfaces: Interfaces | None = None
        self.view = view
        self.restored = False
        self._gate = Gate()
        self.cache_error = ""
        self.applies = 0
        self.repairs = 0
        self.apply_seconds = 0.0

    @property
    def started(self) -> bool:
        """Tell whether the kernel has, or had, policy of this run."""
        return self._enactor.started

    @property
    def error(self) -> str:
        """Return why the kernel does not have the newest state, "" where it has."""
        return self._enactor.error or self._cut_error

    @property
    def snapshot(self) -> Snapshot:
        """Return the compiled policy; it changes with the next news."""
        return self._enactor.snapshot

    @property
    def locked(self) -> bool:
        """Tell whether the datastore says that nobody may act on it for now."""
        return self._gate.closed

    @property
    def on_probation(self) -> OnProbation | None:
        """Return the change that waits for confirmation, or is to be undone; None while the datastore is locked."""
        return None if self.locked else self.view.probation.current

    @property
    def settings(self) -> HostSettings:
        """Return the host's settings, as the datastore and others say them."""
        return self._enactor.settings

    @property
    def failures(self) -> int:
        """Return how often the kernel refused or failed."""
        return self._enactor.failures

    @property
    def sizes(self) -> Mapping[str, int]:
        """Return the rows of each table of the compiled policy."""
        return self._enactor.sizes

    @property
    def held(self) -> Mapping[Key, str]:
        """Return what is in quarantine, and why."""
        return self._enactor.held

    def boot(self) -> None:
        """Silence workloads where the kernel has no table of ours; leave what an earlier run left."""
        self._enactor.boot()

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
        """Enforce what came from the datastore, once it is whole, and not while it is locked."""
        passed = self._gate.take(news)
        if passed is None:
            return
        was_whole = self.view.in_sync
        updates = self.view.take(passed, self._read)
        if not self.view.doubtful:
            self._keep(passed, was_whole=was_whole)
        elif updates:
            self.restored = True
        if updates or self.view.in_sync > was_whole:
            self._enforce(updates)

    def expire(self) -> None:
        """Enforce what was before a change on probation, once its time is over."""
        if updates := self.view.settle(self._read):
            self._enforce(updates)

    def see(self, interfaces: Interfaces) -> None:
        """Enforce for the host's interfaces as they are now, once anything is enforced."""
        self._interfaces = interfaces
        if self.view.in_sync or self.restored:
            self._enforce(())

    def settle(self, *, thorough: bool = False) -> None:
        """Try again what failed, and mend what somebody else changed; `thorough` as in `Table.repair`."""
        if not self.started:
            self.boot()
            if self.error or not (self.view.in_sync or self.restored):
                return
        if self._enactor.settle(thorough=thorough):
            self.repairs += 1
        self._end_connections()

    def wants_cut(self) -> bool:
        """Tell whether open connections are to be judged again, by policy that is in force."""
        return (
            self._cutter is not None
            and not self._enactor.error
            and self.started
            and self._cutter.is_stale(self.snapshot)
        )

    def cut(self) -> Sequence[Judged]:
        """End the connections that policy no longer allows; return them. What fails is tried again the next time."""
        if self._cutter is None:
            return ()
        try:
            ended = self._cutter.cut(self.snapshot)
        except Unavailable as error:
            self._cut_error = str(error)
            return ()
        self._cut_error = ""
        return ended

    def judged(self) -> Sequence[Judged]:
        """Return what would become of each open connection now; raises Unavailable."""
        return () if self._cutter is None else tuple(self._cutter.judged(self.snapshot))

    def keep_statuses(self, files: StatusFiles, now: float) -> None:
        """Have a file for each workload endpoint whose policy is in the kernel, once the datastore's view is whole."""
        if self.view.in_sync:
            files.begin(self.settings.resolved.agent.endpoint_status_path)
            committed = self.started and not self._enactor.error
            files.keep((self.applies, committed), self._enactor.ready, committed=committed, now=now)

    def counts(self) -> tuple[RuleCount, ...]:
        """Return what each rule and built-in verdict decided; raises Unavailable."""
        counters = self._enactor.counters()
        found = [
            RuleCount(each, each.verdict, "", "", "", *counters[each]) for each in BuiltIn if each.value in counters
        ]
        for id_, rule in self.snapshot.rules.items():
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
        interfaces, self._interfaces = self._interfaces, None
        with self._building():
            self._enactor.enact(updates, interfaces)
        self._building = nullcontext
        if self._cutter is not None:
            self._cutter.note(updates)
        self._note_owners(self._enactor.take_before())
        self._end_connections()
        self.apply_seconds = perf_counter() - begun
        self.applies += 1

    def _note_owners(self, rows: Mapping[str, LocalEndpoint | None]) -> None:
        """Find the addresses that changed hands: since the last change, or, the first time, since an earlier run."""
        now = self.snapshot.endpoints
        if not rows and self._is_owned:
            return
        before = {interface: owner_of(row) if row is not None else None for interface, row in rows.items()}
        try:
            if not self._is_owned:
                self._is_owned = True
                before = {**dict.fromkeys(now), **self._owners.read()}
            self._released |= released(before, now)
            self._owners.keep(now)
        except (Invalid, Unavailable) as error:
            self.cache_error = self.cache_error or str(error)

    def _end_connections(self) -> None:
        """Forget the connections of released addresses, once packets meet the new policy."""
        if not self._released or self._enactor.error or self._cutter is None:
            return
        try:
            self._cutter.forget(self._released)
        except Unavailable as error:
            self._cut_error = str(error)
        else:
            self._released, self._cut_error = frozenset(), ""

    def _read(self) -> Mapping[Key, Record]:
        try:
            return self._last_good.read()
        except (Invalid, Unavailable) as error:
            self.cache_error = str(error)
            return {}

    def _keep(self, news: News, *, was_whole: bool) -> None:
        """Keep news as the last good state; of what is lost, the version in force."""
        if self._cache is None:
            return
        updates = {key: each for key, each in news.updates.items() if key != PENDING_KEY}
        instead = {key: each for key, each in self.view.kept.items() if key in news.updates or not was_whole}
        try:
            self._cache.note({**updates, **instead}.items(), in_sync=self.view.in_sync)
        except Unavailable as error:
            self.cache_error = str(error)
            self._cache = None  # a line may be torn; only a new run writes a whole listing again
