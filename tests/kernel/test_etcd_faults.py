"""An agent on an etcd of three members that are lost, frozen, elected, compacted and restarted, with real packets.

A writer opens one of two ports to blue after the other, while connections are made all the time: to a port that is
always open to blue, and by green, who never gets in. In the end the agent has heard of each resource in the order of
its revisions, none twice; the newest is in force, and so is what is written then.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.etcd.faults import FAULTS, LONG, Trial, Writer, eventually
from tests.etcd.relay import Relay, relay
from tests.etcds import Etcd, cluster, compact, wait_for, wipe
from tests.kernel.attended import BLUE, GREEN, HOST, POLICY, PORT, RED, Traffic, one_host, passes, policy_holds, traffic
from tortie.cli.ask import ask
from tortie.datastore import EtcdSettings
from tortie.datastore.etcd import EtcdDatastore
from tortie.errors import Unavailable
from tortie.lab import lab_up
from tortie.lab.agents import agent_argv, agent_environment, agent_name, stop_agent
from tortie.lab.lab import Running
from tortie.lab.policed import Policed, by_agents
from tortie.lab.store import fill
from tortie.model import Key, Kind

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
    pytest.mark.skipif(shutil.which("etcd") is None, reason="there is no etcd; install etcd-server"),
]
DOORS = (7001, 7002)
DOOR = Key(Kind.NETWORK_POLICY, "shop", "door")
TICKS = Key(Kind.GLOBAL_NETWORK_SET, "", "ticks")
History = Sequence[tuple[Key, int | None]]


def friend_of(color: str) -> str:
    """Return the policy that lets a color in, not by the doors."""
    return POLICY.format(friend=color).replace("protocol: TCP", f"protocol: TCP, destination: {{ports: [{PORT}]}}")


def turn(count: int) -> tuple[Key, bytes]:
    """Return what is written as that turn: the policy that opens one door, and between two of these a network set."""
    key = (DOOR, TICKS)[count % 2]
    metadata = {"name": key.name, "uid": f"00000000-0000-4000-8000-{count:012}"}
    if key is TICKS:
        spec: object = {"nets": [f"192.0.2.{count % 256}/32"]}
    else:
        metadata["namespace"] = key.namespace
        source = {"selector": "color == 'blue'"}
        allow = {"action": "Allow", "protocol": "TCP", "source": source, "destination": {"ports": [door_of(count)]}}
        spec = {"selector": "color == 'red'", "types": ["Ingress"], "order": 10, "ingress": [allow]}
    document = {"apiVersion": "projectcalico.org/v3", "kind": key.kind, "metadata": metadata, "spec": spec}
    return key, json.dumps(document).encode()


def door_of(count: int) -> int:
    return DOORS[count // 2 % 2]


@dataclass(slots=True)
class Guarded:
    """The host whose agent reaches each member over a wire of its own, and who writes meanwhile."""

    lab: Policed
    members: list[Etcd]
    wires: list[Relay]
    writer: Writer
    traffic: Traffic | None = None

    def status(self) -> Mapping[str, Any]:
        """Return what the agent says of itself; nothing where it does not answer."""
        try:
            (control,) = self.lab.running.directory.glob("agent-*.sock")
            found: Mapping[str, Any] = ask(control, "/status", seconds=LONG)
        except (ValueError, Unavailable):
            return {"ready": False, "datastore": ""}
        return found

    def heard(self) -> History:
        """Return what the agent heard from the datastore, in order: the revision of each resource, None for gone."""
        (path,) = (self.lab.running.directory / f"state.{HOST}").glob("last-good-*.jsonl")
        lines = (json.loads(line) for line in path.read_text().split("\n")[:-1])
        return [(Key(Kind(kind), space, name), int(rest[0]) if rest else None) for kind, space, name, *rest in lines]

    def has_heard(self, revision: int) -> bool:
        return any(told is not None and told >= revision for _, told in self.heard())

    def catch_up(self) -> None:
        """Return once the agent has heard of what is written now."""
        newest = max(self.writer.written)
        eventually(lambda: self.has_heard(newest), "the agent does not hear of what is written")

    def open_doors(self) -> list[int]:
        address = self.lab.running.address(RED)
        return [door for door in DOORS if self.lab.running.probe(BLUE, address, "tcp", door).allowed]

    def followed(self) -> Etcd:
        """Return the member from which the agent hears."""
        while True:
            self.catch_up()
            before = [wire.carried for wire in self.wires]
            self.writer.progress(5)
            self.catch_up()
            told = [number for number, wire in enumerate(self.wires) if wire.carried > before[number]]
            if len(told) == 1:
                return self.members[told[0]]

    def see_outage(self) -> None:
        eventually(lambda: self.status()["datastore"] == "wait-for-ready", "the outage is not noticed")
        self.keeps_enforcing()

    def see_silence(self) -> None:
        self.catch_up()

    def keeps_enforcing(self) -> None:
        """Assert that nothing is opened or closed while nobody answers, and that the agent says so."""
        doors, found = self.open_doors(), self.traffic
        assert len(doors) == 1
        assert found is not None
        rounds = found.rounds
        eventually(lambda: found.rounds > rounds + 3, "there is no traffic")
        assert self.open_doors() == doors
        status = self.status()
        assert (status["ready"], status["enforced"]) == (True, "the datastore's policy")
        assert status["datastore_error"]


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Etcd]]:
    with cluster(tmp_path_factory.mktemp("cluster"), members=3) as found:
        yield found


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with lab_up(one_host(*DOORS)) as found:
        yield found


@pytest.fixture
def guarded(members: list[Etcd], running: Running, tmp_path: Path) -> Iterator[Guarded]:
    settings = EtcdSettings(",".join(etcd.url for etcd in members))
    for etcd in members:  # each is back from the fault of the test before
        wait_for(etcd.settings)
    wipe(members[0])
    with ExitStack() as stack:
        wires = [stack.enter_context(relay(etcd.client, tmp_path / f"{etcd.name}.sock")) for etcd in members]
        stores = [EtcdDatastore(settings) for _ in range(2)]
        lab = Policed(running, stores[0], partial(by_agents, seconds=LONG))
        fill(lab.store, running.lab)
        lab.apply_text(friend_of("blue"))
        found = Guarded(lab, members, wires, Writer(stores[1], turn, pause=0.05))
        with agent_of(found), written(found):
            yield found
        for store in stores:
            store.close()


@contextmanager
def agent_of(guarded: Guarded) -> Iterator[None]:
    """Run the agent for the length of a `with` block, once it is ready; its state begins anew."""
    running = guarded.lab.running
    endpoints = {"DATASTORE_TYPE": "etcdv3", "ETCD_ENDPOINTS": ",".join(wire.url for wire in guarded.wires)}
    shutil.rmtree(running.directory / f"state.{HOST}", ignore_errors=True)
    environment = {**agent_environment(running, HOST), **endpoints}
    running.start(HOST, agent_name(HOST), agent_argv(), environment=environment)
    try:
        guarded.lab.settled()
        eventually(lambda: guarded.status()["ready"], "the agent is not ready")
        yield
    finally:
        stop_agent(running, HOST)


@contextmanager
def written(guarded: Guarded) -> Iterator[None]:
    """Have the writer write for the length of a `with` block."""
    thread = Thread(target=guarded.writer, daemon=True)
    thread.start()
    try:
        guarded.writer.progress(4)
        yield
    finally:
        guarded.writer.stop()
        thread.join(LONG)


def out_of_order(heard: History) -> list[tuple[Key, int | None, int | None]]:
    """Return what was told of a resource at a revision no newer than before, or gone twice."""
    told: dict[Key, list[int | None]] = {}
    for key, revision in heard:
        told.setdefault(key, []).append(revision)
    found = []
    for key, revisions in told.items():
        last = 0
        for before, now in pairwise([0, *revisions]):
            if (now is None and before is None) or (now is not None and now <= last):
                found.append((key, before, now))
            last = now or last
    return found


def newest_heard(heard: History) -> Mapping[Key, int]:
    found: dict[Key, int] = {}
    for key, revision in heard:
        if revision is None:
            del found[key]
        else:
            found[key] = revision
    return found


def stored(store: EtcdDatastore, kinds: set[Kind]) -> Mapping[Key, int]:
    return {record.key: int(record.revision) for kind in kinds for record in store.list(kind).records}


def agrees_with_the_store(guarded: Guarded) -> bool:
    """Tell whether the agent has heard of everything that is stored, and of nothing else."""
    heard = newest_heard(guarded.heard())
    store = guarded.lab.store
    assert isinstance(store, EtcdDatastore)
    return heard == stored(store, {key.kind for key in heard} | {DOOR.kind, TICKS.kind})


@contextmanager
def under_traffic(guarded: Guarded) -> Iterator[None]:
    with traffic(guarded.lab) as found:
        guarded.traffic = found
        yield


def check_the_end(guarded: Guarded) -> None:
    """Assert that all was heard in order and is in force, and that new policy is taken as ever."""
    eventually(lambda: agrees_with_the_store(guarded), "the agent does not hold what is stored")
    assert out_of_order(guarded.heard()) == []
    guarded.lab.settled()
    written = guarded.writer.written
    (told,) = (told for key, told in newest_heard(guarded.heard()).items() if key == DOOR)
    in_force = json.loads(next(r.value for r in guarded.lab.store.list(DOOR.kind).records if r.key == DOOR))
    (door,) = in_force["spec"]["ingress"][0]["destination"]["ports"]
    assert guarded.open_doors() == [door]
    assert told >= max(revision for revision, (key, _) in written.items() if key == DOOR)
    status = guarded.status()
    assert (status["error"], status["failures"], status["repairs"], status["undecodable"]) == ("", 0, 0, {})
    guarded.lab.apply_text(friend_of("green"))
    guarded.lab.settled()
    assert (passes(guarded.lab, BLUE), passes(guarded.lab, GREEN)) == (False, True)


@pytest.mark.scenario(146)
@pytest.mark.parametrize("fault", FAULTS)
def test_policy_holds_and_follows_through_a_cluster_in_trouble(
    guarded: Guarded, fault: Callable[[Trial], None]
) -> None:
    with under_traffic(guarded):
        fault(guarded)
        guarded.writer.progress(10)
        guarded.writer.stop()
        wait_for(EtcdSettings(",".join(etcd.url for etcd in guarded.members)))
        eventually(lambda: agrees_with_the_store(guarded), "the agent does not hold what is stored")
    check_the_end(guarded)


@pytest.mark.scenario(147)
def test_what_was_compacted_while_the_agent_was_cut_off_is_listed_again(guarded: Guarded) -> None:
    """What the agent missed is gone from etcd's history: it sees what is left, and what is no longer there."""
    guarded.writer.stop()
    guarded.catch_up()
    with under_traffic(guarded):
        for wire in guarded.wires:
            wire.cut()
        guarded.see_outage()
        guarded.lab.delete([TICKS])
        guarded.lab.apply_text(friend_of("blue").replace("ingress:", "order: 7\n  ingress:"))
        compact(guarded.members[0])
        guarded.keeps_enforcing()
        for wire in guarded.wires:
            wire.mend()
        eventually(lambda: agrees_with_the_store(guarded), "the agent does not list again")
        assert TICKS not in newest_heard(guarded.heard())
        guarded.lab.settled()
        assert policy_holds(guarded.lab)
    check_the_end(guarded)
