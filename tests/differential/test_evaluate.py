"""The evaluator on compiled policy says what the specification says of the resources, and what the tables say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.tables import lookup
from tests.spec import semantics
from tests.spec.every_scenario import EVERY_SCENARIO, Scenario
from tests.spec.strategies import World, flows, host_settings, interfaces, worlds
from tortie.compiled import BuiltIn, CompiledRule, Snapshot
from tortie.engine import Endpoint, compile_all
from tortie.evaluate import Decision, Evaluator, decide
from tortie.model import Direction, Flow, Key


def is_local(endpoint: Endpoint) -> bool:
    return endpoint.node == semantics.HOST


def rules_of(decision: Decision) -> dict[str, CompiledRule]:
    return {step.rule.id: step.rule for section in decision.sections for step in section.steps}


def story(decision: Decision) -> semantics.Decision:
    """The decision in the words of the specification."""
    rules = rules_of(decision)
    logs: list[tuple[Key, Direction, int]] = []
    for each in decision.logs:
        origin = rules[each].origin
        assert origin.owner is not None
        logs.append((origin.owner, origin.direction, origin.index))
    if isinstance(decision.rule, BuiltIn):
        return semantics.Decision(decision.verdict, str(decision.rule), -1, tuple(logs))
    origin = rules[decision.rule].origin
    if origin.owner is not None:
        return semantics.Decision(decision.verdict, origin.owner, origin.index, tuple(logs))
    words = f"tier {origin.tier}" if origin.tier else "no-profile"
    if origin.note.endswith("does not exist"):
        words = f"missing profile {origin.note.split('`')[1]}"
    return semantics.Decision(decision.verdict, words, -1, tuple(logs))


def check(world: World, snapshot: Snapshot, flow: Flow, carried: semantics.Interfaces) -> None:
    expected = semantics.decide(world, flow, snapshot.settings, interfaces=carried)
    decision = decide(snapshot, flow)
    assert decision.verdict is expected.verdict
    assert lookup(snapshot, flow) == (decision.verdict, decision.rule, decision.logs)
    assert story(decision) == expected


@given(st.data())
def test_random_worlds(data: st.DataObject) -> None:
    world = data.draw(worlds())
    settings = data.draw(host_settings())
    carried = data.draw(interfaces())
    snapshot = compile_all(world, is_local, settings, carried)
    for _ in range(4):
        check(world, snapshot, data.draw(flows(world)), carried)


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(each, marks=pytest.mark.scenario(each.number), id=f"{each.number} {each.name}")
        for each in EVERY_SCENARIO
    ],
)
def test_scenarios(scenario: Scenario) -> None:
    evaluator = Evaluator(compile_all(scenario.resources, is_local, scenario.settings))
    for flow, expected in scenario.flows:
        assert evaluator.decide(flow).verdict is expected, flow
