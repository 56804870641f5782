"""The compiled tables against the naive semantics, and the incremental engine against a fresh one."""

from __future__ import annotations

import random
from dataclasses import fields
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.tables import lookup
from tests.spec import semantics
from tests.spec.every_scenario import EVERY_SCENARIO, Scenario
from tests.spec.strategies import (
    World,
    after,
    arrivals,
    changes,
    flows,
    host_settings,
    interfaces,
    random_arrival,
    random_changes,
    random_flows,
    random_interfaces,
    random_world,
    worlds,
)
from tortie.compiled import PolicyUpdate, Snapshot
from tortie.engine import Endpoint, Engine, compile_all
from tortie.model import (
    SHORT_KINDS,
    Direction,
    Family,
    Flow,
    Key,
    ServiceLoopPrevention,
    Settings,
    Update,
    parse_prefix,
)

TABLES = tuple(each.name for each in fields(PolicyUpdate))
SEEDS = range(40)


def is_local(endpoint: Endpoint) -> bool:
    return endpoint.node == semantics.HOST


def tables(snapshot: Snapshot) -> dict[str, object]:
    return {name: dict(getattr(snapshot, name)) for name in TABLES}


def rule_id(owner: Key, direction: Direction, index: int) -> str:
    name = "/".join(part for part in (SHORT_KINDS[owner.kind], owner.namespace, owner.name) if part)
    return f"{name}/{direction.lower()}/{index}"


def assert_agree(
    world: World, snapshot: Snapshot, flow: Flow, carried: dict[str, frozenset[bytes]] | None = None
) -> None:
    """Same verdict, same Log rules, and where a rule decided, the same rule."""
    expected = semantics.decide(world, flow, snapshot.settings, interfaces=carried)
    verdict, by, logs = lookup(snapshot, flow)
    assert (verdict, logs) == (expected.verdict, tuple(rule_id(*log) for log in expected.logs))
    if isinstance(expected.by, Key):
        assert by in {rule_id(expected.by, direction, expected.index) for direction in Direction}
    else:
        assert by in names_of_default(expected.by)


def names_of_default(words: str) -> set[str]:
    """The ids that may stand for a default which the semantics tells in words."""
    word, _, name = words.partition(" ")
    if word == "tier":
        return {f"tier/{name}/{direction.lower()}" for direction in Direction}
    if word == "missing":
        name = name.removeprefix("profile ")
        return {f"profile/{name}/{direction.lower()}/missing" for direction in Direction}
    return {words, *(f"{words}/{direction.lower()}" for direction in Direction)}


@given(st.data())
def test_tables_say_what_policy_means(data: st.DataObject) -> None:
    world = data.draw(worlds())
    carried = data.draw(interfaces())
    snapshot = compile_all(world, is_local, data.draw(host_settings()), carried)
    for _ in range(5):
        assert_agree(world, snapshot, data.draw(flows(world)), carried)


@pytest.mark.parametrize("seed", SEEDS)
def test_tables_say_what_policy_means_in_worlds_of_seeds(seed: int) -> None:
    rng = random.Random(seed)
    world, carried = random_world(rng), random_interfaces(rng)
    snapshot = compile_all(world, is_local, interfaces=carried)
    for flow in random_flows(rng, world, 40):
        assert_agree(world, snapshot, flow, carried)


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(each, marks=pytest.mark.scenario(each.number), id=f"{each.number} {each.name}")
        for each in EVERY_SCENARIO
    ],
)
def test_tables_decide_the_acceptance_scenarios(scenario: Scenario) -> None:
    snapshot = compile_all(scenario.resources, is_local, scenario.settings)
    for flow, expected in scenario.flows:
        assert lookup(snapshot, flow)[0] is expected, flow


Batch = tuple[tuple[Update, ...], dict[str, frozenset[bytes]] | None]


def assert_replays(world: World, batches: list[Batch]) -> None:
    """After every batch both the engine and the sum of its updates are what a fresh engine makes."""
    engine, summed = Engine(is_local), Snapshot()
    now: World = {}
    known: dict[str, frozenset[bytes]] = {}
    for batch, carried in batches:
        summed = summed.apply(engine.apply(batch, carried))
        now, known = after(now, batch), known if carried is None else carried
        fresh = tables(compile_all(now, is_local, interfaces=known))
        assert tables(engine.snapshot) == fresh
        assert tables(summed) == fresh
    assert now == world


