"""Random worlds are worth their while: valid, varied, repeatable, and near the edges of policy."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tests.spec import semantics
from tests.spec.strategies import (
    after,
    arrivals,
    changes,
    flows,
    label_maps,
    random_arrival,
    random_changes,
    random_flows,
    random_selector,
    random_world,
    selector_texts,
    worlds,
)
from tortie.model import Key, Policy, Settings, Verdict
from tortie.selector import parse

SEEDS = range(150)


def test_a_seed_makes_the_same_again() -> None:
    def made(seed: int) -> object:
        rng = random.Random(seed)
        world = random_world(rng)
        return world, random_flows(rng, world, 5), random_changes(rng, world), random_arrival(rng, world)

    assert [made(seed) for seed in range(10)] == [made(seed) for seed in range(10)]
    assert made(1) != made(2)


def test_verdicts_and_reasons_vary() -> None:
    verdicts: Counter[Verdict | None] = Counter()
    reasons: set[str] = set()
    decisive = logged = 0
    for seed in SEEDS:
        rng = random.Random(seed)
        world = random_world(rng)
        for flow in random_flows(rng, world, 20):
            decision = semantics.decide(world, flow, Settings())
            verdicts[decision.verdict] += 1
            decisive += isinstance(decision.by, Key)
            logged += bool(decision.logs)
            reasons.add(str(decision.by))
    assert min(verdicts.values()) > sum(verdicts.values()) / 4
    assert decisive > sum(verdicts.values()) / 5
    assert logged > 30
    assert {"tier default", "no-profile", "spoofed-source", "unknown-interface", "encapsulation"} <= reasons
    assert {"tunnel", "foreign-tunnel", "service-loop"} <= reasons


def test_rules_use_every_field() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        policies = [value for value in random_world(random.Random(seed)).values() if isinstance(value, Policy)]
        for rule in (rule for policy in policies for rule in (*policy.ingress, *policy.egress)):
            for part in (rule, rule.source, rule.destination):
                seen.update(name for name in part.__slots__ if getattr(part, name))
    assert min(seen[name] for name in ("icmp", "not_icmp", "not_protocol", "ip_version", "nets", "not_nets")) > 10
    assert min(seen[name] for name in ("selector", "not_selector", "namespace_selector", "service_accounts")) > 10
    assert min(seen[name] for name in ("ports", "not_ports", "services", "http")) > 3


@given(st.data())
def test_worlds_can_be_judged(data: st.DataObject) -> None:
    world = data.draw(worlds())
    flow = data.draw(flows(world))
    assert semantics.verdict(world, flow, Settings()) in Verdict


@given(st.data())
def test_an_arrival_ends_in_its_world(data: st.DataObject) -> None:
    world = data.draw(worlds())
    assert after({}, data.draw(arrivals(world))) == world


@given(st.data())
def test_changes_end_in_what_came_last(data: st.DataObject) -> None:
    world = data.draw(worlds())
    updates = data.draw(changes(world))
    changed = after(world, updates)
    last = {update.key: update.value for update in updates}
    assert all(changed.get(key) == value for key, value in last.items())
    assert {key: value for key, value in changed.items() if key not in last} == {
        key: value for key, value in world.items() if key not in last
    }


@given(selector_texts(), label_maps())
def test_selector_texts_are_selectors(text: str, labels: dict[str, str]) -> None:
    assert parse(text).matches(labels) is parse(str(parse(text))).matches(labels)


def test_selectors_of_seeds_match_now_and_then() -> None:
    found = [parse(random_selector(random.Random(seed))).matches({"a": "x"}) for seed in SEEDS]
    assert 10 < sum(found) < len(found) - 10
