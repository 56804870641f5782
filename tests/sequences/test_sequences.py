"""Named states, reached on every way there is: what comes out depends on where one is, not on how one came."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from itertools import combinations

import pytest

from tests.spec.cast import (
    ALLOW,
    BOTH,
    EGRESS,
    INGRESS,
    OPEN,
    PASS,
    World,
    endpoint_key,
    network_set,
    policy,
    source,
    tier,
    workload,
    world,
)
from tests.spec.semantics import HOST
from tortie.compiled import PolicyUpdate, Snapshot
from tortie.engine import Endpoint, Engine, compile_all
from tortie.model import (
    Action,
    EndpointPort,
    EntityMatch,
    Key,
    Metadata,
    Protocol,
    Resource,
    Rule,
    Update,
    parse_address,
    parse_prefix,
)

State = Mapping[Key, Resource]
Batch = Sequence[Update]

BLUE, RED = (source(Action.ALLOW, selector=f"color == '{color}'") for color in ("blue", "red"))
FROM_NET = source(Action.DENY, nets=(parse_prefix("10.65.0.0/16"), parse_prefix("0.0.0.0/0")))
HTTP = Rule(Action.ALLOW, protocol=Protocol(6), destination=EntityMatch(ports=("http",)))
TO_W0 = Rule(Action.ALLOW, destination=EntityMatch(nets=(parse_prefix("10.65.0.10"),)))
TWO_ADDRESSES = replace(workload("w0"), addresses=tuple(map(parse_address, ("10.65.0.10", "10.65.0.99"))))
LISTENING = replace(workload("w1"), ports=(EndpointPort("http", Protocol(6), 8080),))


def with_policies(*extra: Resource) -> World:
    return world(policy("p", "name == 'w0'", (INGRESS,), (BLUE,)), *extra)


STATES: dict[str, State] = {
    "nothing": {},
    "endpoints": world(),
    "endpoints without profiles": world(profiles=()),
    "endpoints without their profile": {key: value for key, value in world().items() if key != OPEN.key},
    "one policy": with_policies(),
    "two policies on one endpoint": with_policies(policy("q", "all()", BOTH, (RED,), order=1.0)),
    "one policy, nobody to govern": {key: value for key, value in with_policies().items() if key != endpoint_key("w0")},
    "policies in two tiers": with_policies(tier("t", 1.0), policy("q", "all()", (INGRESS,), (PASS,), tier="t")),
    "the tiers the other way round": with_policies(
        tier("t", 2e6, Action.PASS), policy("q", "all()", (INGRESS,), (PASS,), tier="t")
    ),
    "a tier that passes": with_policies(
        tier("t", 1.0, Action.PASS), policy("q", "all()", (INGRESS,), (RED,), tier="t")
    ),
    "a tier that nobody made": with_policies(policy("q", "all()", (INGRESS,), (PASS,), tier="t")),
    "a network set": with_policies(network_set("nets", {"color": "blue"}, "192.0.2.0/24", "10.65.0.11")),
    "two network sets with one address": with_policies(
        network_set("nets", {"color": "blue"}, "192.0.2.0/24", "192.0.2.1"),
        network_set("more", {"color": "blue"}, "192.0.2.1", "192.0.2.1"),
    ),
    "overlapping networks": with_policies(
        network_set("nets", {"color": "blue"}, "10.0.0.0/8", "10.65.0.0/24", "::/0"),
        policy("q", "all()", (INGRESS,), (FROM_NET, RED)),
    ),
    "two policies in the other order": world(
        policy("p", "name == 'w0'", (INGRESS,), (BLUE,), order=-1.0), policy("q", "all()", BOTH, (RED,), order=1.0)
    ),
    "the same policy elsewhere": with_policies(policy("q", "all()", (EGRESS,), (BLUE,), order=-1.0)),
    "endpoints that share an address": world(
        replace(workload("w1"), addresses=workload("w0").addresses), policy("p", "all()", (INGRESS,), (BLUE,))
    ),
    "endpoints that share an interface": world(
        replace(workload("w1"), interface="caliw0"), policy("p", "name == 'w1'", (INGRESS,), (BLUE,))
    ),
    "an endpoint that moved away": world(
        replace(workload("w0"), node="node-2", metadata=Metadata(labels={"color": "blue"})),
        policy("p", "all()", (INGRESS,), (BLUE,)),
    ),
    "an endpoint that is down": with_policies(replace(workload("w0"), active=False)),
    "named ports": world(LISTENING, policy("p", "all()", (INGRESS,), (HTTP,))),
    "own addresses apart": world(TWO_ADDRESSES, policy("p", "all()", (INGRESS,), (TO_W0, BLUE))),
    "labels of a profile": world(
        replace(OPEN, labels_to_apply={"color": "blue"}), policy("p", "color == 'blue'", (INGRESS,), (BLUE,))
    ),
    "a rule that logs": world(policy("p", "all()", (INGRESS,), (source(Action.LOG, selector="has(name)"), ALLOW))),
}


def is_local(endpoint: Endpoint) -> bool:
    return endpoint.node == HOST


def tables(snapshot: Snapshot) -> dict[str, object]:
    return {each.name: dict(getattr(snapshot, each.name)) for each in fields(PolicyUpdate)}


def steps(before: State, after: State) -> list[Update]:
    """Return the updates from one state to another."""
    gone = [Update(key, None) for key in before if key not in after]
    return gone + [Update(key, value) for key, value in after.items() if before.get(key) != value]


def all_at_once(states: Sequence[State]) -> list[Batch]:
    return [steps(before, after) for before, after in zip([{}, *states], states, strict=False)]


def one_by_one(states: Sequence[State]) -> list[Batch]:
    return [[update] for batch in all_at_once(states) for update in batch]


def backwards(states: Sequence[State]) -> list[Batch]:
    """Each step's updates in opposite order: what refers comes before what it refers to."""
    return [[update] for batch in all_at_once(states) for update in reversed(batch)]


