"""The acceptance scenarios on a real kernel, with real packets, IPv4 and IPv6."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import pytest

from tests.kernel.wire import OUTSIDE, UNKNOWN, Wire, wired
from tests.spec.cast import EGRESS, TCP, Scenario, address, destination, endpoint_slice, policy, sent, world
from tests.spec.scenarios import SCENARIOS
from tests.spec.scenarios_cluster import CLUSTER
from tests.spec.scenarios_rules import RULES
from tests.spec.semantics import HOST
from tests.spec.traffic import local_endpoints
from tortie.compiled import BuiltIn
from tortie.dataplane.nftables.render import render_all
from tortie.engine import compile_all
from tortie.model import Action, Family, Flow, Key, Place, ServiceMatch, Verdict

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

HOSTED = 52
"""Has a host endpoint, whose interface is called otherwise on this wire; see `test_host_endpoints`."""

NAMED_PORTS = tuple(each for each in CLUSTER if each.number == 51)

Expected = tuple[Flow, Verdict]


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with wired() as made:
        made.own(address("host", family) for family in Family)
        yield made


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(each, marks=pytest.mark.scenario(each.number), id=f"{each.number} {each.name}")
        for each in (*SCENARIOS, *(each for each in RULES if each.number != HOSTED), *NAMED_PORTS)
    ],
)
def test_scenario(wire: Wire, scenario: Scenario) -> None:
    snapshot = compile_all(dict(scenario.resources), lambda each: each.node == HOST, scenario.settings)
    wire.kernel.delete_table()
    wire.kernel.commit(render_all(snapshot))
    astray = [each for each in scenario.flows if each[0].receiver is Place.UNKNOWN_WORKLOAD]
    for flows in (astray, [each for each in scenario.flows if each not in astray]):
        judge(wire, scenario, flows)


@pytest.mark.scenario(74)
def test_a_slice_that_no_policy_names_is_not_in_the_kernel_and_changes_nothing(wire: Wire) -> None:
    slices = endpoint_slice("default/web", "w1", port=80)
    to_web = destination(Action.ALLOW, services=ServiceMatch("web", "default"))
    asking = policy("p", "name == 'w0'", (EGRESS,), (to_web,))
    for resources, expected, is_held in (
        (world(slices), "w0>w1:80 ok, w0>w1:81 ok, w0>w2:80 ok", False),
        (world(slices, asking), "w0>w1:80 ok, w0>w1:81 no, w0>w2:80 no", True),
    ):
        scenario = Scenario(74, "", resources, sent(expected))
        snapshot = compile_all(dict(resources), lambda each: each.node == HOST, scenario.settings)
        wire.kernel.delete_table()
        wire.kernel.commit(render_all(snapshot))
        held = wire.kernel.dump().elements
        assert [bool(held[each]) for each in ("addresses4", "addresses6")] == [is_held, is_held]
        judge(wire, scenario, scenario.flows)


def judge(wire: Wire, scenario: Scenario, flows: Sequence[Expected]) -> None:
    """Send the flows, each from where it comes, and hold what arrives against what is expected."""
    interfaces = {key: endpoint.interface for key, endpoint in local_endpoints(dict(scenario.resources)).items()}
    routes = {flow.destination: outlet(flow.receiver, interfaces) for flow, _ in flows}
    routes = {each: interface for each, interface in routes.items() if interface != "host"}
    wire.route({each: interface for each, interface in routes.items() if interface != OUTSIDE})
    wire.neighbours(routes.items())
    wire.neighbours(
        (flow.source, outlet(flow.sender, interfaces)) for flow, _ in flows if flow.sender is not Place.HOST
    )
    to_host = [each for each in flows if each[0].receiver is Place.HOST]
    through = [each for each in flows if each not in to_host]
    for number, (flow, _) in enumerate(through, 1):
        send(wire, flow, number, interfaces)
    arrived = wire.arrived()
    for number, (flow, verdict) in enumerate(through, 1):
        wanted = outlet(flow.receiver, interfaces) if verdict is Verdict.ALLOW else None
        assert arrived.get(number) == wanted, flow
    for number, (flow, verdict) in enumerate(to_host, 1):
        wire.route({flow.source: outlet(flow.sender, interfaces)})
        wire.neighbours([(flow.source, outlet(flow.sender, interfaces))])
        before = wire.kernel.counters().get(BuiltIn.NEIGHBOUR_DISCOVERY)
        send(wire, flow, number, interfaces)
        is_answered = (flow.destination, flow.source) in wire.resets()
        if flow.protocol == TCP:
            assert is_answered is (verdict is Verdict.ALLOW), flow
        else:  # nothing answers neighbour discovery made by hand, but the verdict counts it
            assert (wire.kernel.counters()[BuiltIn.NEIGHBOUR_DISCOVERY] != before) is (verdict is Verdict.ALLOW), flow


def send(wire: Wire, flow: Flow, number: int, interfaces: dict[Key, str]) -> None:
    if flow.sender is Place.HOST:
        wire.send_from_host(flow, number)
    else:
        wire.send(outlet(flow.sender, interfaces), flow, number)


def outlet(who: Key | Place, interfaces: dict[Key, str]) -> str:
    """Return the interface somebody is behind."""
    places = {Place.ELSEWHERE: OUTSIDE, Place.UNKNOWN_WORKLOAD: UNKNOWN, Place.HOST: "host"}
    return interfaces.get(who, UNKNOWN) if isinstance(who, Key) else places[who]
