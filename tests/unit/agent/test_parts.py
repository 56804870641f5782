"""The parts of an agent: which is live, which is ready, and what is said of it."""

from __future__ import annotations

import pytest

from tortie.agent.parts import MAIN_LOOP, State, parts_of, table, unlimited
from tortie.model import AgentSettings

WELL = State(is_enforced=True)


def readiness(state: State) -> dict[str, str]:
    return {part.name: part.not_ready for part in parts_of(state, AgentSettings()) if part.not_ready}


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (WELL, {}),
        (State(busy=1e9, is_enforced=True), {}),
        (State(statuses="a disk is full", is_enforced=True), {}),
        (State(), {MAIN_LOOP: "the kernel does not have the policy yet"}),
        (State(kernel="refused", is_enforced=True), {MAIN_LOOP: "refused"}),
        (State(interfaces="unknown", is_enforced=True), {"InterfaceMonitor": "unknown"}),
        (State(policy="locked", is_enforced=True), {"CalculationGraph": "locked"}),
        (
            State(policy="listing"),
            {"CalculationGraph": "listing", MAIN_LOOP: "the kernel does not have the policy yet"},
        ),
    ],
)
def test_which_parts_are_not_ready(state: State, wanted: dict[str, str]) -> None:
    assert readiness(state) == wanted


@pytest.mark.parametrize(
    ("settings", "limit"),
    [
        (AgentSettings(), 90.0),
        (AgentSettings(watchdog_seconds=300.0), 300.0),
        (AgentSettings(watchdog_seconds=1.0), 20.0),
        (AgentSettings(watchdog_seconds=0.0), 0.0),
        (AgentSettings(health_timeouts={MAIN_LOOP: 5.0}), 5.0),
        (AgentSettings(health_timeouts={MAIN_LOOP: 0.0}), 0.0),
        (AgentSettings(health_timeouts={"CalculationGraph": 5.0}), 90.0),
        (AgentSettings(health_timeouts={MAIN_LOOP: 5.0}, watchdog_seconds=300.0), 5.0),
    ],
)
def test_how_long_a_step_may_take(settings: AgentSettings, limit: float) -> None:
    (loop,) = (part for part in parts_of(WELL, settings) if part.name == MAIN_LOOP)
    assert loop.timeout == limit
    stuck = {
        busy: {part.name for part in parts_of(State(busy=busy), settings) if part.not_live}
        for busy in (0.0, limit - 0.1, limit, 1e9)
    }
    hung = {MAIN_LOOP} if limit else set()
    assert stuck == {0.0: set(), limit - 0.1: set(), limit: hung, 1e9: hung}


def test_a_time_limit_for_a_part_that_has_none_is_told() -> None:
    assert unlimited(AgentSettings(health_timeouts={MAIN_LOOP: 5.0})) == {}
    (problem,) = unlimited(AgentSettings(health_timeouts={"CalculationGraph": 5.0})).values()
    assert problem == f"`CalculationGraph` is no part of this agent with a time limit: `{MAIN_LOOP}` is"


def test_the_table_is_for_people() -> None:
    state = State(busy=120.4, policy="the datastore is away", statuses="disk full", is_enforced=True)
    assert table(parts_of(state, AgentSettings())).splitlines() == [
        "COMPONENT                  TIMEOUT  LIVENESS        READINESS            DETAIL",
        "FelixStartup               -        reporting live  reporting ready",
        "InterfaceMonitor           -        reporting live  reporting ready",
        "CalculationGraph           -        reporting live  reporting non-ready  the datastore is away",
        "InternalDataplaneMainLoop  90s      timed out       reporting ready      a step of work has taken 120 seconds",
        "EndpointStatus             -        reporting live  reporting ready      disk full",
    ]
