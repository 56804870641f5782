"""What cannot be put into the kernel is closed, with real packets: everybody else's policy holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.kernel.wire import Wire, routed, wired
from tests.spec.cast import ALLOW, DENY, INGRESS, address, endpoint_key, flow, policy, workload, world
from tests.spec.semantics import HOST
from tortie.agent import Enactor, HostSettings, Quarantine
from tortie.dataplane.nftables import Dataplane
from tortie.engine import Endpoint, Engine
from tortie.model import Family, IcmpMatch, Policy, Protocol, Settings, Update

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

BAD = policy("bad", "name == 'w1'", (INGRESS,), (replace(ALLOW, protocol=Protocol(1), icmp=IcmpMatch(300)), ALLOW))
"""Allows all, and asks for a type of ICMP that fits no packet."""
CAST = ("w0", "w1", "w2")
PAIRS = [(sender, receiver) for sender in CAST for receiver in CAST if sender != receiver]


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with wired() as made:
        yield made


def reached(wire: Wire, port: int) -> set[tuple[str, str, Family]]:
    """Return who reaches whom on a port nobody used before."""
    flows = [(pair, family, flow(*pair, family, port=port)) for pair in PAIRS for family in Family]
    for number, (pair, _, each) in enumerate(flows, 1):
        wire.send(f"cali{pair[0]}", each, number)
    arrived = wire.arrived()
    return {(*pair, family) for number, (pair, family, _) in enumerate(flows, 1) if number in arrived}


def everybody_but(*receivers: str) -> set[tuple[str, str, Family]]:
    return {(*pair, family) for pair in PAIRS for family in Family if pair[1] not in receivers}


def test_the_culprit_is_closed_and_the_rest_holds(wire: Wire) -> None:
    def is_here(endpoint: Endpoint) -> bool:
        return endpoint.node == HOST

    def take(*policies: Policy) -> None:
        enactor.enact(Update(each.key, each) for each in policies)

    workloads = {endpoint_key(name): workload(name) for name in CAST}
    wire.route(routed(workloads))
    wire.neighbours((address(name, family), f"cali{name}") for name in CAST for family in Family)
    enactor = Enactor(
        Engine(is_here, Settings()), Dataplane(wire.kernel, Settings()), Quarantine(is_here), HostSettings((), HOST)
    )
    enactor.enact(Update(key, value) for key, value in world().items())
    assert reached(wire, 1000) == everybody_but()
    closed = policy("closed", "name == 'w0'", (INGRESS,), (DENY,))
    take(BAD, closed)
    assert (list(enactor.held), enactor.error) == ([BAD.key], "")
    assert reached(wire, 1001) == everybody_but("w0", "w1")
    take(replace(closed, selector="name == 'w2'"))
    assert list(enactor.held) == [BAD.key]
    assert reached(wire, 1002) == everybody_but("w1", "w2")
    take(replace(BAD, ingress=(ALLOW,)))
    assert not enactor.held
    assert reached(wire, 1003) == everybody_but("w2")
