"""Policies of every flavour, in one shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from tortie.model.key import Key, Kind
from tortie.model.metadata import Metadata
from tortie.model.rule import Direction, Rule

__all__ = [
    "CONVERTED_KINDS",
    "DEFAULT_TIER",
    "SHORT_KINDS",
    "STAGED_KINDS",
    "TIERED_KINDS",
    "Policy",
    "PolicyClass",
    "StagedAction",
]

DEFAULT_TIER = "default"
TIERED_KINDS = (
    Kind.NETWORK_POLICY,
    Kind.GLOBAL_NETWORK_POLICY,
    Kind.STAGED_NETWORK_POLICY,
    Kind.STAGED_GLOBAL_NETWORK_POLICY,
)
"""The kinds of policies that name their tier."""
STAGED_KINDS = frozenset(
    {Kind.STAGED_NETWORK_POLICY, Kind.STAGED_GLOBAL_NETWORK_POLICY, Kind.STAGED_KUBERNETES_NETWORK_POLICY}
)
CONVERTED_KINDS = frozenset(
    {
        Kind.KUBERNETES_NETWORK_POLICY,
        Kind.STAGED_KUBERNETES_NETWORK_POLICY,
        Kind.CLUSTER_NETWORK_POLICY,
        Kind.ADMIN_NETWORK_POLICY,
        Kind.BASELINE_ADMIN_NETWORK_POLICY,
    }
)
"""The kinds of policies that others write in their own words, and that mean one of these."""

SHORT_KINDS = {
    Kind.NETWORK_POLICY: "np",
    Kind.GLOBAL_NETWORK_POLICY: "gnp",
    Kind.STAGED_NETWORK_POLICY: "snp",
    Kind.STAGED_GLOBAL_NETWORK_POLICY: "sgnp",
    Kind.STAGED_KUBERNETES_NETWORK_POLICY: "sknp",
    Kind.KUBERNETES_NETWORK_POLICY: "knp",
    Kind.CLUSTER_NETWORK_POLICY: "kcnp",
    Kind.ADMIN_NETWORK_POLICY: "kanp",
    Kind.BASELINE_ADMIN_NETWORK_POLICY: "kbanp",
    Kind.PROFILE: "pro",
}
"""The abbreviations of log prefixes and rule ids. Source: enforcement.md 5."""


class PolicyClass(StrEnum):
    """The four ordered lists that a host endpoint's policies fall into; workloads have the normal one only.

    Source: enforcement.md 1.4.
    """

    UNTRACKED = "untracked"
    PRE_DNAT = "pre-dnat"
    FORWARD = "forward"
    NORMAL = "normal"


class StagedAction(StrEnum):
    """What a staged policy would do once it is enforced: be there (the three first alike), or take one away."""

    SET = "Set"
    LEARN = "Learn"
    IGNORE = "Ignore"
    DELETE = "Delete"


@dataclass(frozen=True, slots=True)
class Policy:
    """Which endpoints it governs, in which directions, and its ordered rules.

    A policy whose key has a namespace governs workload endpoints of that namespace only. `order` None sorts after
    every number. `types` is never empty: what the author left out is already filled in. The Kubernetes kinds are
    converted to this shape, with their own kind in the key. `staged` is None for a policy that is enforced; a staged
    one never changes a verdict.

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
    staged: StagedAction | None = None

    @property
    def classes(self) -> frozenset[PolicyClass]:
        """Return the lists that the policy belongs to. Source: enforcement.md 1.4."""
        if self.do_not_track:
            return frozenset({PolicyClass.UNTRACKED})
        if self.pre_dnat:
            return frozenset({PolicyClass.PRE_DNAT})
        return frozenset({PolicyClass.NORMAL, PolicyClass.FORWARD} if self.apply_on_forward else {PolicyClass.NORMAL})

    def rules(self, direction: Direction) -> tuple[Rule, ...]:
        """Return the rules of one direction; none where the policy does not govern it."""
        if direction not in self.types:
            return ()
        return self.ingress if direction is Direction.INGRESS else self.egress
