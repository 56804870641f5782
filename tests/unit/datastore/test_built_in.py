"""The documents that every datastore has."""

from __future__ import annotations

from typing import Any

import pytest

from tortie.datastore.built_in import built_in_tier, default_allow, is_built_in, tier_rank
from tortie.model import Key, Kind


@pytest.mark.parametrize(
    ("name", "order", "action"),
    [("kube-admin", 1_000, "Pass"), ("default", 1_000_000, "Deny"), ("kube-baseline", 10_000_000, "Pass")],
)
def test_built_in_tiers(name: str, order: int, action: str) -> None:
    tier = built_in_tier(name)
    assert tier["metadata"] == {"name": name}
    assert tier["spec"] == {"order": order, "defaultAction": action}


def test_default_allow() -> None:
    profile = default_allow()
    assert profile["metadata"] == {"name": "projectcalico-default-allow", "resourceVersion": "1"}
    assert profile["spec"] == {"ingress": [{"action": "Allow"}], "egress": [{"action": "Allow"}]}


def test_tiers_sort_by_order_and_those_without_come_last() -> None:
    tiers: list[dict[str, Any]] = [{"spec": {}}, {"spec": {"order": 5}}, {"spec": {"order": -1.5}}, {"spec": None}]
    assert sorted(tiers, key=tier_rank) == [tiers[2], tiers[1], tiers[0], tiers[3]]


@pytest.mark.parametrize(
    ("key", "is_one"),
    [
        (Key(Kind.TIER, "", "default"), True),
        (Key(Kind.TIER, "", "mine"), False),
        (Key(Kind.PROFILE, "", "projectcalico-default-allow"), True),
        (Key(Kind.PROFILE, "", "default"), False),
        (Key(Kind.GLOBAL_NETWORK_SET, "", "default"), False),
    ],
)
def test_what_is_there_without_anybodys_doing(key: Key, is_one: bool) -> None:
    assert is_built_in(key) is is_one
