"""Endpoint groups: for a plan and an own side, the leaf of every address class.

By inversion: a rule that asks its peer to be in a set waits under that set, so that a class meets the rules of its
own sets and those that ask for none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial

from tortie.compiled import (
    AddressClass,
    ClassId,
    CompiledRule,
    Group,
    Leaf,
    LeafId,
    NamedPorts,
    Outcome,
    OutcomeId,
    SetId,
    declared_ports,
)
from tortie.engine.ids import digest
from tortie.engine.leaves import LeafCompiler, LiveRule, Ports
from tortie.engine.plans import PlanIndex
from tortie.engine.ports import subtract, union
from tortie.model import WITH_PORTS, Action, Direction, Family, PortRange

__all__ = ["GroupCompiler", "OwnSets", "group_id"]

OwnSets = Mapping[Family, frozenset[SetId]]
_NOTHING: frozenset[SetId] = frozenset()
_NO_PROTOCOLS: frozenset[int] = frozenset()
_NOTHING_ASKED = (None,) * 6


def group_id(index: PlanIndex, own: OwnSets) -> str:
    """Return the id of the group of a plan and own sides."""
    sides = [f"{family}:{','.join(sorted(own.get(family, _NOTHING)))}" for family in Family]
    return digest("in-" if index.plan.direction is Direction.INGRESS else "out-", (index.plan.id, *sides))


class GroupCompiler:
    """Compiles one group; `leaf_of` answers for each class, `leaves` and `outcomes` hold what the answers name."""

    def __init__(self, index: PlanIndex, own: OwnSets) -> None:
        self.leaves: dict[LeafId, Leaf] = {}
        self.leaf_of_class: dict[ClassId, LeafId] = {}
        own = {family: own.get(family, _NOTHING) for family in Family}
        self._families = {family: _FamilyCompiler(index, family, own[family]) for family in Family}
        defaults = {family: self._leaf(family, _NOTHING) for family in Family}
        self.group = Group(group_id(index, own), index.plan, own, defaults)

    @property
    def outcomes(self) -> Mapping[OutcomeId, Outcome]:
        """Return every outcome that a compiled leaf names."""
        return {id_: each for family in self._families.values() for id_, each in family.compiler.outcomes.items()}

    def outcome(self, id_: OutcomeId) -> Outcome:
        """Return an outcome that a compiled leaf names."""
        for family in self._families.values():
            if id_ in family.compiler.outcomes:
                return family.compiler.outcomes[id_]
        raise KeyError(id_)

    def leaf_of(self, each: AddressClass) -> LeafId:
        """Return the leaf of a class, compiling it when no class before needed it."""
        return self._leaf(each.family, each.sets)

    def _leaf(self, family: Family, sets: frozenset[SetId]) -> LeafId:
        leaf = self._families[family].leaf(sets)
        self.leaves[leaf.id] = leaf
        return leaf.id


class _FamilyCompiler:
    """The part of a group that one address family meets."""

    def __init__(self, index: PlanIndex, family: Family, own: frozenset[SetId]) -> None:
        self.compiler = LeafCompiler(family, index.after_stage)
        self._index = index
        self._own = own
        self._common: list[int] = []
        self._waiting: dict[SetId, list[int]] = defaultdict(list)
        self._queries: set[SetId] = set()
        self._leaves: dict[frozenset[SetId], Leaf] = {}
        self._relevant: set[SetId] = set()
        for position in index.live(family, own):
            self._list(position, index.rules[position])

    def leaf(self, sets: frozenset[SetId]) -> Leaf:
        """Return the leaf of peers in these sets."""
        told_apart = sets & self._relevant
        if self._queries:
            told_apart |= {each for each in sets if each.rsplit("/", 2)[0] in self._queries}
        if told_apart not in self._leaves:
            self._leaves[told_apart] = self.compiler.compile(self._live(told_apart))
        return self._leaves[told_apart]

    def _list(self, position: int, rule: CompiledRule) -> None:
        """File a rule under the first set that its peer must be in. Called for each rule of each new plan."""
        listed = self._common
        for test in rule.peer:
            self._relevant.add(test.set)
            if not test.negated and listed is self._common:
                listed = self._waiting[test.set]
        listed.append(position)
        if names := _peer_names(rule):
            self._queries.update(id_ for id_, _ in (*names.wanted, *names.refused))

    def _live(self, sets: frozenset[SetId]) -> list[LiveRule]:
        """Return the rules that can match peers in exactly these sets, by position.

        What comes after a verdict on every packet is left out.
        """
        candidates = list(self._common)
        for each in sets:
            candidates += self._waiting.get(each, ())
        rules: list[LiveRule] = []
        passed_over = 0  # no Pass rule so far leads beyond this position
        for position in sorted(candidates):
            rule = self._index.rules[position]
            if all((test.set in sets) is not test.negated for test in rule.peer):
                rules.append(self._live_rule(position, rule, sets))
                if rule.action is Action.PASS:
                    passed_over = self._index.after_stage(position)
                elif rule.action is not Action.LOG and position >= passed_over and _matches_everything(rule):
                    break
        return rules

    def _live_rule(self, position: int, rule: CompiledRule, peer: frozenset[SetId]) -> LiveRule:
        ingress = self._index.plan.direction is Direction.INGRESS
        source, destination = (peer, self._own) if ingress else (self._own, peer)
        named = _named_protocols(rule.source_names, source) | _named_protocols(rule.destination_names, destination)
        return LiveRule(position, rule, partial(_rule_ports, rule, source, destination), named)


def _matches_everything(rule: CompiledRule) -> bool:
    """Tell whether a rule asks nothing of layer 4."""
    asked = (rule.protocol, rule.not_protocol, rule.icmp, rule.not_icmp, rule.source_ports, rule.destination_ports)
    return asked == _NOTHING_ASKED and not rule.source_names and not rule.destination_names


def _peer_names(rule: CompiledRule) -> NamedPorts:
    return rule.source_names if rule.origin.direction is Direction.INGRESS else rule.destination_names


def _named_protocols(names: NamedPorts, sets: frozenset[SetId]) -> frozenset[int]:
    if not names:
        return _NO_PROTOCOLS
    found = (declared_ports(id_, sets) for id_, _ in (*names.wanted, *names.refused))
    return frozenset(protocol for ports in found for protocol, _ in ports)


def _rule_ports(
    rule: CompiledRule, source: frozenset[SetId], destination: frozenset[SetId], protocol: int
) -> tuple[Ports, Ports]:
    """Return the source and destination ports that the rule allows in packets of a protocol."""
    return (
        _side_ports(rule.source_ports, rule.source_names, source, protocol),
        _side_ports(rule.destination_ports, rule.destination_names, destination, protocol),
    )


def _side_ports(ports: Ports, names: NamedPorts, sets: frozenset[SetId], protocol: int) -> Ports:
    if ports is None and not names:
        return None
    if protocol not in WITH_PORTS:
        return () if ports is not None else None
    if not names:
        return ports
    wanted = union([*(ports or ()), *_declared(names.wanted, sets, protocol)]) if ports is not None else None
    refused = [*names.refused_numbers, *_declared(names.refused, sets, protocol)]
    if wanted is None and not refused:
        return None
    return subtract((PortRange(0, 65535),) if wanted is None else wanted, refused)


def _declared(names: Iterable[tuple[SetId, str]], sets: frozenset[SetId], protocol: int) -> list[PortRange]:
    return [
        PortRange(port, port) for id_, _ in names for number, port in declared_ports(id_, sets) if number == protocol
    ]
