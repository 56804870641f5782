"""The tiers that every datastore has."""

from __future__ import annotations

import pytest

from tortie.model import BUILT_IN_TIERS, Action, Key, Kind, Tier


@pytest.mark.parametrize(
    ("name", "order", "action"),
    [
        ("kube-admin", 1000.0, Action.PASS),
        ("default", 1_000_000.0, Action.DENY),
        ("kube-baseline", 10_000_000.0, Action.PASS),
    ],
)
def test_built_in_tiers(name: str, order: float, action: Action) -> None:
    assert BUILT_IN_TIERS[name] == (order, action)


def test_a_tier_of_a_user_ties_with_the_default_tier_and_denies() -> None:
    tier = Tier(Key(Kind.TIER, "", "mine"))
    assert (tier.order, tier.default_action) == BUILT_IN_TIERS["default"]
