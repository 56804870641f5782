"""Differences on the live kernel: after every batch of changes the table is the one that would be made anew.

A failure names its seed; `TORTIE_SEED=N pytest tests/kernel/test_changes.py` runs that world alone.
`TORTIE_WORLDS=N` says how many worlds are tried.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.kernel.test_verdicts import interface_of, judgeable
from tests.kernel.wire import OUTSIDE, Wire, routed, wired
from tests.spec import semantics
from tests.spec.strategies import World, after, random_arrival, random_changes, random_flows, random_world
from tests.spec.traffic import local_endpoints
from tortie.dataplane.nftables.kernel import LinuxKernel
from tortie.dataplane.nftables.render import render_all, render_steps
from tortie.dataplane.nftables.repair import repair
from tortie.dataplane.nftables.ruleset import Ruleset, ruleset
from tortie.dataplane.nftables.transaction import Elements, Transaction, Verb
from tortie.engine import Endpoint, Engine, compile_all
from tortie.model import Flow, Place, Settings, Update, Verdict, WorkloadEndpoint

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

WORLDS = int(os.environ.get("TORTIE_WORLDS", "15"))
SEEDS = [int(os.environ["TORTIE_SEED"])] if "TORTIE_SEED" in os.environ else list(range(WORLDS))
BATCHES = 10
FLOWS = 30


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with wired() as made:
        yield made


def is_local(endpoint: Endpoint) -> bool:
    return endpoint.node == semantics.HOST


def content(transaction: Transaction) -> Ruleset:
    """What a transaction that starts from nothing leaves."""
    made = [each.object for each in transaction.operations() if each.verb is Verb.ADD]
    return ruleset(thing for each in made for thing in (each.items if isinstance(each, Elements) else (each,)))


def assert_in_step(kernel: LinuxKernel, world: World) -> None:
    """The kernel has what a host that starts now would give it, and nothing else."""
    wanted = content(render_all(compile_all(world, is_local)))
    actual = kernel.dump()
    assert [str(each) for each in repair(wanted, actual).operations()] == []
    assert actual.counters.keys() == wanted.counters.keys()


@pytest.mark.parametrize("seed", SEEDS)
def test_differences_lead_to_the_table_made_anew(wire: Wire, seed: int) -> None:
    rng = random.Random(seed)
    arrival = random_world(rng)
    engine, world = Engine(is_local), World()
    wire.kernel.delete_table()
    wire.kernel.commit(render_all(engine.snapshot))
    for number in range(BATCHES + 2):
        if number == 0:
            changes = random_arrival(rng, arrival)
        elif number <= BATCHES:
            changes = random_changes(rng, world)
        else:
            changes = without_borrowed_sources(world)
        for step in render_steps(engine.apply(changes), engine.snapshot):
            wire.kernel.commit(step)
        world = after(world, changes)
        assert_in_step(wire.kernel, world)
    assert_packets(wire, rng, world)


def without_borrowed_sources(world: World) -> tuple[Update, ...]:
    """Changes after which endpoints send from their own addresses only: the wires carry no others."""
    lenders = {k: v for k, v in world.items() if isinstance(v, WorkloadEndpoint) and v.allowed_sources}
    return tuple(Update(key, replace(value, allowed_sources=())) for key, value in lenders.items())


def on_wire(flow: Flow) -> Flow:
    """The flow as it crosses the one interface that this wire has to others, and is not translated on its way."""
    coming, going = (OUTSIDE if each is Place.ELSEWHERE else "" for each in (flow.sender, flow.receiver))
    return replace(flow, untranslated=None, in_interface=coming, out_interface=going)


def assert_packets(wire: Wire, rng: random.Random, world: World) -> None:
    """Packets come out where the semantics let them."""
    local = local_endpoints(world)
    owners = routed(local)
    flows = [on_wire(each) for each in judgeable(random_flows(rng, world, FLOWS * 3), owners, local)][:FLOWS]
    wire.route(owners)
    wire.neighbours({(flow.destination, owners.get(flow.destination, OUTSIDE)) for flow in flows})
    for number, flow in enumerate(flows, 1):
        wire.send(interface_of(flow.sender, local), flow, number)
    arrived = wire.arrived()
    for number, flow in enumerate(flows, 1):
        allowed = semantics.verdict(world, flow, Settings()) is Verdict.ALLOW
        assert arrived.get(number) == (owners.get(flow.destination, OUTSIDE) if allowed else None), flow
