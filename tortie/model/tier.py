"""Tiers: the layers of policy, in order."""

from __future__ import annotations

from dataclasses import dataclass, field

from tortie.model.key import Key
from tortie.model.metadata import Metadata
from tortie.model.rule import Action

__all__ = ["BUILT_IN_TIERS", "DEFAULT_TIER_ORDER", "Tier"]

DEFAULT_TIER_ORDER = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier; `default_action` (Deny or Pass) is for packets that its policies govern but do not decide.

    Source: api.md 1.5.
    """

    key: Key
    metadata: Metadata = field(default_factory=Metadata)
    order: float | None = DEFAULT_TIER_ORDER
    default_action: Action = Action.DENY


BUILT_IN_TIERS = {
    "kube-admin": (1000.0, Action.PASS),
    "default": (DEFAULT_TIER_ORDER, Action.DENY),
    "kube-baseline": (10_000_000.0, Action.PASS),
}
"""Name to (order, default action) of the tiers that every datastore has. Source: api.md 1.5."""
