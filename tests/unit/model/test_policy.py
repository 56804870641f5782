"""A policy gives the rules of the directions it governs."""

from __future__ import annotations

import pytest

from tortie.model import Action, Direction, Key, Kind, Policy, Rule

IN, OUT = Rule(Action.ALLOW), Rule(Action.DENY)
INGRESS, EGRESS = Direction.INGRESS, Direction.EGRESS


@pytest.mark.parametrize(
    ("types", "direction", "rules"),
    [
        ((INGRESS,), INGRESS, (IN,)),
        ((INGRESS,), EGRESS, ()),
        ((EGRESS,), INGRESS, ()),
        ((EGRESS,), EGRESS, (OUT,)),
        ((INGRESS, EGRESS), INGRESS, (IN,)),
        ((INGRESS, EGRESS), EGRESS, (OUT,)),
    ],
)
def test_rules(types: tuple[Direction, ...], direction: Direction, rules: tuple[Rule, ...]) -> None:
    policy = Policy(Key(Kind.GLOBAL_NETWORK_POLICY, "", "p"), types=types, ingress=(IN,), egress=(OUT,))
    assert policy.rules(direction) == rules


def test_what_an_author_leaves_out() -> None:
    policy = Policy(Key(Kind.NETWORK_POLICY, "shop", "p"))
    assert (policy.tier, policy.order, policy.selector, policy.types) == ("default", None, "", (INGRESS,))
