"""The specification decides every acceptance scenario as it is written."""

from __future__ import annotations

import pytest

from tests.spec import semantics
from tests.spec.every_scenario import EVERY_SCENARIO, Scenario


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(each, marks=pytest.mark.scenario(each.number), id=f"{each.number} {each.name}")
        for each in EVERY_SCENARIO
    ],
)
def test_scenario(scenario: Scenario) -> None:
    for flow, expected in scenario.flows:
        assert semantics.verdict(scenario.resources, flow, scenario.settings) is expected, flow
