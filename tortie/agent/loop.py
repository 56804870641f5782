"""The agent's shell: a thread that follows the datastore, a loop that enforces what it tells, servers that answer."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import monotonic

from tortie import __version__
from tortie.dataplane.nftables import Kernel
from tortie.datastore import Syncer
from tortie.errors import Unavailable
from tortie.model import AgentSettings

from .backoff import Backoff
from .config import Config
from .cuts import Cuts
from .enforce import Enforcement, RuleCount
from .followed_settings import FollowedSettings
from .health import Health, Subject
from .heartbeat import Heartbeat
from .inbox import Inbox
from .interfaces import HostInterfaces, LinkSource
from .listen import listening, private_socket
from .pace import Times
from .packets import PacketLines, PacketSource
from .parts import State, parts_of, unlimited
from .recent import Recent
from .refused import RefusedSessions
from .report import Enforced, Report
from .rollback import Rollback
from .statuses import StatusFiles
from .telling import Telling

__all__ = ["RESTART", "Agent", "Sources"]

RESTART = 129
"""The exit code of an agent that wants to be started again, as the reference system's."""


@dataclass(slots=True)
class _Pulse:
    """When things happened last, by the monotonic clock."""

    began: float = field(default_factory=monotonic)
    heard: float = field(default_factory=monotonic)
    compared: float = field(default_factory=monotonic)
    listed: float = field(default_factory=monotonic)
    batches: int = 0
    working_since: float | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """Where news comes from: the datastore, the kernel's table, the host's interfaces.

    `set_timeout` tells all that ask the kernel how many seconds it may take to answer. `heart` says that the agent
    lives, where the datastore takes that.
    """

    syncer: Syncer
    kernel: Kernel
    links: LinkSource
    packets: PacketSource | None = None
    set_timeout: Callable[[float], object] = lambda _: None
    rollback: Rollback | None = None
    refused: RefusedSessions | None = None
    heart: Heartbeat | None = None


