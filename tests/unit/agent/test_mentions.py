"""Whose rules mean a network set, so that they cannot be answered without it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.spec.cast import ALLOW, INGRESS, net, network_set, policy, source
from tortie.agent.mentions import Mentions
from tortie.model import NAMESPACE_PREFIX, Action, Key, Kind, NetworkSet, Policy, Profile, Rule

LAB = network_set("lab", {"role": "lab"}, "192.0.2.0/24")
IN_SHOP = network_set("shop/nets", {}, "192.0.2.0/24")
SPACE = Profile(Key(Kind.PROFILE, "", "kns.shop"), labels_to_apply={f"{NAMESPACE_PREFIX}team": "a"})


def asks(rule: Rule, name: str = "asks") -> Policy:
    return policy(name, "all()", (INGRESS,), (ALLOW, rule))


def meant_by(network_set: NetworkSet, *rules: Policy | Profile) -> list[str]:
    stored: Mapping[Key, Policy | Profile] = {each.key: each for each in rules}
    return sorted(key.name for key in Mentions().of([network_set], stored))


@pytest.mark.parametrize(
    ("rule", "means_it"),
    [
        (source(Action.ALLOW, selector="role == 'lab'"), True),
        (source(Action.DENY, selector="role == 'lab'"), True),
        (source(Action.PASS, selector="has(role)"), True),
        (source(Action.ALLOW, selector="role != 'web'"), True),
        (source(Action.ALLOW, selector="all()"), True),
        (source(Action.ALLOW, not_selector="role == 'lab'"), True),
        (source(Action.ALLOW, namespace_selector="global()"), True),
        (source(Action.ALLOW, selector="all()", not_selector="role == 'lab'"), False),
        (source(Action.ALLOW, selector="role == 'web'"), False),
        (source(Action.ALLOW, not_selector="role == 'web'"), False),
        (source(Action.ALLOW, namespace_selector="all()"), False),
        (source(Action.ALLOW, nets=(net("192.0.2.0/24"),)), False),
        (ALLOW, False),
    ],
    ids=str,
)
def test_a_rule_means_a_set_that_its_selectors_match_negated_or_not(rule: Rule, means_it: bool) -> None:
    assert bool(meant_by(LAB, asks(rule))) is means_it
    assert bool(meant_by(LAB, Profile(Key(Kind.PROFILE, "", "p"), egress=(rule,)))) is means_it


@pytest.mark.parametrize(
    ("rule", "name", "means_it"),
    [
        (source(Action.ALLOW, namespace_selector="team == 'a'"), "global", True),
        (source(Action.ALLOW, namespace_selector="team == 'b'"), "global", False),
        (source(Action.ALLOW, selector="!has(role)"), "shop/mine", True),
        (source(Action.ALLOW, selector="!has(role)"), "away/theirs", False),
    ],
    ids=str,
)
def test_a_set_of_a_namespace_has_the_labels_of_the_namespace(rule: Rule, name: str, means_it: bool) -> None:
    assert bool(meant_by(IN_SHOP, SPACE, asks(rule, name))) is means_it


def test_without_sets_nobody_is_asked_and_what_changed_is_asked_again() -> None:
    mentions = Mentions()
    old, new = asks(source(Action.DENY, selector="has(role)")), asks(ALLOW)
    assert mentions.of([], {old.key: old}) == frozenset()
    assert mentions.of([LAB], {old.key: old}) == {old.key}
    mentions.forget(old.key)
    assert mentions.of([LAB], {new.key: new}) == frozenset()
