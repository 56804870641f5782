"""Host endpoints whose addresses cannot be put into the kernel, with real packets: they close what they closed.

Who reaches the host is told by its resets.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.kernel.spoilt import spoil
from tests.kernel.wire import OUTSIDE, Wire, routed, wired
from tests.spec.cast import (
    ALLOW,
    BOTH,
    DENY,
    INGRESS,
    address,
    endpoint_key,
    flow,
    forwarded,
    host_endpoint,
    policy,
    pre_dnat,
    source,
    untracked,
    workload,
    world,
)
from tests.spec.semantics import HOST
from tortie.agent import Enactor, HostSettings, Quarantine
from tortie.dataplane.nftables import Dataplane
from tortie.dataplane.nftables.layout import ADDRESSES
from tortie.engine import Endpoint, Engine
from tortie.model import (
    ALL_INTERFACES,
    Action,
    EntityMatch,
    Family,
    HostEndpoint,
    Key,
    Kind,
    KubeControllersConfiguration,
    Metadata,
    Node,
    Policy,
    PortRange,
    Protocol,
    Resource,
    Rule,
    Settings,
    Update,
    automatic_host_endpoints,
)

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

CAST = ("w0", "w1", "w2")
MINE = tuple(address("host", family) for family in Family)
CARRIED = {"eth0": frozenset(MINE), OUTSIDE: frozenset[bytes](), "eth1": frozenset[bytes]()}
LET = policy(
    "let",
    "name == 'host'",
    BOTH,
    (Rule(Action.ALLOW, protocol=Protocol(6), destination=EntityMatch(ports=(PortRange(8056, 8056),))),),
)
ASKS = policy("asks", "name == 'w1'", (INGRESS,), (source(Action.DENY, selector="name == 'host'"), ALLOW))
FINE = policy("fine", "name == 'w0'", (INGRESS,), (DENY,))
WANTED = KubeControllersConfiguration(Key(Kind.KUBE_CONTROLLERS_CONFIGURATION, "", "default"), auto_create=True)
NODE = Node(Key(Kind.NODE, "", HOST), Metadata({"name": "host"}), MINE)
MADE = next(automatic_host_endpoints(NODE, WANTED))


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with wired() as made:
        yield made


def is_here(endpoint: Endpoint) -> bool:
    return endpoint.node == HOST


def begun(wire: Wire) -> Enactor:
    return Enactor(
        Engine(is_here, Settings()), Dataplane(wire.kernel, Settings()), Quarantine(is_here), HostSettings((), HOST)
    )


@pytest.fixture
def enactor(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Enactor:
    """Return what has enacted nothing, on a kernel that takes no address of the host."""
    workloads = {endpoint_key(name): workload(name) for name in CAST}
    wire.kernel.delete_table()
    wire.own(MINE)
    wire.route(routed(workloads))
    strangers = [(address("out", family), OUTSIDE) for family in Family]
    wire.neighbours([*((address(name, family), f"cali{name}") for name in CAST for family in Family), *strangers])
    owned = {(ADDRESSES[family].name, int.from_bytes(own)) for family, own in zip(Family, MINE, strict=True)}
    spoil(wire, monkeypatch, lambda element: (element.set.name, element.key) in owned)
    return begun(wire)


def begin(enactor: Enactor, *extra: Resource) -> None:
    enactor.enact([Update(key, value) for key, value in world(*extra).items()], CARRIED)


def take(enactor: Enactor, *resources: Resource) -> None:
    enactor.enact(Update(each.key, each) for each in resources)


def in_force(wire: Wire, enactor: Enactor) -> bool:
    return not Dataplane(wire.kernel, Settings()).start(enactor.snapshot)


NUMBERS = iter(range(20000, 60000))


def answered(wire: Wire, *ports: int, interface: str = "eth0") -> list[int]:
    """Return the ports at which the host answers somebody outside, who comes by an interface."""
    found = []
    for port in ports:
        asked = [replace(flow("out", "host", each, port=port), source_port=next(NUMBERS)) for each in Family]
        for number, each in enumerate(asked, 1):
            wire.send(interface, each, number)
        heard = wire.resets()
        told = {(each.destination, each.source) in heard for each in asked}
        assert len(told) == 1, "the families differ"
        found += [port] if told.pop() else []
    return found


def reached(wire: Wire, sender: str = "w2", interface: str = "caliw2") -> set[str]:
    """Return whom of the workloads a sender reaches, in both families."""
    flows = [
        replace(flow(sender, name, family), source_port=next(NUMBERS))
        for name in CAST
        if name != sender
        for family in Family
    ]
    for number, each in enumerate(flows, 1):
        wire.send(interface, each, number)
    arrived = wire.arrived()
    return {str(each.receiver).rpartition("/")[2] for number, each in enumerate(flows, 1) if number in arrived}


@pytest.mark.parametrize("interface", ["eth0", ALL_INTERFACES, ""], ids=["name", "*", "addresses"])
@pytest.mark.parametrize("at_the_start", [True, False])
def test_it_governs_as_it_says_and_the_rest_is_current(
    wire: Wire, enactor: Enactor, monkeypatch: pytest.MonkeyPatch, interface: str, at_the_start: bool
) -> None:
    mine = host_endpoint(interface)
    begin(enactor, ASKS, LET, *((mine, FINE) if at_the_start else ()))
    if not at_the_start:
        assert answered(wire, 22, 8055, 8056) == [22, 8055, 8056]
        take(enactor, mine, FINE)
    assert (list(enactor.held), enactor.error, in_force(wire, enactor)) == ([mine.key], "", True)
    assert answered(wire, 22, 8055, 8056) == [22, 8056]
    assert bool(answered(wire, 8055, interface="eth1")) is (interface != ALL_INTERFACES)
    assert reached(wire) == set()
    take(enactor, replace(FINE, ingress=(ALLOW,)))
    assert reached(wire) == {"w0"}
    monkeypatch.undo()
    enactor.enact([Update(mine.key, replace(mine, profiles=("open",)))])
    assert (enactor.held, in_force(wire, enactor)) == ({}, True)
    assert answered(wire, 22, 8055, 8056) == [22, 8056]
    assert reached(wire) == {"w0", "w1"}
    enactor.enact([Update(mine.key, None)])
    assert answered(wire, 8055) == [8055]


@pytest.mark.parametrize("listed", [forwarded, pre_dnat, untracked])
@pytest.mark.parametrize("asked", [{"selector": "name == 'w1'"}, {"not_selector": "name == 'host'"}], ids=str)
def test_policies_of_every_list_that_mean_it_are_closed_and_others_hold(
    wire: Wire, enactor: Enactor, listed: object, asked: dict[str, str]
) -> None:
    means = "not_selector" in asked
    first: Policy = listed(policy("first", "name == 'host'", (INGRESS,), (source(Action.DENY, **asked), ALLOW)))  # type: ignore[operator] # of policies
    begin(enactor, host_endpoint(profiles=("open",)), ASKS, replace(first, order=1))
    assert (list(enactor.held), in_force(wire, enactor)) == ([host_endpoint().key], True)
    if listed is forwarded:
        assert reached(wire, "out", "eth0") == (set() if means else {"w0", "w2"})
    assert answered(wire, 8055) == ([] if means else [8055])
    assert answered(wire, 22) == [22]


def test_an_automatic_one_is_governed_by_policies_all_the_same_and_follows_its_node(
    wire: Wire, enactor: Enactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(enactor, NODE, WANTED, ASKS, FINE)
    assert (list(enactor.held), enactor.error, in_force(wire, enactor)) == ([MADE.key], "", True)
    assert (answered(wire, 8055), reached(wire)) == ([8055], set())
    take(enactor, LET)
    assert answered(wire, 22, 8055, 8056) == [22, 8056]
    next_run = begun(wire)
    begin(next_run, NODE, WANTED, ASKS, FINE, LET)
    assert (next_run.held, in_force(wire, next_run)) == (enactor.held, True)
    assert answered(wire, 22, 8055, 8056) == [22, 8056]
    take(next_run, replace(NODE, addresses=MINE[1:]))  # the other family's is refused as well
    assert list(next_run.held) == [MADE.key]
    monkeypatch.undo()
    take(next_run, NODE)
    assert (next_run.held, next_run.error, in_force(wire, next_run)) == ({}, "", True)
    assert (answered(wire, 22, 8055, 8056), reached(wire)) == ([22, 8056], {"w1"})
    next_run.enact([Update(NODE.key, None)])
    assert answered(wire, 8055) == [8055]


def test_one_whose_interface_is_refused_too_keeps_everything_as_it_was(
    wire: Wire, enactor: Enactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(enactor)
    mine: HostEndpoint = host_endpoint()
    spoil(wire, monkeypatch, lambda element: element.key == mine.interface)
    take(enactor, mine, FINE)
    assert not enactor.held
    assert "(of HostEndpoint/host)" in enactor.error
    assert (answered(wire, 8055), reached(wire)) == ([8055], {"w0", "w1"})
