"""In which order tiers and policies speak. Source: api.md 7.1, 7.2."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from tortie.model import BUILT_IN_TIERS, Action, Policy, Tier

__all__ = ["policy_rank", "tier_default", "tiers_in_order"]


def policy_rank(policy: Policy) -> tuple[float, bytes]:
    """Return the sort key of a policy within its tier: order, then `name/namespace/kind` bytewise."""
    order = math.inf if policy.order is None else policy.order
    key = policy.key
    return order, f"{key.name}/{key.namespace}/{key.kind}".encode()


def tier_default(name: str, tiers: Mapping[str, Tier]) -> Action:
    """Return what a tier does with packets it governs and does not decide; a tier nobody knows denies."""
    if name in tiers:
        return Action.PASS if tiers[name].default_action is Action.PASS else Action.DENY
    return BUILT_IN_TIERS[name][1] if name in BUILT_IN_TIERS else Action.DENY


def tiers_in_order(names: Iterable[str], tiers: Mapping[str, Tier]) -> list[str]:
    """Return the tier names in the order they speak: known before unknown, by order, then by name bytewise."""
    return sorted(names, key=lambda name: _tier_rank(name, tiers))


def _tier_rank(name: str, tiers: Mapping[str, Tier]) -> tuple[bool, float, bytes]:
    if name in tiers:
        order = tiers[name].order
        return False, math.inf if order is None else order, name.encode()
    if name in BUILT_IN_TIERS:
        return False, BUILT_IN_TIERS[name][0], name.encode()
    return True, math.inf, name.encode()
