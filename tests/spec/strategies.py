"""Random worlds, changes, flows and selectors: as Hypothesis strategies, and from a seed.

A world is a dict from stored key to resource. The seeded twins make the same worlds faster, and a seed brings a
failure back.
"""

from __future__ import annotations

import random

from hypothesis import strategies as st

from tests.spec.dice import HypothesisDice, SeededDice
from tests.spec.texts import any_selector, label_map
from tests.spec.traffic import METADATA, build_flow
from tests.spec.worlds import World, after, build_arrival, build_changes, build_interfaces, build_world
from tortie.model import (
    DEFAULT_FAILSAFE_INBOUND,
    EndpointToHostAction,
    FailsafePort,
    Family,
    Flow,
    Prefix,
    ServiceLoopPrevention,
    Settings,
    Update,
    parse_prefix,
)

__all__ = [
    "World",
    "after",
    "arrivals",
    "changes",
    "flows",
    "host_settings",
    "interfaces",
    "label_maps",
    "random_arrival",
    "random_changes",
    "random_flows",
    "random_interfaces",
    "random_selector",
    "random_world",
    "selector_texts",
    "worlds",
]

FAILSAFES = (
    (),
    DEFAULT_FAILSAFE_INBOUND,
    (FailsafePort(6, 80), FailsafePort(17, 8000)),
    (FailsafePort(6, 80, parse_prefix("10.0.0.0/30")), FailsafePort(17, 81, parse_prefix("fd00::4/126"))),
    (FailsafePort(6, 8000), FailsafePort(6, 8000, parse_prefix("10.0.0.0/30"))),
)


WIREGUARD = ((), ((Family.V4, 51820),), ((Family.V4, 51820), (Family.V6, 51820)), ((Family.V6, 4789),))
EXTERNAL_NODES: tuple[tuple[Prefix, ...], ...] = (
    (),
    (parse_prefix("10.0.0.0/30"), parse_prefix("192.0.2.7/32")),
    (parse_prefix("10.0.0.0/24"), parse_prefix("10.0.0.8/31"), parse_prefix("10.0.0.9/32")),
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Worlds of one to three namespaces on two hosts."""
    return build_world(HypothesisDice(draw))


@st.composite
def changes(draw: st.DrawFn, world: World) -> tuple[Update, ...]:
    """Updates to a world that is there: things come, change and go. See `after`."""
    return build_changes(HypothesisDice(draw), world)


@st.composite
def arrivals(draw: st.DrawFn, world: World) -> tuple[Update, ...]:
    """Updates that end in the world, in random order, with repeats and detours."""
    return build_arrival(HypothesisDice(draw), world)


@st.composite
def flows(draw: st.DrawFn, world: World) -> Flow:
    """Flows through `semantics.HOST`."""
    return build_flow(HypothesisDice(draw), world)


@st.composite
def selector_texts(draw: st.DrawFn) -> str:
    """Valid selectors of the whole language."""
    return any_selector(HypothesisDice(draw))


@st.composite
def label_maps(draw: st.DrawFn) -> dict[str, str]:
    """Labels that `selector_texts` ask for."""
    return label_map(HypothesisDice(draw))


@st.composite
def interfaces(draw: st.DrawFn) -> dict[str, frozenset[bytes]]:
    """Interfaces of `semantics.HOST` with the addresses they carry."""
    return build_interfaces(HypothesisDice(draw))


def host_settings() -> st.SearchStrategy[Settings]:
    """Settings of a host that change verdicts."""
    return st.builds(
        Settings,
        endpoint_to_host_action=st.sampled_from(EndpointToHostAction),
        workload_source_spoofing=st.booleans(),
        openstack=st.booleans(),
        metadata=st.sampled_from((None, (METADATA, 8775), (METADATA, 8776))),
        allow_vxlan_from_workloads=st.booleans(),
        allow_ipip_from_workloads=st.booleans(),
        failsafe_inbound=st.sampled_from(FAILSAFES),
        failsafe_outbound=st.sampled_from(FAILSAFES),
        vxlan_enabled=st.sampled_from((None, True, False)),
        ipip_enabled=st.sampled_from((None, True, False)),
        wireguard_ports=st.sampled_from(WIREGUARD),
        external_nodes=st.sampled_from(EXTERNAL_NODES),
        service_loop_prevention=st.sampled_from(ServiceLoopPrevention),
    )


def random_world(rng: random.Random) -> World:
    """The world of a seed."""
    return build_world(SeededDice(rng))


def random_changes(rng: random.Random, world: World) -> tuple[Update, ...]:
    """Changes of a seed."""
    return build_changes(SeededDice(rng), world)


def random_arrival(rng: random.Random, world: World) -> tuple[Update, ...]:
    """An arrival of a seed."""
    return build_arrival(SeededDice(rng), world)


def random_flows(rng: random.Random, world: World, count: int) -> list[Flow]:
    """Flows of a seed."""
    dice = SeededDice(rng)
    return [build_flow(dice, world) for _ in range(count)]


def random_interfaces(rng: random.Random) -> dict[str, frozenset[bytes]]:
    """Interfaces of a seed."""
    return build_interfaces(SeededDice(rng))


def random_selector(rng: random.Random) -> str:
    """A selector of a seed."""
    return any_selector(SeededDice(rng))
