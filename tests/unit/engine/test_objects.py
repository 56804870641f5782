"""Endpoints and network sets: the labels selectors see, and the sets their addresses are in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tortie.compiled import named_port
from tortie.engine.objects import Labelled, Objects, own_labels
from tortie.engine.rules import CidrSet, PortNameSet, SelectorSet
from tortie.model import (
    EndpointPort,
    HostEndpoint,
    Key,
    Kind,
    Labels,
    Metadata,
    NetworkSet,
    Protocol,
    WorkloadEndpoint,
    parse_address,
    parse_prefix,
)
from tortie.selector import parse

W0 = Key(Kind.WORKLOAD_ENDPOINT, "shop", "w0")
NETS = Key(Kind.NETWORK_SET, "shop", "nets")
H0 = Key(Kind.HOST_ENDPOINT, "", "h0")
GLOBAL_NETS = Key(Kind.GLOBAL_NETWORK_SET, "", "nets")
ONE, TWO = parse_address("10.0.0.1"), parse_address("10.0.0.2")


def endpoint(
    labels: Labels | None = None, *, account: str = "", ports: tuple[EndpointPort, ...] = ()
) -> WorkloadEndpoint:
    return WorkloadEndpoint(
        W0,
        "node-1",
        "cali0",
        Metadata(labels=labels or {}),
        orchestrator="k8s",
        service_account=account,
        addresses=(ONE,),
        profiles=("kns.shop",),
        ports=ports,
    )


def host_endpoint(labels: Labels, *expected: bytes, ports: tuple[EndpointPort, ...] = ()) -> HostEndpoint:
    return HostEndpoint(H0, "node-1", "eth0", Metadata(labels=labels), expected, ("kns.shop",), ports)


def network_set(key: Key, labels: Labels, *nets: str) -> NetworkSet:
    return NetworkSet(key, Metadata(labels=labels), tuple(map(parse_prefix, nets)))


SHOP = {"projectcalico.org/namespace": "shop"}
K8S = {**SHOP, "projectcalico.org/orchestrator": "k8s"}


@pytest.mark.parametrize(
    ("resource", "labels"),
    [
        (endpoint(), K8S),
        (endpoint({"a": "b"}), {"a": "b", **K8S}),
        (endpoint(account="s0"), {**K8S, "projectcalico.org/serviceaccount": "s0"}),
        (endpoint({"projectcalico.org/namespace": "other"}), K8S),
        (endpoint({"pcns.team": "a", "pcsa.role": "b", "c": "d"}), {"c": "d", **K8S}),  # nobody labels himself in
        (network_set(NETS, {"a": "b"}), {"a": "b", **SHOP}),
        (network_set(GLOBAL_NETS, {"a": "b"}), {"a": "b"}),
        (host_endpoint({"a": "b", "pcns.team": "a", **SHOP}), {"a": "b", "pcns.team": "a"}),  # a host has no namespace
    ],
)
def test_own_labels(resource: Labelled, labels: Labels) -> None:
    assert own_labels(resource) == labels


def objects(**sets: str) -> Objects:
    """Objects with active selectors by id."""
    result = Objects()
    for id_, text in sets.items():
        result.put_set(id_, SelectorSet(parse(text)))
    return result


def sets_of(world: Objects, address: bytes = ONE) -> set[str]:
    world.settle()
    return set(world.ownership.sets_of(address))


def test_an_address_is_in_the_sets_that_match_its_endpoint() -> None:
    world = objects(red="color == 'red'", shop="projectcalico.org/namespace == 'shop'", blue="color == 'blue'")
    world.put_endpoint(W0, endpoint({"color": "red"}))
    assert sets_of(world) == {"red", "shop"}
    world.put_endpoint(W0, endpoint({"color": "blue"}))
    assert sets_of(world) == {"blue", "shop"}
    world.drop(W0)
    assert sets_of(world) == set()


@pytest.mark.scenario(52)
def test_a_host_endpoint_stands_for_its_expected_addresses() -> None:
    world = objects(web="role == 'web'", a="pcns.team == 'a'")
    world.put_set("http", PortNameSet("http", None, None))
    world.put_parent("kns.shop", {"pcns.team": "a"})
    world.put_endpoint(H0, host_endpoint({"role": "web"}, ONE, ports=(EndpointPort("http", Protocol(6), 80),)))
    assert sets_of(world) == {"web", "a", named_port("http", 6, 80)}
    world.put_endpoint(H0, host_endpoint({"role": "web"}, TWO))
    assert (sets_of(world), sets_of(world, TWO)) == (set(), {"web", "a"})
    world.put_endpoint(H0, host_endpoint({"role": "web"}))  # a name alone is no address
    assert sets_of(world, TWO) == set()


def test_an_address_of_two_objects_is_in_the_sets_of_both() -> None:
    world = objects(red="color == 'red'", blue="color == 'blue'")
    world.put_endpoint(W0, endpoint({"color": "red"}))
    world.put_network_set(NETS, network_set(NETS, {"color": "blue"}, "10.0.0.0/30", "10.0.0.1"))
    assert sets_of(world) == {"red", "blue"}
    assert sets_of(world, TWO) == {"blue"}


def test_of_those_that_are_alike_each_counts() -> None:
    """They share their labels; with the last of them these go, and not before."""
    world = objects()
    twins = [replace(endpoint({"color": "red"}), addresses=(parse_address(f"10.0.0.{number}"),)) for number in range(4)]
    keys = [Key(Kind.WORKLOAD_ENDPOINT, "shop", f"w{number}") for number in range(4)]
    for key, twin in zip(keys, twins, strict=True):
        world.put_endpoint(key, twin)
    for left in range(3, -1, -1):
        world.drop(keys[left])
        world.put_set(f"red {left}", SelectorSet(parse("color == 'red'")))
        world.settle()
        found = {number for number, twin in enumerate(twins) if f"red {left}" in sets_of(world, twin.addresses[0])}
        assert found == set(range(left))
    world.put_endpoint(keys[0], twins[0])
    world.settle()
    assert sets_of(world, twins[0].addresses[0]) == {"red 0", "red 1", "red 2", "red 3"}


@pytest.mark.parametrize("is_set_first", [True, False])
def test_a_workload_shares_no_labels_with_a_network_set_that_says_the_same(*, is_set_first: bool) -> None:
    """Nobody labels a workload into a namespace, also where a set of the same labels may."""
    world = objects(team="pcns.team == 'db'")
    workload = replace(endpoint({"pcns.team": "db"}), orchestrator="")
    if is_set_first:
        world.put_network_set(NETS, network_set(NETS, {"pcns.team": "db"}, "10.0.0.2/32"))
    world.put_endpoint(W0, workload)
    if not is_set_first:
        world.put_network_set(NETS, network_set(NETS, {"pcns.team": "db"}, "10.0.0.2/32"))
    assert sets_of(world) == set()
    assert sets_of(world, TWO) == {"team"}


@pytest.mark.parametrize(("key", "inherits"), [(NETS, True), (GLOBAL_NETS, False)])
def test_network_sets_inherit_from_their_namespace(key: Key, inherits: bool) -> None:
    world = objects(team="pcns.team == 'a'")
    world.put_network_set(key, network_set(key, {}, "10.0.0.1"))
    assert sets_of(world) == set()
    world.put_parent("kns.shop", {"pcns.team": "a"})
    assert bool(sets_of(world)) is inherits
    world.put_parent("kns.shop", None)
    assert sets_of(world) == set()


def test_cidr_lists_are_sets_too() -> None:
    world = objects()
    world.put_set("c", CidrSet((parse_prefix("10.0.0.0/31"), parse_prefix("10.0.0.2"))))
    assert sets_of(world, ONE) == sets_of(world, TWO) == {"c"}
    world.drop_set("c")
    assert sets_of(world, ONE) == sets_of(world, TWO) == set()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (PortNameSet("http", None, None), [(6, 80), (17, 81)]),
        (PortNameSet("http", 6, None), [(6, 80)]),
        (PortNameSet("http", 132, None), []),
        (PortNameSet("dns", None, None), [(17, 53)]),
        (PortNameSet("http", 6, parse("color == 'blue'")), []),
        (PortNameSet("http", 6, parse("color == 'red'")), [(6, 80)]),
    ],
)
def test_named_ports(query: PortNameSet, found: list[tuple[int, int]]) -> None:
    tcp, udp = Protocol(6), Protocol(17)
    ports = (
        EndpointPort("http", tcp, 80),
        EndpointPort("http", udp, 81),
        EndpointPort("dns", udp, 53),
        EndpointPort("", tcp, 99),
    )
    world = objects()
    world.put_endpoint(W0, endpoint({"color": "red"}, ports=ports))
    world.put_set("p", query)
    assert sets_of(world) == {named_port("p", *each) for each in found}


def test_what_moved_is_told() -> None:
    world = objects(red="color == 'red'")
    world.put_endpoint(W0, endpoint({"color": "red"}))
    world.settle()
    assert (world.moved, world.moved_prefixes) == ({ONE}, set())
    world.moved = set()
    world.put_network_set(NETS, network_set(NETS, {"color": "red"}, "10.0.0.0/24", "10.0.0.2"))
    world.settle()
    assert (world.moved, world.moved_prefixes) == ({TWO}, {parse_prefix("10.0.0.0/24")})


def test_what_no_set_asks_for_moves_nothing() -> None:
    world = objects(red="color == 'red'")
    world.put_endpoint(W0, endpoint({"color": "blue"}))
    world.put_network_set(NETS, network_set(NETS, {"color": "blue"}, "10.0.0.0/24"))
    world.settle()
    world.put_endpoint(W0, endpoint({"color": "blue"}))
    world.drop(NETS)
    world.drop(NETS)
    world.settle()
    assert (world.moved, world.moved_prefixes) == (set(), set())


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        (("10.0.0.1", "10.0.0.2"), ("10.0.0.2", "10.0.0.1"), ()),
        (("10.0.0.1",), ("10.0.0.1", "10.0.0.2"), (TWO,)),
        (("10.0.0.1", "10.0.0.2"), ("10.0.0.1",), (TWO,)),
        (("10.0.0.1",), ("10.0.0.2",), (ONE, TWO)),
        (("10.0.0.1", "10.0.0.1"), ("10.0.0.1",), (ONE,)),  # listed twice, it is given up and taken anew
    ],
)
def test_a_network_set_moves_only_the_addresses_that_differ(
    before: tuple[str, ...], after: tuple[str, ...], moved: tuple[bytes, ...]
) -> None:
    objects = Objects()
    objects.put_set("s", SelectorSet(parse("has(a)")))
    objects.put_network_set(GLOBAL_NETS, network_set(GLOBAL_NETS, {"a": ""}, *before))
    objects.settle()
    objects.moved = set()
    objects.put_network_set(GLOBAL_NETS, network_set(GLOBAL_NETS, {"a": ""}, *after))
    objects.settle()
    assert objects.moved == set(moved)
    wanted = {parse_address(each) for each in after}
    assert {each for each in (ONE, TWO) if "s" in objects.ownership.sets_of(each)} == wanted
    objects.drop(GLOBAL_NETS)
    assert not any(objects.ownership.sets_of(each) for each in (ONE, TWO))


def test_a_network_set_that_gains_a_range() -> None:
    objects = Objects()
    objects.put_set("s", SelectorSet(parse("has(a)")))
    objects.put_network_set(GLOBAL_NETS, network_set(GLOBAL_NETS, {"a": ""}, "10.0.0.1"))
    objects.settle()
    objects.moved = set()
    objects.put_network_set(GLOBAL_NETS, network_set(GLOBAL_NETS, {"a": ""}, "10.0.0.1", "10.0.0.0/24"))
    objects.settle()
    assert objects.moved_prefixes == {parse_prefix("10.0.0.0/24")}
    assert objects.moved == set()
    assert objects.ownership.sets_of(TWO) == {"s"}
