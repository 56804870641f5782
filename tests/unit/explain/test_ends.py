"""Ends: everybody in a cluster, strangers, and who cannot be told from whom."""

from __future__ import annotations

from tests.unit.explain.world import GREEN, PEOPLE, WORLD, address, pod, policy
from tortie.api import stored_settings
from tortie.explain.ends import End, ends_of, kinds_of
from tortie.explain.sites import Site, site_names
from tortie.model import Action, EntityMatch, HostEndpoint, Key, Kind, Place, Resource, Rule, Settings, parse_prefix

World = dict[Key, Resource]


def compiled(world: World) -> dict[str, tuple[Site, Site]]:
    names = site_names([world], stored_settings())
    return {name: (Site.compiled(name, names, world, Settings()),) * 2 for name in names}


def ends(world: World) -> list[End]:
    return list(dict.fromkeys(ends_of((world, world), compiled(world))))


def kinds(world: World) -> set[frozenset[str]]:
    return {frozenset(end.name for end in each) for each in kinds_of(ends(world), compiled(world))}


def test_everybody_is_an_end_under_each_address() -> None:
    found = ends(WORLD)
    assert sum(end.name == "production/red" for end in found) == 2
    assert {end.name for end in found if end.where is Place.ELSEWHERE} == {"anywhere else"}
    assert {end.site for end in found} == {"", None}


def test_a_host_without_host_endpoints_is_an_end_too() -> None:
    found = [(end.name, end.site) for end in ends(WORLD) if end.where is Place.HOST]
    assert found == [("host", "")] * 2  # by each IP version


def test_host_endpoints_are_ends_at_their_interface() -> None:
    keys = [Key(Kind.HOST_ENDPOINT, "", name) for name in ("h0", "h1", "h2")]
    hosts = [
        HostEndpoint(keys[0], "node-1", "eth0", expected_addresses=(address("192.0.2.1"),)),
        HostEndpoint(keys[1], "node-1", "*"),
        HostEndpoint(keys[2], "node-1", "", expected_addresses=(address("192.0.2.2"),)),
    ]
    found = [
        end for end in ends({**WORLD, **dict(zip(keys, hosts, strict=True))}) if end.where is Place.HOST and end.site
    ]
    assert [(end.name, end.interface, end.site) for end in found] == [
        ("h0", "eth0", "node-1"),
        ("h1", "", "node-1"),
        ("h1", "", "node-1"),
        ("h2", "h2", "node-1"),
    ]


def test_ends_that_no_policy_tells_apart_are_of_one_kind() -> None:
    twin = Key(Kind.POD, "production", "green-2")
    found = kinds({**WORLD, twin: pod(twin, "node-2", "2.11", "green")})
    assert frozenset({"production/green", "production/green-2"}) in found
    assert frozenset({"production/red"}) in found
    assert GREEN in WORLD


def test_strangers_are_those_that_rules_tell_apart() -> None:
    nets = EntityMatch(nets=(parse_prefix("192.0.2.0/25"), parse_prefix("198.51.100.9/32")))
    key = Key(Kind.GLOBAL_NETWORK_POLICY, "", "p")
    world: World = {**PEOPLE, key: policy(Rule(Action.DENY, source=nets), key=key)}
    strangers = {end.name for end in ends(world) if end.where is Place.ELSEWHERE}
    assert {"office", "198.51.100.9", "anywhere else"} <= strangers
