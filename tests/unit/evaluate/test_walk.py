"""The order in which rules are asked, and where a flow leaves the plan."""

from __future__ import annotations

import pytest

from tortie.compiled import CompiledRule, Origin, Plan, Stage
from tortie.evaluate import walk
from tortie.model import Action, Direction, Flow, parse_address

FLOW = Flow(parse_address("10.0.0.1"), parse_address("10.0.0.2"), 6, 40000, 80)
NONE: frozenset[str] = frozenset()


def rule(name: str, action: Action, protocol: int | None = None) -> CompiledRule:
    return CompiledRule(name, action, Origin(Direction.INGRESS), protocol=protocol)


LOG, ALLOW, DENY, PASS = (rule(each.lower(), each) for each in (Action.LOG, Action.ALLOW, Action.DENY, Action.PASS))
UDP = rule("udp", Action.ALLOW, 17)
LATER = rule("later", Action.ALLOW)
DEFAULT, END = rule("default", Action.DENY), rule("end", Action.DENY)


def tier(*rules: CompiledRule, default: CompiledRule | None = DEFAULT) -> Stage:
    return Stage("t", is_profile=False, rules=rules, default=default)


def profile(*rules: CompiledRule) -> Stage:
    return Stage("p", is_profile=True, rules=rules)


@pytest.mark.parametrize(
    ("stages", "asked"),
    [
        ((), "end"),
        ((tier(ALLOW, LATER),), "allow"),
        ((tier(DENY), profile(ALLOW)), "deny"),
        ((tier(UDP, ALLOW),), "udp allow"),
        ((tier(LOG, ALLOW),), "log allow"),
        ((tier(LOG, UDP),), "log udp default"),
        ((tier(),), "default"),
        ((tier(UDP, default=None), profile(ALLOW)), "udp allow"),
        ((tier(PASS, LATER), profile(ALLOW)), "pass allow"),
        ((tier(PASS, LATER), tier(DENY)), "pass deny"),
        ((tier(PASS),), "pass end"),
        ((profile(PASS, LATER), profile(ALLOW)), "pass allow"),
        ((profile(UDP), profile(UDP)), "udp udp end"),
    ],
)
def test_rules_asked(stages: tuple[Stage, ...], asked: str) -> None:
    steps = list(walk(Plan("p", Direction.INGRESS, stages, END), FLOW, NONE, NONE))
    assert [step.rule.id for step in steps] == asked.split()
    assert steps[-1].decides
    assert not any(step.decides for step in steps[:-1])


def test_steps_tell_stage_and_match() -> None:
    plan = Plan("p", Direction.INGRESS, (tier(UDP, PASS), profile(LOG)), END)
    rows = [(step.stage, step.is_profile, step.matched) for step in walk(plan, FLOW, NONE, NONE)]
    assert rows == [("t", False, False), ("t", False, True), ("p", True, True), ("", False, True)]
