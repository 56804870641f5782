"""What rules ask of the own side of packets under addresses that a workload does not declare, with real packets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.kernel.wire import OUTSIDE, Wire, routed, wired
from tests.spec import semantics
from tests.spec.cast import (
    DENY,
    EGRESS,
    INGRESS,
    address,
    destination,
    endpoint_key,
    flow,
    network_set,
    policy,
    workload,
    world,
)
from tests.spec.cast import source as from_
from tortie.dataplane.nftables.render import render_all
from tortie.engine import compile_all
from tortie.evaluate import decide
from tortie.model import Action, Family, Flow, Place, Policy, Resource, Settings, Verdict, parse_address, parse_prefix

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

ROUTED = {
    Family.V4: tuple(map(parse_address, ("203.0.113.1", "203.0.113.200"))),
    Family.V6: tuple(map(parse_address, ("2001:db8:77::1", "2001:db8:77::f001"))),
}
"""Of each family one address inside the nets that rules ask for, and one outside; all are routed to w0."""
INSIDE = (parse_prefix("203.0.113.0/25"), parse_prefix("2001:db8:77::/120"))
BORROWED = (parse_prefix("203.0.113.0/24"), parse_prefix("2001:db8:77::/64"))
SETTINGS = Settings(workload_source_spoofing=True)
NUMBERS = iter(range(1, 60000))


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with wired() as made:
        yield made


def by_net(name: str, types: tuple[object, ...]) -> Policy:
    asked = {name: INSIDE}
    by = {INGRESS: (destination(Action.ALLOW, **asked),), EGRESS: (from_(Action.ALLOW, **asked),)}
    return policy("asks", "name == 'w0'", types, by)  # type: ignore[arg-type]


def by_label(types: tuple[object, ...]) -> Policy:
    asked = {"selector": "in == 'side'"}
    by = {INGRESS: (destination(Action.ALLOW, **asked), DENY), EGRESS: (from_(Action.ALLOW, **asked), DENY)}
    return policy("asks", "name == 'w0'", types, by)  # type: ignore[arg-type]


SIDE = network_set("side", {"in": "side"}, *map(str, INSIDE))


@pytest.mark.parametrize("borrows", [False, True])
@pytest.mark.parametrize(
    ("asking", "passes"),
    [
        ((by_net("nets", (INGRESS,)),), (False, True, False)),
        ((by_net("not_nets", (INGRESS,)),), (True, False, True)),
        ((by_label((INGRESS,)), SIDE), (False, True, False)),
    ],
)
def test_what_is_routed_to_a_workload_is_judged_by_its_own_destination(
    wire: Wire, asking: tuple[Resource, ...], passes: tuple[bool, bool, bool], *, borrows: bool
) -> None:
    """Packets to the declared address, and to the routed ones inside and outside the nets."""
    asked = [
        (replace(flow("w1", "w0", family), destination=each), is_open)
        for family in Family
        for each, is_open in zip((address("w0", family), *ROUTED[family]), passes, strict=True)
    ]
    check(wire, asking, asked, borrows=borrows)


@pytest.mark.parametrize(
    ("asking", "passes"),
    [
        ((by_net("nets", (EGRESS,)),), (False, True, False)),
        ((by_net("not_nets", (EGRESS,)),), (True, False, True)),
        ((by_label((EGRESS,)), SIDE), (False, True, False)),
    ],
)
def test_what_is_sent_from_a_borrowed_prefix_is_judged_by_its_own_source(
    wire: Wire, asking: tuple[Resource, ...], passes: tuple[bool, bool, bool]
) -> None:
    asked = [
        (replace(flow("w0", "w1", family), source=each), is_open)
        for family in Family
        for each, is_open in zip((address("w0", family), *ROUTED[family]), passes, strict=True)
    ]
    check(wire, asking, asked, borrows=True)


def check(wire: Wire, asking: tuple[Resource, ...], asked: list[tuple[Flow, bool]], *, borrows: bool) -> None:
    mine = replace(workload("w0"), allowed_sources=BORROWED if borrows else ())
    resources = world(mine, *asking)
    snapshot = compile_all(resources, lambda each: each.node == semantics.HOST, SETTINGS)
    owners = routed({endpoint_key(name): workload(name) for name in ("w0", "w1", "w2")})
    owners |= {each: "caliw0" for addresses in ROUTED.values() for each in addresses}
    wire.kernel.delete_table()
    wire.route(owners)
    wire.neighbours([*owners.items(), *((address("out", family), OUTSIDE) for family in Family)])
    wire.kernel.commit(render_all(snapshot))
    sent: dict[int, tuple[Flow, bool]] = {}
    for each, is_open in asked:
        number = next(NUMBERS)
        wire.send("caliw0" if each.sender == mine.key else "caliw1", each, number)
        sent[number] = each, is_open
    arrived = wire.arrived()
    for number, (each, is_open) in sent.items():
        assert each.receiver is not Place.ELSEWHERE
        assert (number in arrived) is is_open, each
        wanted = Verdict.ALLOW if is_open else Verdict.DENY
        assert decide(snapshot, each).verdict is wanted
        assert semantics.verdict(resources, each, SETTINGS) is wanted