def cut(updates: tuple[Update, ...], places: list[int]) -> list[tuple[Update, ...]]:
    edges = sorted({0, len(updates), *(place % (len(updates) + 1) for place in places)})
    return [updates[first:last] for first, last in pairwise(edges)]


@given(st.data())
def test_any_batches_end_in_the_tables_of_the_final_state(data: st.DataObject) -> None:
    world = data.draw(worlds())
    places = data.draw(st.lists(st.integers(0, 1000), max_size=4))
    changed = data.draw(changes(world))
    batches = [*cut(data.draw(arrivals(world)), places), changed]
    assert_replays(after(world, changed), [(each, data.draw(st.none() | interfaces())) for each in batches])


@pytest.mark.parametrize("seed", SEEDS)
def test_batches_of_seeds_end_in_the_tables_of_the_final_state(seed: int) -> None:
    rng = random.Random(seed)
    world = random_world(rng)
    batches = cut(random_arrival(rng, world), [rng.randrange(1000) for _ in range(4)])
    for _ in range(3):
        batches.append(random_changes(rng, world))
        world = after(world, batches[-1])
    assert_replays(world, [(each, random_interfaces(rng) if rng.random() < 0.5 else None) for each in batches])


@pytest.mark.parametrize("seed", SEEDS)
def test_updates_name_only_what_changed(seed: int) -> None:
    rng = random.Random(seed)
    world = random_world(rng)
    engine = Engine(is_local)
    engine.apply(random_arrival(rng, world))
    before = {name: dict(getattr(engine.snapshot, name)) for name in TABLES}
    update = engine.apply(random_changes(rng, world))
    for name in TABLES:
        delta, rows = getattr(update, name), getattr(engine.snapshot, name)
        changed = {key for key in before[name].keys() | rows.keys() if before[name].get(key) != rows.get(key)}
        assert dict(delta.upserts) == {key: rows[key] for key in changed if key in rows}
        assert dict(delta.before) == {key: before[name][key] for key in changed if key in before[name]}


@pytest.mark.parametrize("seed", SEEDS)
def test_order_of_arrival_does_not_matter(seed: int) -> None:
    rng = random.Random(seed)
    world = random_world(rng)
    settings = Settings(allow_ipip_from_workloads=True)
    carried = random_interfaces(rng)
    expected = tables(compile_all(world, is_local, settings, carried))
    for _ in range(3):
        updates = [Update(key, value) for key, value in world.items()]
        rng.shuffle(updates)
        engine = Engine(is_local, settings)
        told = rng.randrange(len(updates))
        for place, update in enumerate(updates):
            engine.apply([update], carried if place == told else None)
        assert tables(engine.snapshot) == expected
        assert not engine.apply(updates)


CONFIGURATIONS = (
    Settings(),
    Settings(workload_source_spoofing=True),
    Settings(log_prefix="%k %n", interface_exclude=("/^eth/",)),
    Settings(vxlan_enabled=True, external_nodes=(parse_prefix("10.0.0.0/30"), parse_prefix("10.0.0.0/24"))),
    Settings(vxlan_enabled=False, ipip_enabled=True, service_loop_prevention=ServiceLoopPrevention.DISABLED),
    Settings(vxlan_port=8000, wireguard_ports=((Family.V4, 51820),)),
    Settings(interface_prefixes=("cali", "eth"), workload_source_spoofing=True, log_prefix="%t"),
)


@pytest.mark.parametrize("seed", SEEDS)
def test_other_settings_end_in_the_tables_of_an_engine_that_began_with_them(seed: int) -> None:
    rng = random.Random(seed)
    world, carried = random_world(rng), random_interfaces(rng)
    engine, summed = Engine(is_local), Snapshot()
    summed = summed.apply(engine.apply(random_arrival(rng, world), carried))
    for _ in range(4):
        settings = rng.choice(CONFIGURATIONS)
        engine.configure(settings)
        changed = random_changes(rng, world) if rng.random() < 0.5 else ()
        world = after(world, changed)
        summed = summed.apply(engine.apply(changed))
        fresh = compile_all(world, is_local, settings, carried)
        assert tables(engine.snapshot) == tables(fresh)
        assert tables(summed) == tables(fresh)
        assert engine.snapshot.settings == settings
