"""Documents that every datastore has, whether or not anyone stored them."""

from __future__ import annotations

from typing import Any

from tortie.model import BUILT_IN_TIERS, CLUSTER_KEY, DEFAULT_ALLOW_PROFILE, INTERNAL_KINDS, Key, Kind

__all__ = [
    "DEFAULT_ALLOW_KEY",
    "built_in_tier",
    "cluster_information",
    "default_allow",
    "is_built_in",
    "tier_rank",
]

DEFAULT_ALLOW_KEY = DEFAULT_ALLOW_PROFILE.key
_API = "projectcalico.org/v3"


def is_built_in(key: Key) -> bool:
    """Tell whether a resource is there without anybody's doing: it does not tell that a store is in use."""
    is_tier = key.kind is Kind.TIER and key.name in BUILT_IN_TIERS
    return is_tier or key in {DEFAULT_ALLOW_KEY, CLUSTER_KEY} or key.kind in INTERNAL_KINDS


def built_in_tier(name: str) -> dict[str, Any]:
    """Return the document of a built-in tier. Source: api specification 1.5."""
    order, action = BUILT_IN_TIERS[name]
    whole = int(order) if order.is_integer() else order
    spec = {"order": whole, "defaultAction": str(action)}
    return {"apiVersion": _API, "kind": "Tier", "metadata": {"name": name}, "spec": spec}


def cluster_information(guid: str) -> dict[str, Any]:
    """Return what a new datastore says of its cluster: `guid` is 32 hexadecimal digits.

    Source: datastore specification 7.
    """
    spec = {"clusterGUID": guid, "datastoreReady": True}
    return {"kind": "ClusterInformation", "apiVersion": _API, "metadata": {"name": CLUSTER_KEY.name}, "spec": spec}


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
