"""The ordered policies and profiles of an endpoint, made into a plan, and the plan indexed for compiling leaves."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tortie.compiled import CompiledRule, Origin, Plan, RuleId, SetId, Stage
from tortie.engine.ids import digest
from tortie.engine.rules import CompiledRules
from tortie.model import Action, Direction, Family, Key, Kind, PolicyClass

__all__ = ["PlanIndex", "TierRules", "make_plan", "missing_profile"]


@dataclass(frozen=True, slots=True)
class TierRules:
    """A tier (or, `is_profile`, a profile) with the rules of one direction; `denies` is its default action."""

    name: str
    is_profile: bool
    members: tuple[CompiledRules, ...]
    denies: bool


def missing_profile(name: str, direction: Direction) -> CompiledRules:
    """Return the rules that stand for a profile nobody knows: it denies. Source: enforcement.md 1.8."""
    origin = Origin(direction, note=f"profile `{name}` does not exist")
    rule = CompiledRule(f"profile/{name}/{direction.lower()}/missing", Action.DENY, origin)
    return CompiledRules(Key(Kind.PROFILE, "", name), (rule,), {}, digest("r", (repr(rule),)))


def make_plan(
    direction: Direction, stages: Iterable[TierRules], policy_class: PolicyClass = PolicyClass.NORMAL
) -> Plan:
    """Return the plan of the stages in their order.

    The normal list ends in the deny that no profile prevented; in the others a packet that nobody decided goes on.
    """
    rows = tuple(stages)
    content = [f"{row.name}|{row.is_profile}|{row.denies}|{[m.digest for m in row.members]}" for row in rows]
    return Plan(
        id=digest("plan-", (policy_class, direction, *content)),
        direction=direction,
        stages=tuple(_stage(direction, row) for row in rows),
        end=_end(direction, policy_class),
        policy_class=policy_class,
    )


def _end(direction: Direction, policy_class: PolicyClass) -> CompiledRule:
    if policy_class is PolicyClass.NORMAL:
        origin = Origin(direction, note="no tier decided, and no profile of the endpoint does")
        return CompiledRule(f"no-profile/{direction.lower()}", Action.DENY, origin)
    origin = Origin(direction, note=f"no {policy_class} policy decided", policy_class=policy_class)
    return CompiledRule(f"no-verdict/{policy_class}/{direction.lower()}", Action.PASS, origin)


def _stage(direction: Direction, row: TierRules) -> Stage:
    default = None
    if row.denies:
        origin = Origin(direction, tier=row.name, note=f"end of tier `{row.name}`")
        default = CompiledRule(f"tier/{row.name}/{direction.lower()}", Action.DENY, origin)
    rules = tuple(rule for member in row.members for rule in member.rules)
    return Stage(row.name, row.is_profile, rules, default, tuple(member.owner for member in row.members))


@dataclass(frozen=True)
class PlanIndex:
    """A plan as one list of rules by position, indexed so that a class meets only rules that may concern it."""

    plan: Plan

    @cached_property
    def rules(self) -> Sequence[CompiledRule]:
        """Return every rule, defaults included, by position."""
        return tuple(self.plan.rules())

    @cached_property
    def stage_ends(self) -> Sequence[int]:
        """Return, for each stage, the position after its last rule."""
        ends, at = [], 0
        for stage in self.plan.stages:
            at += len(stage.rules) + (stage.default is not None)
            ends.append(at)
        return ends

    @cached_property
    def by_id(self) -> Mapping[RuleId, CompiledRule]:
        """Return the rules by their ids."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def own_sets(self) -> frozenset[SetId]:
        """Return the sets (and queries for named ports) that some rule asks of the own side."""
        tests = {test.set for rule in self.rules for test in rule.own}
        ingress = self.plan.direction is Direction.INGRESS
        names = (rule.destination_names if ingress else rule.source_names for rule in self.rules)
        return frozenset(tests | {id_ for each in names for id_, _ in (*each.wanted, *each.refused)})

    def own_side(self, sets: frozenset[SetId]) -> frozenset[SetId]:
        """Return those of an own address's sets that the plan asks about."""
        asked = self.own_sets
        return (
            frozenset(each for each in sets if each in asked or each.rsplit("/", 2)[0] in asked)
            if asked
            else sets - sets
        )

    def after_stage(self, position: int) -> int:
        """Return the position at which a Pass rule at `position` goes on."""
        ends = self.stage_ends
        place = bisect_left(ends, position + 1)
        return ends[place] if place < len(ends) else len(self.rules) - 1

    def live(self, family: Family, own: frozenset[SetId]) -> Sequence[int]:
        """Return the positions of rules that can match packets of a family from or to these own sets."""
        return [
            position
            for position, rule in enumerate(self.rules)
            if rule.family in (None, family)
            and rule.http is None
            and (not rule.own or all((test.set in own) is not test.negated for test in rule.own))
        ]
