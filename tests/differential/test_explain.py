"""Explaining never fails, and never tells another verdict than the specification."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.spec import semantics
from tests.spec.every_scenario import EVERY_SCENARIO, Scenario
from tests.spec.strategies import World, flows, host_settings, worlds
from tortie.explain import Answer, Directory, End, Question, answer, same_settings, to_document, to_text
from tortie.explain.journey import assumed_interfaces
from tortie.model import Flow, Key, Place, Settings


def explained(world: World, flow: Flow, settings: Settings) -> tuple[Directory, Answer]:
    """The answer to a question about a flow that is there already."""
    directory = Directory(world)
    source, destination = End("a", flow.source, flow.sender), End("b", flow.destination, flow.receiver)
    return directory, answer(world, Question(source, destination, flow, node=semantics.HOST), same_settings(settings))


def can_be_asked(world: World, flow: Flow) -> bool:
    """People ask about endpoints that are there, each on the host that the flow passes."""
    known = Directory(world).endpoints
    ends = (flow.sender, flow.receiver)
    if Place.UNKNOWN_WORKLOAD in ends:
        return False
    return all(end in known and known[end].node == semantics.HOST for end in ends if isinstance(end, Key))


@given(st.data())
def test_random_worlds(data: st.DataObject) -> None:
    world = data.draw(worlds())
    settings = data.draw(host_settings())
    flow = data.draw(flows(world))
    assume(can_be_asked(world, flow))
    directory, found = explained(world, flow, settings)
    interfaces = assumed_interfaces(each for each in directory.host_endpoints.values() if each.node == semantics.HOST)
    assert found.verdict is semantics.verdict(world, flow, settings, interfaces=interfaces)
    assert to_text(found, everything=True)
    document = to_document(found, directory)
    assert json.loads(json.dumps(document)) == document


@pytest.mark.parametrize("scenario", EVERY_SCENARIO, ids=[f"{each.number} {each.name}" for each in EVERY_SCENARIO])
def test_scenarios(scenario: Scenario) -> None:
    asked = [(flow, verdict) for flow, verdict in scenario.flows if can_be_asked(dict(scenario.resources), flow)]
    for flow, verdict in asked:
        assert explained(dict(scenario.resources), flow, scenario.settings)[1].verdict is verdict, flow
