"""An agent and all around it, in memory."""

from __future__ import annotations

import asyncio
import errno
import io
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.spec.cast import ALLOW, DENY, INGRESS, policy, world
from tests.spec.semantics import HOST
from tests.unit.agent.surroundings import Connections, Interfaces
from tortie.agent import (
    Agent,
    Cache,
    Config,
    Cutter,
    Enactor,
    Enforcement,
    HostSettings,
    Owners,
    Probation,
    ProbationFile,
    Quarantine,
    Rollback,
    Sources,
    StatusFiles,
    Times,
    View,
    moment,
    start_log,
)
from tortie.dataplane.nftables import Dataplane, FakeKernel, Refused, Transaction
from tortie.datastore import MemoryDatastore, Page, Record, Syncer
from tortie.engine import Endpoint, Engine
from tortie.errors import Invalid, NotFound, Unavailable
from tortie.model import (
    READ_KINDS,
    FelixConfiguration,
    HostEndpoint,
    IcmpMatch,
    Key,
    Kind,
    Protocol,
    Resource,
    parse_address,
)

__all__ = ["BAD", "CARRIED", "NODE", "Scene", "say", "until"]

WORLD = dict(world(policy("closed", "all()", (INGRESS,), (DENY,))))
BAD = policy("bad", "all()", (INGRESS,), (replace(ALLOW, protocol=Protocol(1), icmp=IcmpMatch(300)),))
"""Asks for a type of ICMP that nobody can write."""
CARRIED = parse_address("192.0.2.7")
NODE = HostEndpoint(Key(Kind.HOST_ENDPOINT, "", "node"), HOST, expected_addresses=(CARRIED,))
SAID: dict[Key, Resource] = {}
SECONDS = 20


def is_here(endpoint: Endpoint) -> bool:
    return endpoint.node == HOST


def decode(key: Key, value: bytes) -> Resource:
    if value != b"ok":
        raise Invalid.because("broken", path=str(key))
    return {**WORLD, BAD.key: BAD, NODE.key: NODE, **SAID}[key]


class Store(MemoryDatastore):
    """A datastore that does not answer while it is told not to."""

    away = False

    def list(self, kind: Kind, namespace: str = "", *, limit: int = 0, token: str = "") -> Page:
        if self.away:
            raise Unavailable("the store is away")
        return super().list(kind, namespace, limit=limit, token=token)

    def get(self, key: Key) -> Record:
        if self.away:
            raise Unavailable("the store is away")
        return super().get(key)


class Kernel(FakeKernel):
    """A kernel that takes nothing while it is told not to."""

    full = False

    def commit(self, transaction: Transaction, generation: int | None = None) -> int:
        if self.full:
            raise Refused((), errno.ENOSPC)
        return super().commit(transaction, generation)


@dataclass(slots=True)
class Scene:
    """An agent and all around it."""

    directory: Path
    store: Store = field(default_factory=Store)
    kernel: Kernel = field(default_factory=Kernel)
    links: Interfaces = field(default_factory=Interfaces)
    connections: Connections = field(default_factory=Connections)
    timeouts: list[float] = field(default_factory=list)
    log: io.StringIO = field(default_factory=io.StringIO)
    times: Times = field(default_factory=lambda: Times(patience=0.2, look=0.05, retry=0.02, longest=0.05, grace=0.05))
    config: Config = field(default_factory=lambda: Config(HOST, health=("127.0.0.1", 0)))

    def agent(self) -> Agent:
        settings, log = self.config.settings, start_log(self.log, "INFO")
        enforcement = Enforcement(
            Enactor(
                Engine(is_here, settings),
                Dataplane(self.kernel, settings),
                Quarantine(is_here),
                HostSettings(self.config.sources, HOST),
            ),
            View(decode, Probation(ProbationFile(self.directory / "probation.json"), moment)),
            Cache(self.directory / "state.jsonl"),
            Owners(self.directory / "addresses.json"),
            Cutter(self.connections, self.links),
        )
        return Agent(
            self.config,
            enforcement,
            Sources(
                Syncer(self.store, (Kind.PENDING_CHANGE, *READ_KINDS, Kind.CLUSTER_INFORMATION)),
                self.kernel,
                self.links,
                set_timeout=self.timeouts.append,
                rollback=Rollback(self.store, HOST, log, dice=lambda: 0.0),
            ),
            log=log,
            times=self.times,
            statuses=StatusFiles(self.directory / "root"),
        )

    def close(self) -> None:
        """Let go of what is open."""
        SAID.clear()
        self.kernel.close()
        self.links.close()

    def fill(self) -> None:
        for key in WORLD:
            self.store.create(key, b"ok")

    def run(self, act: Callable[[Agent], Awaitable[None]]) -> Agent:
        """Run an agent until `act` is done, then stop it."""
        agent = self.agent()

        async def play() -> None:
            started = asyncio.Event()
            running = asyncio.create_task(agent.run(self.directory / "a.sock", started.set))
            async with asyncio.timeout(SECONDS):
                await asyncio.wait((asyncio.create_task(started.wait()), running), return_when="FIRST_COMPLETED")
                await act(agent)
                agent.stop()
                await running

        asyncio.run(play())
        return agent


async def until(holds: Callable[[], object]) -> None:
    while not holds():  # noqa: ASYNC110 - what is watched tells nobody of its changes
        await asyncio.sleep(0.005)


def say(scene: Scene, **values: str) -> None:
    """Store these settings for all hosts, in place of those before."""
    key = Key(Kind.FELIX_CONFIGURATION, "", "default")
    SAID[key] = FelixConfiguration(key, values=values)
    with suppress(NotFound):
        scene.store.delete(key)
    scene.store.create(key, b"ok")
