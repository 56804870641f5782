"""A policy gives the rules of the directions it governs."""

from __future__ import annotations

import pytest

from tortie.model import Action, Direction, Key, Kind, Policy, PolicyClass, Rule

IN, OUT = Rule(Action.ALLOW), Rule(Action.DENY)
GLOBAL = Key(Kind.GLOBAL_NETWORK_POLICY, "", "p")
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
    policy = Policy(GLOBAL, types=types, ingress=(IN,), egress=(OUT,))
    assert policy.rules(direction) == rules


def test_what_an_author_leaves_out() -> None:
    policy = Policy(Key(Kind.NETWORK_POLICY, "shop", "p"))
    assert (policy.tier, policy.order, policy.selector, policy.types) == ("default", None, "", (INGRESS,))


@pytest.mark.parametrize(
    ("policy", "classes"),
    [
        (Policy(GLOBAL), {PolicyClass.NORMAL}),
        (Policy(GLOBAL, apply_on_forward=True), {PolicyClass.NORMAL, PolicyClass.FORWARD}),
        (Policy(GLOBAL, apply_on_forward=True, do_not_track=True), {PolicyClass.UNTRACKED}),
        (Policy(GLOBAL, apply_on_forward=True, pre_dnat=True), {PolicyClass.PRE_DNAT}),
    ],
)
def test_classes(policy: Policy, classes: set[PolicyClass]) -> None:
    assert policy.classes == classes
