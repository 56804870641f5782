"""Profiles: what endpoints fall back on after all tiers, and inherit labels from."""

from __future__ import annotations

from dataclasses import dataclass, field

from tortie.model.key import Key, Kind
from tortie.model.labels import Labels
from tortie.model.metadata import Metadata
from tortie.model.rule import Action, Direction, Rule

__all__ = ["DEFAULT_ALLOW_PROFILE", "Profile"]


@dataclass(frozen=True, slots=True)
class Profile:
    """Rules and labels that endpoints refer to by the profile's name."""

    key: Key
    metadata: Metadata = field(default_factory=Metadata)
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()
    labels_to_apply: Labels = field(default_factory=dict[str, str])

    def rules(self, direction: Direction) -> tuple[Rule, ...]:
        """Return the rules of one direction."""
        return self.ingress if direction is Direction.INGRESS else self.egress


DEFAULT_ALLOW_PROFILE = Profile(
    key=Key(Kind.PROFILE, "", "projectcalico-default-allow"),
    ingress=(Rule(Action.ALLOW),),
    egress=(Rule(Action.ALLOW),),
)
"""The profile that always exists and cannot be changed. Source: api.md 1.6."""
