"""Which stages of a story a packet can come to.

Endpoints often differ only in what comes after a tier that denies the rest: the profiles of their namespaces and
service accounts. Without what nobody reaches, they tell one story, and share its plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tortie.compiled import CompiledRule
from tortie.engine.plans import TierRules
from tortie.model import Action

__all__ = ["matches_everything", "reachable"]


def reachable(stages: Iterable[TierRules]) -> Sequence[TierRules]:
    """Return the stages up to the first that decides every packet itself, that one included."""
    found: list[TierRules] = []
    for stage in stages:
        found.append(stage)
        if _decides_all(stage):
            break
    return found


def matches_everything(rule: CompiledRule) -> bool:
    """Tell whether a rule asks nothing of a packet."""
    if rule.peer or rule.own:
        return False
    blank = CompiledRule(rule.id, rule.action, rule.origin, log_prefix=rule.log_prefix)
    return rule == blank


def _decides_all(stage: TierRules) -> bool:
    """Tell whether no packet leaves a stage for the next one."""
    for member in stage.members:
        for rule in member.rules:
            if rule.action is Action.PASS:
                return False
            if rule.action is not Action.LOG and matches_everything(rule):
                return True
    return stage.denies
