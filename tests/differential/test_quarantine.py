"""What is in quarantine for its addresses opens nothing, and changes only what it closes."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.tables import lookup
from tests.spec import semantics
from tests.spec.dice import SeededDice, some
from tests.spec.strategies import (
    World,
    after,
    flows,
    host_settings,
    interfaces,
    random_changes,
    random_flows,
    random_interfaces,
    random_world,
    worlds,
)
from tests.spec.worlds import HOSTS, build_host_endpoint
from tests.unit.agent.picky import Kernel
from tortie.agent import Enactor, HostSettings, Quarantine
from tortie.dataplane.nftables import Dataplane, Element
from tortie.engine import Endpoint, Engine, compile_all, with_automatic
from tortie.model import (
    EndpointPort,
    Flow,
    HostEndpoint,
    Key,
    Metadata,
    Place,
    Policy,
    Profile,
    Protocol,
    Settings,
    Update,
    Verdict,
    WorkloadEndpoint,
    parse_address,
)

SEEDS = range(30)
MAPS = ("addresses4", "addresses6")
Carried = Mapping[str, frozenset[bytes]]


def is_local(endpoint: Endpoint) -> bool:
    return endpoint.node == semantics.HOST


def host_endpoints(world: World) -> list[Key]:
    """The host endpoints of all hosts, those that nobody stored among them."""
    return sorted(key for key, each in with_automatic(world).items() if isinstance(each, HostEndpoint))


def crowded(rng: random.Random) -> World:
    """A world of a seed with more host endpoints, which declare ports and whose addresses are theirs alone."""
    world = random_world(rng)
    profiles = [each.key.name for each in world.values() if isinstance(each, Profile)] or ["none"]
    for number, key in enumerate(HOSTS[:3]):
        made = build_host_endpoint(SeededDice(rng), key)
        ports = tuple(EndpointPort(name, Protocol(6), port) for name, port in (("http", 80), ("dns", 81)))
        own = tuple(parse_address(f"{text}{number}") for text in ("198.51.100.1", "fd00:1::"))
        labels = Metadata({name: value for name, value in made.metadata.labels.items() if rng.random() < 0.5})
        world[key] = replace(
            made, expected_addresses=own, ports=ports, profiles=(rng.choice(profiles),), metadata=labels, interface=""
        )
    return world


def changed_hosts(rng: random.Random, world: World) -> Iterator[Update]:
    """Host endpoints of a crowded world with other labels and profiles, and with each other's addresses."""
    known = [key for key in HOSTS[:3] if key in world]
    for key, other in zip(known, rng.sample(known, len(known)), strict=True):
        made, giver = crowded(rng)[key], world[other]
        assert isinstance(made, HostEndpoint)
        assert isinstance(giver, HostEndpoint)
        profiles = [each.key.name for each in world.values() if isinstance(each, Profile)] or ["none"]
        changed = replace(made, expected_addresses=giver.expected_addresses, profiles=(rng.choice(profiles),))
        yield Update(key, changed)


def flows_of_hosts(rng: random.Random, world: World, count: int) -> Iterator[Flow]:
    """Flows, half of them from or to an address of a host endpoint, and to a port that it declares."""
    known = with_automatic(world)
    own = [each for key in host_endpoints(world) for each in known[key].expected_addresses]  # type: ignore[union-attr] # host endpoints
    for each in random_flows(rng, world, count):
        fitting = [address for address in own if len(address) == len(each.source)]
        if not fitting or rng.random() < 0.3:
            yield each
        elif each.sender in (Place.HOST, Place.ELSEWHERE) and rng.random() < 0.5:
            yield replace(each, source=rng.choice(fitting))
        elif each.receiver in (Place.HOST, Place.ELSEWHERE):
            port = rng.choice((80, 81)) if each.protocol == 6 else each.destination_port
            yield replace(each, destination=rng.choice(fitting), destination_port=port)


def carrying(rng: random.Random, world: World) -> dict[str, frozenset[bytes]]:
    """Interfaces that carry addresses of the host's endpoints, or of nobody."""
    own = [world[key].expected_addresses for key in HOSTS if key in world]  # type: ignore[union-attr] # host endpoints
    return random_interfaces(rng) | {name: frozenset(rng.choice(own)) for name in ("eth0", "eth1") if own}


