"""Services: the addresses and ports that endpoint slices list, as slices and sets come and go."""

from __future__ import annotations

import pytest

from tortie.compiled import named_port
from tortie.engine.objects import Objects
from tortie.engine.rules import ServiceSet
from tortie.model import EndpointPort, EndpointSlice, Key, Kind, Protocol, parse_address

ONE, TWO = parse_address("10.0.0.1"), parse_address("10.0.0.2")
FIRST, SECOND, ELSEWHERE = (
    Key(Kind.ENDPOINT_SLICE, space, name) for space, name in (("shop", "web-1"), ("shop", "web-2"), ("other", "web-1"))
)
SOURCE, PORTS = ServiceSet("shop", "web", is_port=False), ServiceSet("shop", "web", is_port=True)


def part(key: Key, *addresses: bytes, port: int = 80, service: str = "web") -> EndpointSlice:
    ports = (EndpointPort("http", Protocol(6), port),)
    return EndpointSlice(key, service=service, addresses=addresses, ports=ports)


def put(world: Objects, *slices: EndpointSlice) -> None:
    for each in slices:
        world.put_slice(each.key, each)


def sets_of(world: Objects, address: bytes = ONE) -> set[str]:
    world.settle()
    return set(world.ownership.sets_of(address))


@pytest.mark.parametrize("sets_come_first", [False, True])
def test_addresses_and_ports_of_a_service(*, sets_come_first: bool) -> None:
    world = Objects()
    slices = part(FIRST, ONE), part(SECOND, ONE, TWO, port=81), part(ELSEWHERE, ONE, port=82)
    if not sets_come_first:
        put(world, *slices)
    world.put_set("source", SOURCE)
    world.put_set("ports", PORTS)
    if sets_come_first:
        put(world, *slices)
    assert sets_of(world) == {"source", named_port("ports", 6, 80), named_port("ports", 6, 81)}
    assert sets_of(world, TWO) == {"source", named_port("ports", 6, 81)}


@pytest.mark.scenario(67)
def test_slices_come_change_and_go() -> None:
    world = Objects()
    world.put_set("source", SOURCE)
    put(world, part(FIRST, ONE))
    assert world.moved == {ONE}
    world.moved = set()
    put(world, part(FIRST, TWO))
    assert (world.moved, sets_of(world), sets_of(world, TWO)) == ({ONE, TWO}, set(), {"source"})
    put(world, part(FIRST, TWO, service="db"))
    assert sets_of(world, TWO) == set()
    put(world, part(FIRST, TWO))
    world.put_slice(FIRST, None)
    world.put_slice(FIRST, None)
    assert sets_of(world, TWO) == set()


@pytest.mark.scenario(74)
def test_slices_that_no_rule_asks_for_are_nobodys() -> None:
    world = Objects()
    put(world, part(FIRST, ONE), part(SECOND, TWO, service=""))
    assert not world.moved
    world.put_set("source", SOURCE)
    world.put_set("ports", PORTS)
    world.drop_set("ports")
    assert sets_of(world) == {"source"}
    world.drop_set("source")
    world.moved = set()
    put(world, part(FIRST, ONE, TWO))
    assert not world.moved
    assert sets_of(world) == set()
