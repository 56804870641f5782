"""Policies of every flavour, in one shape."""

from __future__ import annotations

from dataclasses import dataclass, field

from tortie.model.key import Key, Kind
from tortie.model.metadata import Metadata
from tortie.model.rule import Direction, Rule

__all__ = ["DEFAULT_TIER", "SHORT_KINDS", "Policy"]

DEFAULT_TIER = "default"

SHORT_KINDS = {
    Kind.NETWORK_POLICY: "np",
    Kind.GLOBAL_NETWORK_POLICY: "gnp",
    Kind.KUBERNETES_NETWORK_POLICY: "knp",
    Kind.PROFILE: "pro",
}
"""The abbreviations of log prefixes and rule ids. Source: enforcement.md 5."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Which endpoints it governs, in which directions, and its ordered rules.

    A policy whose key has a namespace governs workload endpoints of that namespace only. `order` None sorts after
    every number. `types` is never empty: what the author left out is already filled in. The Kubernetes kinds are
    converted to this shape, with their own kind in the key.

    Source: api.md 1.3, 4.1.
    """

    key: Key
    metadata: Metadata = field(default_factory=Metadata)
    tier: str = DEFAULT_TIER
    order: float | None = None
    selector: str = ""
    namespace_selector: str = ""
    service_account_selector: str = ""
    types: tuple[Direction, ...] = (Direction.INGRESS,)
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()
    do_not_track: bool = False
    pre_dnat: bool = False
    apply_on_forward: bool = False
    performance_hints: tuple[str, ...] = ()

    def rules(self, direction: Direction) -> tuple[Rule, ...]:
        """Return the rules of one direction; none where the policy does not govern it."""
        if direction not in self.types:
            return ()
        return self.ingress if direction is Direction.INGRESS else self.egress