def with_empties(states: Sequence[State]) -> list[Batch]:
    """Everything goes before the next state comes."""
    return all_at_once([each for state in states for each in ({}, state)])


def with_duplicates(states: Sequence[State]) -> list[Batch]:
    """Every update twice, and after each state all of it again."""
    batches: list[Batch] = []
    for batch, state in zip(all_at_once(states), states, strict=True):
        batches += [[*batch, *batch], batch, [Update(key, value) for key, value in state.items()]]
    return batches


def in_one_go(states: Sequence[State]) -> list[Batch]:
    """All states in one batch: only the last update of a key counts."""
    return [[update for batch in all_at_once(states) for update in batch]]


WAYS = (all_at_once, one_by_one, backwards, with_empties, with_duplicates, in_one_go)
Way = Callable[[Sequence[State]], list[Batch]]


def assert_arrives(batches: list[Batch], end: State) -> None:
    engine, summed = Engine(is_local), Snapshot()
    for batch in batches:
        summed = summed.apply(engine.apply(batch))
        assert tables(engine.snapshot) == tables(summed)
    assert tables(summed) == tables(compile_all(end, is_local))


@pytest.mark.parametrize("way", [all_at_once, backwards, with_empties])
@pytest.mark.parametrize("name", STATES)
def test_from_every_state_to_this_one(name: str, way: Way) -> None:
    for other in STATES.values():
        assert_arrives(way([other, STATES[name]]), STATES[name])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("reverse", [False, True])
def test_through_all_states(way: Way, reverse: bool) -> None:
    states = list(STATES.values())[:: -1 if reverse else 1]
    assert_arrives(way(states), states[-1])


@pytest.mark.parametrize("name", STATES)
def test_there_and_back_leaves_nothing(name: str) -> None:
    assert_arrives(one_by_one([STATES[name], {}]), {})
    assert_arrives(backwards([STATES[name], {}]), {})


def test_states_are_worth_their_while() -> None:
    compiled = {name: tables(compile_all(state, is_local)) for name, state in STATES.items()}
    same = [pair for pair in combinations(STATES, 2) if compiled[pair[0]] == compiled[pair[1]]]
    assert not same