class Agent:
    """Runs until SIGTERM or SIGINT, or until `stop`; rules stay in the kernel.

    `addresses` are those that the servers `health` and `metrics` listen on, once they do.
    """

    def __init__(
        self,
        config: Config,
        enforcement: Enforcement,
        sources: Sources,
        *,
        log: logging.Logger,
        times: Times | None = None,
        statuses: StatusFiles | None = None,
    ) -> None:
        """Put the parts together; nothing runs yet."""
        self._config = config
        self._enforcement = enforcement
        self._kernel = sources.kernel
        self._syncer = sources.syncer
        self._rollback = sources.rollback
        self._refused = sources.refused
        self._heart = sources.heart
        self._interfaces = HostInterfaces(sources.links)
        self._packets = PacketLines(sources.packets, sources.links.name) if sources.packets is not None else None
        self._log = log
        self._times = times or Times()
        self._statuses = statuses or StatusFiles()
        self._pulse = _Pulse()
        self._followed = FollowedSettings(
            enforcement.settings,
            log,
            sources.set_timeout,
            repair_seconds=config.repair_seconds,
            grace=self._times.grace,
        )
        self._lost_datastore = False
        self._cuts = Cuts(enforcement, log)
        self._backoff = Backoff(self._times.retry, self._times.longest)
        self._telling = Telling(log)
        self._recent = Recent()
        self.addresses: dict[str, tuple[str, int]] = {}

    async def run(self, control: Path, started: Callable[[], object] = lambda: None) -> None:
        """Enforce until told to stop; answer at the socket `control`, and where the configuration says.

        `started` is called once the servers listen and the kernel has a table.

        Raises:
            OSError: an address to listen on is taken.
        """
        self._loop = loop = asyncio.get_running_loop()
        self._wake, self._turn = asyncio.Event(), asyncio.Lock()
        self._stopping = False
        self._inbox = Inbox(lambda: loop.call_soon_threadsafe(self._wake.set))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        async with AsyncExitStack() as stack:
            await self._work(self._enforcement.boot)
            await self._listen(stack, control)
            follower = threading.Thread(target=self._follow, name="syncer", daemon=True)
            follower.start()
            if self._heart is not None:
                self._heart.start(self._beating)
                stack.callback(self._heart.stop)
            started()
            try:
                await self._enforce()
            finally:
                self._syncer.close()
                await asyncio.to_thread(follower.join, self._times.patience)
                if self._rollback is not None:
                    await asyncio.to_thread(self._rollback.close, self._times.patience)
                self._enforcement.close()

    def stop(self) -> None:
        """End the run; from the loop's thread."""
        self._stopping = True
        self._wake.set()

    @property
    def exit_code(self) -> int:
        """Return `RESTART` where the agent ends in order to be started anew, else 0."""
        return RESTART if self._lost_datastore or self._followed.is_ending else 0

    def report(self) -> Report:
        """Return how things are."""
        it, status, agent = self._enforcement, self._syncer.status, self._enforcement.settings.resolved.agent
        parts = parts_of(self._state(), agent)
        reason = it.error or next((each.not_ready for each in parts if each.not_ready), "")
        limits = {f"HealthTimeoutOverrides {name}": problem for name, problem in unlimited(agent).items()}
        enforced = Enforced.DATASTORE if it.started and it.view.in_sync else Enforced.LAST_GOOD if it.restored else ""
        return Report(
            host=self._config.hostname,
            version=__version__,
            ready=not reason,
            reason=reason,
            enforced=enforced or Enforced.NOTHING,
            datastore=status.state,
            datastore_error=status.error,
            error=it.error,
            cache_error=it.cache_error,
            interfaces_error=self._interfaces.error,
            statuses_error=self._statuses.error,
            probation=str(it.view.probation.current or ""),
            probation_error=it.view.probation.error or (self._rollback.error if self._rollback is not None else ""),
            refused_sessions=self._refused.found if self._refused is not None else (),
            heartbeat_error=self._heart.error if self._heart is not None else "",
            applies=it.applies,
            failures=it.failures,
            repairs=it.repairs,
            apply_seconds=it.apply_seconds,
            sizes=it.sizes,
            cuts=self._cuts.ended,
            packets_logged=self._packets.logged if self._packets is not None else 0,
            packets_lost=self._packets.lost if self._packets is not None else 0,
            undecodable={str(key): problem for key, problem in sorted(it.view.problems.items())},
            quarantined={str(key): reason for key, reason in sorted(it.held.items())},
            settings_problems={**it.settings.problems, **limits},
            ignored_settings=self._config.ignored,
            parts=parts,
        )

    def _state(self) -> State:
        """Return what the parts are judged by."""
        it, since = self._enforcement, self._pulse.working_since
        unknown = self._interfaces.error and not self._interfaces.known
        return State(
            busy=0.0 if since is None else monotonic() - since,
            kernel=it.error,
            policy=self._lacking_policy(),
            interfaces="the host's interfaces are not known yet: nothing changes before they are" if unknown else "",
            statuses=self._statuses.error,
            is_enforced=it.started and it.view.in_sync,
        )

    def _lacking_policy(self) -> str:
        """Return why the datastore's policy is not known, "" where it is."""
        it = self._enforcement
        if it.view.doubtful:
            return (
                "the datastore is empty, but was not when it was last seen: keeping the last good state; put the data "
                "back, or remove the file of the last good state and restart the agent"
            )
        if it.locked:
            return "the datastore is locked (`calicoctl datastore migrate unlock` opens it): keeping what is enforced"
        if not it.view.in_sync:
            error = self._syncer.status.error
            return f"the datastore is not read completely yet{': ' if error else ''}{error}"
        return ""

    async def counts(self) -> tuple[RuleCount, ...]:
        """Return what each rule decided; nothing where the kernel cannot be asked."""
        try:
            async with self._turn:
                return await asyncio.to_thread(self._enforcement.counts)
        except Unavailable as error:
            self._log.warning("counters cannot be read", extra={"error": str(error)})
            return ()

    async def connections(self) -> Sequence[Mapping[str, object]]:
        """Return what would become of each open connection now; raises Unavailable."""
        async with self._turn:
            return [each.document() for each in await asyncio.to_thread(self._enforcement.judged)]

    def _beating(self) -> AgentSettings | None:
        """Return how to say that the agent lives; None while nobody may write."""
        it = self._enforcement
        return it.settings.resolved.agent if it.view.in_sync and not it.locked else None

    def _follow(self) -> None:
        """Carry batches to the inbox: the syncer's thread. Without it the agent would see no change, and ends."""
        try:
            for batch in self._syncer:
                if self._stopping:
                    return
                self._inbox.put(batch)
        finally:
            if not self._stopping:
                self._loop.call_soon_threadsafe(self._lose_datastore)

    def _lose_datastore(self) -> None:
        self._log.error("the thread that follows the datastore has ended: ending, to begin anew")
        self._lost_datastore = True
        self.stop()

    async def _listen(self, stack: AsyncExitStack, control: Path) -> None:
        subject = Subject(self.report, self.counts)
        whole = replace(subject, connections=self.connections, packets=self._recent.after, told=self._config.told)
        private, serve = Health(whole).serve, Health(subject).serve
        stack.callback(control.unlink, missing_ok=True)
        await stack.enter_async_context(await asyncio.start_unix_server(private, sock=private_socket(control)))
        self._open = partial(listening, stack, serve)
        for name, place in (("health", self._config.health), ("metrics", self._config.metrics)):
            if place is not None:
                self.addresses[name] = await self._open(*place)

    async def _enforce(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._stopping:
            descriptors = [
                each.fileno() for each in (self._kernel, self._interfaces, self._packets) if each is not None
            ]
            for each in descriptors:
                loop.add_reader(each, self._wake.set)
            try:
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()
            except TimeoutError:
                pass
            finally:
                for each in descriptors:
                    loop.remove_reader(each)
            self._wake.clear()
            if not self._stopping:
                await self._work(self._step)
                await self._work(lambda: self._enforcement.keep_statuses(self._statuses, monotonic()))
                await self._follow_settings()

    async def _follow_settings(self) -> None:
        """Do as the settings say that shape the agent itself, once the datastore's are known."""
        servers = self._followed.follow(self.stop, known=self._enforcement.view.in_sync)
        for name, wanted in servers.items():
            if name not in self.addresses:
                await self._try_open(name, wanted.host, wanted.port)

    async def _try_open(self, name: str, host: str, port: int) -> None:
        try:
            self.addresses[name] = await self._open(host, port)
        except OSError as error:
            self._log.warning("cannot listen", extra={"what": name, "host": host, "port": port, "error": str(error)})

    def _pause(self) -> float:
        """Return the seconds until something is to be done that nobody will call for."""
        it, pulse, followed, now = self._enforcement, self._pulse, self._followed, monotonic()
        due = [self._times.look]
        if (left := it.view.probation.remaining()) is not None:
            due.append(left)
        if (retry := self._backoff.remaining(now)) is not None:
            due.append(retry)
        if (wait := self._cuts.remaining(now)) is not None:
            due.append(wait)
        if not (it.view.in_sync or it.restored):
            due.append(max(0.0, pulse.heard + self._times.patience - now))
        for last, interval in ((pulse.compared, followed.repair_seconds), (pulse.listed, followed.refresh_seconds)):
            if interval:
                due.append(max(0.0, last + interval - now))
        return min(due)

    async def _work(self, act: Callable[[], object]) -> None:
        async with self._turn:
            self._pulse.working_since = monotonic()
            await asyncio.to_thread(act)
            self._pulse.working_since = None
        self._telling.tell(self.report())

    def _log_packets(self) -> None:
        for line in self._packets.read(self._enforcement.snapshot) if self._packets is not None else ():
            self._recent.add(line)
            self._log.info("packets lost" if "lost" in line else "packet logged", extra={"packet": line})

    def _expire(self) -> None:
        """Undo a change on probation whose time is over."""
        self._enforcement.expire()
        if self._rollback is not None:
            self._rollback.follow(self._enforcement.on_probation)

    def _step(self) -> None:
        """Do what is due: news, the last good state after a long silence, retries and repairs."""
        it, pulse, now = self._enforcement, self._pulse, monotonic()
        thorough = 0 < self._followed.repair_seconds <= now - pulse.compared
        if thorough:
            pulse.compared = now
        self._log_packets()
        anew = 0 < self._followed.refresh_seconds <= now - pulse.listed
        if anew:
            pulse.listed = now
        interfaces = self._interfaces.news(it.settings.resolved.settings, thorough=anew)
        if interfaces is not None:
            it.see(interfaces)
        if not self._interfaces.known:
            pulse.heard = now  # whom host endpoints govern, nobody knows yet
        elif self._inbox.batches != pulse.batches:
            pulse.batches, pulse.heard = self._inbox.batches, now
            it.take(self._inbox.take())
        elif now - pulse.heard >= self._times.patience and not it.view.in_sync:
            it.restore()
            pulse.heard = now
        self._expire()
        if it.error and self._backoff.remaining(now):
            return
        it.settle(thorough=thorough)
        if it.error:
            self._backoff.failed(monotonic())
        else:
            self._backoff.succeeded()
        self._cuts.make(monotonic())
        if self._refused is not None:
            self._refused.look(it.snapshot, it.applies)
