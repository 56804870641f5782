"""The story of one endpoint: its tiers, policies and profiles in order, with their rules compiled once.

Only policies and profiles that govern a local endpoint are compiled, and only their sets are active.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable

from tortie.compiled import SetId
from tortie.engine.local import Local, Profiles
from tortie.engine.order import policy_rank, tier_default, tiers_in_order
from tortie.engine.plans import PlanIndex, TierRules, make_plan, missing_profile
from tortie.engine.reach import reachable
from tortie.engine.rules import CompiledRules, SetDefinition, compile_rules
from tortie.model import (
    ALL_INTERFACES,
    Action,
    Direction,
    HostEndpoint,
    Key,
    Kind,
    Policy,
    PolicyClass,
    Profile,
    Settings,
)

__all__ = ["Stories"]

_Part = tuple[Key, Direction]
_NOBODY: frozenset[_Part] = frozenset()
_INGRESS = Direction.INGRESS
_WORKLOAD = frozenset({PolicyClass.NORMAL})
_HOST = frozenset(PolicyClass)
_DENYING = frozenset({PolicyClass.NORMAL, PolicyClass.FORWARD})
_ALL_INTERFACES = _HOST - {PolicyClass.UNTRACKED}
"""The lists that each kind of endpoint has. Source: enforcement.md 1.4, 3.1."""


class Stories:
    """Compiles owners of rules (policies and profiles) on first use, and tells which sets come and go with them."""

    def __init__(self, local: Local, profiles: Profiles, settings: Settings) -> None:
        self._local = local
        self._profiles = profiles
        self._settings = settings
        self._compiled: dict[_Part, tuple[Policy | Profile, CompiledRules]] = {}
        self._outdated: set[_Part] = set()
        self._owners: dict[Key, frozenset[_Part]] = {}
        self._endpoints: Counter[frozenset[_Part]] = Counter()
        self._uses: Counter[_Part] = Counter()
        self._holders: Counter[SetId] = Counter()
        self._this_round: dict[tuple[frozenset[_Part], tuple[str, ...], Direction, PolicyClass], PlanIndex] = {}
        self._plans: dict[tuple[Direction, PolicyClass, tuple[TierRules, ...]], PlanIndex] = {}

    def configure(self, settings: Settings) -> None:
        """Take other settings; what is compiled by others is compiled anew when it is looked at."""
        if settings.log_prefix != self._settings.log_prefix:
            self._outdated.update(self._compiled)
        self._settings = settings

    def settle(
        self,
        keys: Collection[Key],
        put_set: Callable[[SetId, SetDefinition], None],
        drop_set: Callable[[SetId], None],
    ) -> None:
        """Look again at endpoints: compile what newly governs them, forget what governs nobody, move sets."""
        self._this_round.clear()
        if not keys:
            return
        before = Counter(self._holders)
        definitions: dict[SetId, SetDefinition] = {}
        for part in self._settle_owners(keys):
            self._refresh(part, definitions)
        for id_ in [id_ for id_, count in self._holders.items() if count and not before[id_]]:
            put_set(id_, definitions[id_])
        for id_ in [id_ for id_, count in self._holders.items() if not count]:
            del self._holders[id_]
            if before[id_]:
                drop_set(id_)

    def plan(self, key: Key, direction: Direction, policy_class: PolicyClass = PolicyClass.NORMAL) -> PlanIndex:
        """Return the plan of a settled endpoint in a direction, from one of its lists."""
        owners = self._owners.get(key, _NOBODY)
        governed_by = (owners, self._local.endpoints[key].profiles, direction, policy_class)
        if governed_by not in self._this_round:
            story = tuple(reachable(self._stages(key, direction, policy_class)))
            told = (direction, policy_class, story)
            if told not in self._plans:
                self._plans[told] = PlanIndex(make_plan(direction, story, policy_class))
            self._this_round[governed_by] = self._plans[told]
        return self._this_round[governed_by]

    def plans(self, key: Key) -> dict[tuple[PolicyClass, Direction], PlanIndex]:
        """Return the plans of a settled endpoint: the normal ones, and of its other lists those with policies."""
        every = {(each, way): self.plan(key, way, each) for each in self._lists(key) for way in Direction}
        return {name: index for name, index in every.items() if name[0] is PolicyClass.NORMAL or index.plan.stages}

    def _settle_owners(self, keys: Iterable[Key]) -> set[_Part]:
        """Find again who governs the endpoints; return the owners that govern, or did govern, one of them.

        Endpoints are many and their lists of owners few, so that owners are counted by list, and lists by endpoint.
        """
        moved: Counter[frozenset[_Part]] = Counter()
        known: dict[tuple[frozenset[PolicyClass], frozenset[Key], tuple[str, ...]], frozenset[_Part]] = {}
        for key in keys:
            moved[self._owners.pop(key, _NOBODY)] -= 1
            new = _NOBODY
            if self._local.governs_interface(key):
                told = (self._lists(key), self._local.policy_keys(key), self._local.endpoints[key].profiles)
                if told not in known:
                    known[told] = frozenset(self._parts(key))
                new = self._owners[key] = known[told]
            moved[new] += 1
        for parts, more in moved.items():
            before, after = self._endpoints[parts], self._endpoints[parts] + more
            self._endpoints[parts] = after
            if after and not before:
                self._uses.update(parts)
            elif before and not after:
                self._uses.subtract(parts)
        self._endpoints = +self._endpoints
        return {part for parts in moved for part in parts}

    def forget(self, in_use: set[str]) -> None:
        """Forget plans whose ids are not in use."""
        self._plans = {story: index for story, index in self._plans.items() if index.plan.id in in_use}

    def _lists(self, key: Key) -> frozenset[PolicyClass]:
        endpoint = self._local.endpoints[key]
        if not isinstance(endpoint, HostEndpoint):
            return _WORKLOAD
        return _ALL_INTERFACES if endpoint.interface == ALL_INTERFACES else _HOST

    def _parts(self, key: Key) -> Iterable[_Part]:
        lists = self._lists(key)
        for policy in self._local.policies_of(key):
            if not policy.classes.isdisjoint(lists):
                yield from ((policy.key, each) for each in policy.types if each is _INGRESS or not policy.pre_dnat)
        for name in self._local.endpoints[key].profiles:
            if (profile := self._profiles.get(name)) is not None:
                yield from ((profile.key, direction) for direction in Direction)

    def _refresh(self, part: _Part, definitions: dict[SetId, SetDefinition]) -> None:
        """Bring the compiled rules of one owner and direction in line with its newest value and its use."""
        owner, direction = part
        value = self._profiles.get(owner.name) if owner.kind is Kind.PROFILE else self._local.policies.get(owner)
        held = self._compiled.get(part)
        if not self._uses[part]:
            del self._uses[part]
            value = None
        if held is not None and held[0] is value and part not in self._outdated:
            return
        self._outdated.discard(part)
        rules = None if value is None else compile_rules(value, direction, self._settings)
        if held is not None and value is not None and rules is not None and held[1].digest == rules.digest:
            self._compiled[part] = (value, held[1])  # by which its plans are known
            return
        if held is not None:
            self._holders.subtract(held[1].sets.keys())
            del self._compiled[part]
        if value is not None and rules is not None:
            self._compiled[part] = (value, rules)
            self._holders.update(rules.sets.keys())
            definitions.update(rules.sets)

    def _stages(self, key: Key, direction: Direction, policy_class: PolicyClass) -> Iterable[TierRules]:
        tiers: dict[str, list[Policy]] = {}
        for policy in self._local.policies_of(key):
            if (policy.key, direction) in self._owners.get(key, _NOBODY) and policy_class in policy.classes:
                tiers.setdefault(policy.tier, []).append(policy)
        for name in tiers_in_order(tiers, self._local.tiers):
            members = tuple(self._compiled[p.key, direction][1] for p in sorted(tiers[name], key=policy_rank))
            denies = policy_class in _DENYING and tier_default(name, self._local.tiers) is not Action.PASS
            yield TierRules(name, is_profile=False, members=members, denies=denies)
        for name in self._local.endpoints[key].profiles if policy_class is PolicyClass.NORMAL else ():
            profile = self._profiles.get(name)
            rules = self._compiled[profile.key, direction][1] if profile else missing_profile(name, direction)
            yield TierRules(name, is_profile=True, members=(rules,), denies=False)
