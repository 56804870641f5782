"""The kernel equals the compiled policy and the naive semantics: random policies, random packets, every verdict.

A failure names its seed; `TORTIE_SEED=N pytest tests/kernel/test_verdicts.py` runs that world alone.
`TORTIE_WORLDS=N` says how many worlds are tried.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address

import pytest

from tests.differential.tables import lookup
from tests.kernel.wire import OUTSIDE, Wire, routed, wired
from tests.spec import semantics
from tests.spec.strategies import random_flows, random_world
from tests.spec.traffic import local_endpoints
from tortie.compiled import BuiltIn
from tortie.dataplane.nftables.logs import rule_chain
from tortie.dataplane.nftables.render import render_all
from tortie.engine import compile_all
from tortie.evaluate import Evaluator
from tortie.model import (
    Flow,
    HostEndpoint,
    Key,
    KubeControllersConfiguration,
    Place,
    Settings,
    Verdict,
    WorkloadEndpoint,
)

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

WORLDS = int(os.environ.get("TORTIE_WORLDS", "12"))
SEEDS = [int(os.environ["TORTIE_SEED"])] if "TORTIE_SEED" in os.environ else list(range(WORLDS))
FLOWS = 60
OPENING_TYPES = {1: (8, 13, 17), 58: (128,)}
"""ICMP messages that connection tracking takes for the start of something; others are never judged as new."""


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with wired() as made:
        yield made


@pytest.mark.parametrize("seed", SEEDS)
def test_kernel_says_what_the_semantics_say(wire: Wire, seed: int) -> None:
    rng = random.Random(seed)
    resources = random_world(rng)
    resources = {k: v for k, v in resources.items() if not isinstance(v, WorkloadEndpoint) or not v.allowed_sources}
    hosts = HostEndpoint | KubeControllersConfiguration  # test_host_verdicts.py has them
    resources = {k: v for k, v in resources.items() if not isinstance(v, hosts)}
    local = local_endpoints(resources)
    snapshot = compile_all(resources, lambda endpoint: endpoint.node == semantics.HOST, Settings())
    evaluator = Evaluator(snapshot)
    owners = routed(local)
    flows = list(judgeable(random_flows(rng, resources, FLOWS * 3), owners, local))[:FLOWS]
    wire.kernel.delete_table()
    wire.route(owners)
    wire.neighbours({(flow.destination, owners.get(flow.destination, OUTSIDE)) for flow in flows})
    wire.kernel.commit(render_all(snapshot))
    for number, flow in enumerate(flows, 1):
        wire.send(interface_of(flow.sender, local), flow, number)
    arrived = wire.arrived()
    wrong, expected = [], Counter[str]()
    for number, flow in enumerate(flows, 1):
        verdict, by, logs = lookup(snapshot, flow)
        expected.update(rule_chain(each) if each in snapshot.rules else each for each in (by, *logs))
        assert verdict is semantics.verdict(resources, flow, Settings())
        decision = evaluator.decide(flow)
        assert (decision.verdict, decision.rule, decision.logs) == (verdict, by, logs)
        came_out = arrived.get(number)
        wanted = owners.get(flow.destination, OUTSIDE) if verdict is Verdict.ALLOW else None
        if came_out != wanted:
            wrong.append(f"{flow}: {verdict} by {by}, but came out at {came_out}")
    assert wrong == []
    counted = {name: packets for name, (packets, _) in wire.kernel.counters().items()}
    missed = {
        name: (count, counted.get(name))
        for name, count in expected.items()
        if name != BuiltIn.NOT_GOVERNED and counted.get(name, 0) < count
    }
    assert missed == {}, "counters of the rules that should have decided, as (expected, counted)"


def interface_of(sender: Key | Place, local: dict[Key, WorkloadEndpoint]) -> str:
    return local[sender].interface if isinstance(sender, Key) else OUTSIDE


def is_forwarded(address: bytes) -> bool:
    """Tell whether routers forward packets with the address: a unicast one beyond the link."""
    packed = ip_address(address)
    here = packed.is_loopback or packed.is_link_local or packed.is_unspecified or address.startswith(b"\0")
    everybody = packed.is_multicast or (len(address) == 4 and address[0] >= 240)
    return not (here or everybody)


def judgeable(flows: list[Flow], owners: dict[bytes, str], local: dict[Key, WorkloadEndpoint]) -> Iterator[Flow]:
    """Yield flows as the wires carry them: to whom the address is routed, each of them the first of its connection."""
    by_interface = {endpoint.interface: key for key, endpoint in local.items()}
    seen: set[tuple[frozenset[tuple[bytes, int]], int, int]] = set()
    for flow in flows:
        if flow.receiver is Place.HOST or flow.sender in (Place.HOST, Place.UNKNOWN_WORKLOAD):
            continue
        if isinstance(flow.sender, Key) and flow.sender not in local:
            continue
        if not (is_forwarded(flow.source) and is_forwarded(flow.destination)):
            continue
        interface = owners.get(flow.destination)
        aimed = replace(
            flow,
            receiver=by_interface[interface] if interface else Place.ELSEWHERE,
            in_interface=interface_of(flow.sender, local),
            out_interface=interface or OUTSIDE,
            untranslated=None,
        )
        if aimed.protocol in OPENING_TYPES:
            kinds = OPENING_TYPES[aimed.protocol]
            aimed = replace(aimed, icmp_type=kinds[len(seen) % len(kinds)])
        ends = frozenset({(aimed.source, aimed.source_port), (aimed.destination, aimed.destination_port)})
        connection = (ends, aimed.protocol, len(seen) if aimed.protocol in OPENING_TYPES else 0)
        mismatched = aimed.protocol in (1, 58) and (aimed.protocol == 58) != (len(aimed.source) == 16)
        if connection not in seen and not mismatched and aimed.source != aimed.destination:
            seen.add(connection)
            yield aimed
