"""The flows that a change alters are those of which the specification says something else, and no others."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.spec import semantics
from tests.spec.strategies import World, after, random_changes, random_flows, random_world
from tortie.engine import with_automatic
from tortie.explain import Change, enforced, impact, same_settings
from tortie.explain.ends import End, ends_of
from tortie.explain.journey import assumed_interfaces
from tortie.explain.sites import Site, site_names
from tortie.model import Family, Flow, HostEndpoint, Key, Kind, Place, Policy, Settings, Verdict, family_of

SETTINGS = Settings()
SAME = same_settings(SETTINGS)
UNNAMED = 253
"""A protocol that no rule of random worlds names."""
ENDS = (Kind.WORKLOAD_ENDPOINT, Kind.POD, Kind.HOST_ENDPOINT)


def verdict(world: World, source: End, destination: End, flow: Flow) -> Verdict:
    """What the hosts on the way say, one after the other."""
    where = {source: node_of(world, source, destination), destination: node_of(world, destination, source)}
    for node in dict.fromkeys(filter(None, where.values())):
        hosts = [each for each in world.values() if isinstance(each, HostEndpoint) and each.node == node]
        sender, receiver = (end.where if where[end] == node else Place.ELSEWHERE for end in (source, destination))
        passing = replace(
            flow,
            source=source.address,
            destination=destination.address,
            sender=sender,
            receiver=receiver,
            in_interface=crossed(hosts, destination) if sender is Place.ELSEWHERE else "",
            out_interface=crossed(hosts, source) if receiver is Place.ELSEWHERE else "",
            untranslated=None,
        )
        found = semantics.verdict(world, passing, SETTINGS, node, assumed_interfaces(hosts))
        if found is Verdict.DENY:
            return found
    return Verdict.ALLOW


def node_of(world: World, end: End, other: End) -> str:
    """The host of an end; the one host that stands for all without host endpoints is that of the other end."""
    if isinstance(end.where, Key):
        return getattr(world[end.where], "node", "")
    if end.where is Place.HOST and not end.site:
        return node_of(world, other, end) if other.site == end.site else "some other host"
    return end.site or "" if end.where is Place.HOST else ""


def crossed(hosts: list[HostEndpoint], own: End) -> str:
    """The interface by which a host is taken to speak to others."""
    if own.where is Place.HOST:
        return own.interface
    names = sorted({host.interface or host.key.name for host in hosts} - {"*", "lo", "cali0"})
    return names[0] if names else ""


def covering(changes: tuple[Change, ...], source: End, destination: End, flow: Flow) -> list[Change]:
    return [
        change
        for change in changes
        if source in change.sources and destination in change.destinations and is_in(change, flow)
    ]


def is_in(change: Change, flow: Flow) -> bool:
    wanted = None if flow.protocol == UNNAMED else flow.protocol
    mine = [each for each in change.cells if each.protocol == wanted]
    ported = flow.protocol in (6, 17, 132)
    for cell in mine:
        if ported:
            if cell.source.first <= flow.source_port <= cell.source.last and (
                cell.destination.first <= flow.destination_port <= cell.destination.last
            ):
                return True
        elif cell.types[0] <= flow.icmp_type <= cell.types[1] and cell.codes[0] <= flow.icmp_code <= cell.codes[1]:
            return True
    return False


def policies_only(rng: random.Random, world: World) -> World:
    """The world after changes of everything but endpoints."""
    ends = {*ENDS, Kind.KUBE_CONTROLLERS_CONFIGURATION}
    if any(key.kind is Kind.KUBE_CONTROLLERS_CONFIGURATION for key in world):
        ends.add(Kind.NODE)  # host endpoints are made of it
    changes = [each for _ in range(3) for each in random_changes(rng, world) if each.key.kind not in ends]
    return after(world, tuple(changes))


@pytest.mark.parametrize("seed", range(30))
def test_changed_flows_are_told_and_no_others(seed: int) -> None:
    rng = random.Random(seed)
    before = random_world(rng)
    now = policies_only(rng, before)
    changes = impact(before, now, SAME)
    old_world, new_world = worlds = dict(with_automatic(before)), dict(with_automatic(now))
    names = site_names(worlds, SAME)
    compiled: Mapping[str, tuple[Site, Site]] = {
        name: (Site.compiled(name, names, old_world, SETTINGS), Site.compiled(name, names, new_world, SETTINGS))
        for name in names
    }
    ends = list(dict.fromkeys(ends_of(worlds, compiled)))
    for flow in random_flows(rng, before, 60):
        if flow.protocol not in (6, 17, 132, 4, 1 if flow.family is Family.V4 else 58):
            flow = replace(flow, protocol=UNNAMED)  # noqa: PLW2901 - which others have a cell is not told
        fitting = [end for end in ends if family_of(end.address) is flow.family]
        if len(fitting) < 2:
            continue
        source, destination = rng.sample(fitting, 2)
        if source.site is destination.site is None:
            continue
        told = covering(changes, source, destination, flow)
        old, new = (verdict(world, source, destination, flow) for world in (old_world, new_world))
        assert [(each.before, each.after) for each in told] == ([(old, new)] if old is not new else []), flow


@pytest.mark.parametrize("seed", range(10))
def test_nothing_changes_where_nothing_does(seed: int) -> None:
    world = random_world(random.Random(seed))
    assert impact(world, dict(reversed(world.items())), SAME) == ()


@pytest.mark.parametrize("seed", range(20))
def test_staged_policies_change_what_they_would(seed: int) -> None:
    world = random_world(random.Random(seed))
    plain = {key: value for key, value in world.items() if not (isinstance(value, Policy) and value.staged)}
    assert impact(world, plain, SAME) == ()
    assert impact(world, enforced(world), SAME) == impact(plain, enforced(world), SAME)
