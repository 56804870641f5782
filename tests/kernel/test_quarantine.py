"""What cannot be put into the kernel is closed, with real packets: everybody else's policy holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.kernel.spoilt import spoil
from tests.kernel.wire import Wire, routed, wired
from tests.spec.cast import (
    ALLOW,
    DENY,
    INGRESS,
    address,
    endpoint_key,
    flow,
    network_set,
    policy,
    source,
    workload,
    world,
)
from tests.spec.semantics import HOST
from tortie.agent import Enactor, HostSettings, Quarantine
from tortie.dataplane.nftables import Dataplane, Set
from tortie.dataplane.nftables.layout import ADDRESSES, NETS
from tortie.engine import Endpoint, Engine
from tortie.model import Action, Family, IcmpMatch, Prefix, Protocol, Resource, Settings, Update, format_address

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


def is_here(endpoint: Endpoint) -> bool:
    return endpoint.node == HOST


@pytest.fixture
def enactor(wire: Wire) -> Enactor:
    """Return what has enacted the cast, in a kernel that had nothing."""
    workloads = {endpoint_key(name): workload(name) for name in CAST}
    wire.kernel.delete_table()
    wire.route(routed(workloads))
    wire.neighbours((address(name, family), f"cali{name}") for name in CAST for family in Family)
    made = Enactor(
        Engine(is_here, Settings()), Dataplane(wire.kernel, Settings()), Quarantine(is_here), HostSettings((), HOST)
    )
    made.enact(Update(key, value) for key, value in world().items())
    return made


def take(enactor: Enactor, *resources: Resource) -> None:
    enactor.enact(Update(each.key, each) for each in resources)


def test_the_culprit_is_closed_and_the_rest_holds(wire: Wire, enactor: Enactor) -> None:
    assert reached(wire, 1000) == everybody_but()
    closed = policy("closed", "name == 'w0'", (INGRESS,), (DENY,))
    take(enactor, BAD, closed)
    assert (list(enactor.held), enactor.error) == ([BAD.key], "")
    assert reached(wire, 1001) == everybody_but("w0", "w1")
    take(enactor, replace(closed, selector="name == 'w2'"))
    assert list(enactor.held) == [BAD.key]
    assert reached(wire, 1002) == everybody_but("w1", "w2")
    take(enactor, replace(BAD, ingress=(ALLOW,)))
    assert not enactor.held
    assert reached(wire, 1003) == everybody_but("w2")


@pytest.mark.parametrize("a_map", [ADDRESSES[Family.V4], NETS[Family.V4]], ids=["address", "range"])
def test_with_a_network_set_whose_rules_mean_it_are_closed_and_the_rest_holds(
    wire: Wire, enactor: Enactor, monkeypatch: pytest.MonkeyPatch, a_map: Set
) -> None:
    w0 = Prefix(address("w0"), 32)
    nets = (w0, Prefix(bytes((203, 0, 113, 0)), 24))
    lab = replace(network_set("lab", {"role": "lab"}), nets=nets)
    asks = policy("asks", "name == 'w1'", (INGRESS,), (source(Action.DENY, selector="role == 'lab'"), ALLOW))
    spoil(wire, monkeypatch, lambda element: element.set.name == a_map.name)
    take(enactor, lab, asks, policy("closed", "name == 'w0'", (INGRESS,), (DENY,)))
    assert (list(enactor.held), enactor.error) == ([lab.key], "")
    what = format_address(w0.network) if a_map is ADDRESSES[Family.V4] else "203.0.113.0/24"
    assert f"element {what} of {a_map.name}" in enactor.held[lab.key]
    assert reached(wire, 2000) == everybody_but("w0", "w1")
    take(enactor, policy("closed", "name == 'w2'", (INGRESS,), (DENY,)))
    assert list(enactor.held) == [lab.key]
    assert reached(wire, 2001) == everybody_but("w1", "w2")
    monkeypatch.undo()
    take(enactor, replace(lab, nets=(w0,)))
    assert not enactor.held
    assert reached(wire, 2002) == everybody_but("w2") - {("w0", "w1", Family.V4)}