@dataclass(frozen=True)
class Shut:
    """A world, the same with some host endpoints in quarantine, and what of the rules is closed with them."""

    world: World
    instead: World
    closed: frozenset[Key]

    def assert_closes_only(self, flow: Flow, settings: Settings, carried: Carried) -> Verdict | None:
        """What is not decided by something that is closed is decided as ever; what is, is denied."""
        said, truly = (
            semantics.decide(each, flow, settings, interfaces=carried) for each in (self.instead, self.world)
        )
        if said.by in self.closed:
            assert said.verdict is Verdict.DENY
        else:
            assert (said.verdict, said.by, said.index) == (truly.verdict, truly.by, truly.index)
        return said.verdict


def shutting(world: World, shut: Collection[Key]) -> Shut:
    quarantine = Quarantine(is_local)
    changed = quarantine.admit([Update(key, each) for key, each in world.items()])
    assert after({}, tuple(changed)) == world
    updates = quarantine.updates(shut, shut)
    instead = after(world, tuple(updates))
    rules = {key: each.key for key, each in instead.items() if isinstance(each, Policy | Profile)}
    counting = {rules[key]: key for key in sorted(rules, reverse=True)}  # of two of one name, the lowest counts
    touched = {update.key for update in updates}
    return Shut(world, instead, frozenset(own for own, key in counting.items() if key in touched))


@given(st.data())
def test_what_stands_for_host_endpoints_only_closes(data: st.DataObject) -> None:
    world = data.draw(worlds())
    known = host_endpoints(world)
    found = shutting(world, data.draw(st.sets(st.sampled_from(known), min_size=1)) if known else set())
    settings, carried = data.draw(host_settings()), data.draw(interfaces())
    snapshot = compile_all(found.instead, is_local, settings, carried)
    for _ in range(5):
        flow = data.draw(flows(world))
        assert found.assert_closes_only(flow, settings, carried) is lookup(snapshot, flow)[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_stands_for_host_endpoints_only_closes_in_worlds_of_seeds(seed: int) -> None:
    rng = random.Random(seed)
    world = crowded(rng)
    carried = carrying(rng, world)
    found = shutting(world, some(SeededDice(rng), host_endpoints(world), 3, 0))
    snapshot = compile_all(found.instead, is_local, interfaces=carried)
    for flow in flows_of_hosts(rng, world, 40):
        assert found.assert_closes_only(flow, Settings(), carried) is lookup(snapshot, flow)[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_addresses_the_kernel_refuses_nothing_opens(seed: int) -> None:
    """From an empty kernel, and through changes, which release and catch again."""
    rng = random.Random(seed)
    world = crowded(rng)
    carried = carrying(rng, world)
    owned: set[bytes] = set()
    for key, each in world.items():
        if isinstance(each, WorkloadEndpoint):
            world[key] = moved = replace(each, node="node-2" if rng.random() < 0.5 else each.node)
            owned |= {*moved.addresses} if moved.node != semantics.HOST else set()
    hosts = {own for key in host_endpoints(world) for own in with_automatic(world)[key].expected_addresses}  # type: ignore[union-attr] # host endpoints
    dislikes = {int.from_bytes(each) for each in some(SeededDice(rng), sorted(rng.choice((owned, hosts))), 2)}
    kernel = Kernel()
    kernel.blind = rng.random() < 0.3
    kernel.dislikes = lambda thing: isinstance(thing, Element) and thing.set.name in MAPS and thing.key in dislikes
    enactor = Enactor(
        Engine(is_local, Settings()),
        Dataplane(kernel, Settings()),
        Quarantine(is_local),
        HostSettings((), semantics.HOST),
    )
    enactor.enact([Update(key, each) for key, each in world.items()], carried)
    for _ in range(4):
        if enactor.error:  # nothing changed: the kernel has what it had, and the status says so
            break
        assert not Dataplane(kernel, Settings()).start(enactor.snapshot)
        truth = compile_all(world, is_local, Settings(), carried)
        for flow in flows_of_hosts(rng, world, 25):
            if lookup(enactor.snapshot, flow)[0] is not Verdict.DENY:
                assert lookup(truth, flow)[0] is not Verdict.DENY, enactor.held
        changes = (*random_changes(rng, world), *(changed_hosts(rng, world) if rng.random() < 0.5 else ()))
        world = after(world, changes)
        enactor.enact(changes)
    kernel.close()
