"""A plan lists its rules in the order they speak, defaults included."""

from __future__ import annotations

import pytest

from tortie.compiled import CompiledRule, Origin, Plan, Stage
from tortie.model import Action, Direction

ORIGIN = Origin(Direction.INGRESS)
FIRST, SECOND, THIRD = (CompiledRule(each, Action.ALLOW, ORIGIN) for each in ("first", "second", "third"))
DEFAULT = CompiledRule("tier", Action.DENY, ORIGIN)
END = CompiledRule("end", Action.DENY, ORIGIN)
PLAN = Plan(
    "plan",
    Direction.INGRESS,
    (
        Stage("security", is_profile=False, rules=(FIRST, SECOND), default=DEFAULT),
        Stage("passing", is_profile=False, rules=()),
        Stage("kns.shop", is_profile=True, rules=(THIRD,)),
    ),
    END,
)


def test_rules_in_order() -> None:
    assert list(PLAN.rules()) == [FIRST, SECOND, DEFAULT, THIRD, END]


@pytest.mark.parametrize("rule", tuple(PLAN.rules()))
def test_rule_by_id(rule: CompiledRule) -> None:
    assert PLAN.rule(rule.id) is rule


def test_a_rule_that_is_not_there() -> None:
    with pytest.raises(KeyError, match="fourth"):
        PLAN.rule("fourth")
