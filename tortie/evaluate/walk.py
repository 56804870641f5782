"""The walk: a flow through one plan, rule by rule, until one decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tortie.compiled import CompiledRule, Plan, SetId
from tortie.evaluate.match import Mismatch, mismatches
from tortie.model import Action, Flow

__all__ = ["Step", "walk"]


@dataclass(frozen=True, slots=True)
class Step:
    """A rule that was asked. `stage` is the name of its tier or profile, "" for the end of the plan.

    `mismatches` are the fields that kept it from matching; none where it matched.
    """

    stage: str
    is_profile: bool
    rule: CompiledRule
    mismatches: tuple[Mismatch, ...] = ()

    @property
    def matched(self) -> bool:
        """Tell whether the rule matched."""
        return not self.mismatches

    @property
    def decides(self) -> bool:
        """Tell whether the rule ends the walk."""
        return self.matched and self.rule.action in (Action.ALLOW, Action.DENY)


def walk(plan: Plan, flow: Flow, peer_sets: frozenset[SetId], own_sets: frozenset[SetId]) -> Iterator[Step]:
    """Yield the rules that the flow meets, in order; the last one, always a match, decides.

    Log goes on with the next rule, Pass with the next stage. Defaults match whatever reaches them.
    """
    for stage in plan.stages:
        rules = stage.rules if stage.default is None else (*stage.rules, stage.default)
        for rule in rules:
            step = Step(stage.name, stage.is_profile, rule, mismatches(rule, flow, peer_sets, own_sets))
            yield step
            if step.decides:
                return
            if step.matched and rule.action is Action.PASS:
                break
    yield Step("", is_profile=False, rule=plan.end)
