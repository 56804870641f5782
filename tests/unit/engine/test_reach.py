"""A story ends with the first stage that decides every packet."""

from __future__ import annotations

import pytest

from tortie.engine.plans import TierRules
from tortie.engine.reach import reachable
from tortie.engine.rules import compile_rules
from tortie.model import (
    Action,
    Direction,
    EntityMatch,
    Family,
    Key,
    Kind,
    Policy,
    PortRange,
    Prefix,
    Protocol,
    Rule,
    Settings,
)

ALLOW, DENY, PASS, LOG = (Rule(action) for action in (Action.ALLOW, Action.DENY, Action.PASS, Action.LOG))
SOME = Rule(Action.ALLOW, protocol=Protocol(6))
NEAR = Rule(Action.DENY, source=EntityMatch(nets=(Prefix(bytes((10, 0, 0, 0)), 8),)))
PORTS = Rule(Action.DENY, protocol=Protocol(6), destination=EntityMatch(ports=(PortRange(80, 80),)))
V4 = Rule(Action.DENY, ip_version=Family.V4)
NEVER = Rule(Action.PASS, source=EntityMatch(selector="has(a)"))


def stage(*rules: Rule, denies: bool = False) -> TierRules:
    key = Key(Kind.GLOBAL_NETWORK_POLICY, "", "p")
    rules_of_one = compile_rules(Policy(key, tier="t", ingress=tuple(rules)), Direction.INGRESS, Settings())
    return TierRules("t", is_profile=False, members=(rules_of_one,), denies=denies)


@pytest.mark.parametrize(
    ("first", "is_last"),
    [
        (stage(), False),
        (stage(denies=True), True),
        (stage(SOME, denies=True), True),
        (stage(SOME), False),
        (stage(ALLOW), True),
        (stage(DENY), True),
        (stage(LOG), False),
        (stage(LOG, ALLOW), True),
        (stage(PASS, denies=True), False),
        (stage(NEVER, denies=True), False),
        (stage(PASS, ALLOW), False),
        (stage(ALLOW, PASS), True),
        (stage(NEAR), False),
        (stage(PORTS), False),
        (stage(V4), False),
    ],
)
def test_the_first_that_decides_every_packet_is_the_last(first: TierRules, *, is_last: bool) -> None:
    rest = stage(SOME)
    assert list(reachable([first, rest])) == ([first] if is_last else [first, rest])


def test_nothing_of_nothing() -> None:
    assert list(reachable([])) == []
