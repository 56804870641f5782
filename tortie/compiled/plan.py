"""Plans: the ordered story of one direction, from the first tier to the last default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tortie.compiled.rule import CompiledRule, RuleId
from tortie.model import Direction, Key, PolicyClass

__all__ = ["Plan", "Stage"]


@dataclass(frozen=True, slots=True)
class Stage:
    """A tier or a profile: its rules in order, and what becomes of a packet that none of them decides.

    A Pass rule leaves the stage for the next one. `default` denies; None goes on to the next stage. `owners` are the
    policies (or the profile) that make the stage, in order, also those without a rule.
    """

    name: str
    is_profile: bool
    rules: tuple[CompiledRule, ...]
    default: CompiledRule | None = None
    owners: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an endpoint's policies say of one direction; endpoints with the same ordered policies share it.

    `id` is a hash of the content. `end` decides what no stage did: in the normal list it denies, in the others its
    action is Pass, which is no verdict: the packet goes on its way.
    """

    id: str
    direction: Direction
    stages: tuple[Stage, ...]
    end: CompiledRule
    policy_class: PolicyClass = PolicyClass.NORMAL

    def rules(self) -> Iterator[CompiledRule]:
        """Yield every rule in order, defaults included."""
        for stage in self.stages:
            yield from stage.rules
            if stage.default is not None:
                yield stage.default
        yield self.end

    def rule(self, rule_id: RuleId) -> CompiledRule:
        """Return the rule of an id; raises KeyError where the plan has none."""
        for rule in self.rules():
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)
