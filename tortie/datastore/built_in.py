"""Documents that every datastore has, whether or not anyone stored them."""

from __future__ import annotations

from typing import Any

from tortie.model import BUILT_IN_TIERS, DEFAULT_ALLOW_PROFILE

__all__ = ["DEFAULT_ALLOW_KEY", "built_in_tier", "default_allow", "tier_rank"]

DEFAULT_ALLOW_KEY = DEFAULT_ALLOW_PROFILE.key
_API = "projectcalico.org/v3"


def built_in_tier(name: str) -> dict[str, Any]:
    """Return the document of a built-in tier. Source: api specification 1.5."""
    order, action = BUILT_IN_TIERS[name]
    whole = int(order) if order.is_integer() else order
    spec = {"order": whole, "defaultAction": str(action)}
    return {"apiVersion": _API, "kind": "Tier", "metadata": {"name": name}, "spec": spec}


def default_allow() -> dict[str, Any]:
    """Return the document of the profile that allows everything. Source: api specification 1.6."""
    return {
        "apiVersion": _API,
        "kind": "Profile",
        "metadata": {"name": DEFAULT_ALLOW_KEY.name, "resourceVersion": "1"},
        "spec": {"ingress": [{"action": "Allow"}], "egress": [{"action": "Allow"}]},
    }


def tier_rank(tier: dict[str, Any]) -> tuple[bool, float]:
    """Return what tiers are sorted by: their order, those without one last."""
    order = (tier.get("spec") or {}).get("order")
    return order is None, order or 0.0
