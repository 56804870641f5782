"""Ordered rules into disjoint cells of layer 4, each with the outcome of the first match."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tortie.compiled import ANY_PORT, CompiledRule, IcmpCell, Leaf, Outcome, OutcomeId, PortCell, RuleId
from tortie.engine.ids import digest
from tortie.model import ICMP_OF, MAX_PORT, WITH_PORTS, Action, Family, IcmpMatch, PortRange

__all__ = ["LeafCompiler", "LiveRule"]

_MAX_ICMP = 255

Ports = tuple[PortRange, ...] | None


@dataclass(frozen=True, slots=True)
class LiveRule:
    """A rule that sets no longer keep from matching; `ports` gives its source and destination ports by protocol."""

    position: int
    rule: CompiledRule
    ports: Callable[[int], tuple[Ports, Ports]]
    named_protocols: frozenset[int] = frozenset()

    def speaks_of(self, protocol: int) -> bool:
        """Tell whether the rule can match the protocol, as far as the protocol alone decides."""
        rule = self.rule
        return rule.protocol in (None, protocol) and rule.not_protocol != protocol


class LeafCompiler:
    """Compiles leaves of one family; `after_stage` tells where a Pass at a position goes on."""

    def __init__(self, family: Family, after_stage: Callable[[int], int]) -> None:
        self.outcomes: dict[OutcomeId, Outcome] = {}
        self._icmp = ICMP_OF[family]
        self._after_stage = after_stage

    def compile(self, rules: Sequence[LiveRule]) -> Leaf:
        """Return the leaf of rules in ascending position; the last of them matches everything."""
        default = self._first([r for r in rules if self._matches_other(r)])
        protocols: list[tuple[int, OutcomeId]] = []
        ports: list[PortCell] = []
        icmp: list[IcmpCell] = []
        for protocol in sorted(self._mentioned(rules)):
            speaking = [r for r in rules if r.speaks_of(protocol)]
            if protocol == self._icmp:
                outcome, cells = self._icmp_cells(speaking)
                icmp.extend(cells)
            else:
                outcome, port_cells = self._port_cells(protocol, [r for r in speaking if self._not_icmp(r)])
                ports.extend(port_cells)
            if outcome != default:
                protocols.append((protocol, outcome))
        body = (default, repr(protocols), repr(ports), repr(icmp))
        return Leaf(digest("leaf-", body), default, tuple(protocols), tuple(ports), tuple(icmp))

    def _mentioned(self, rules: Iterable[LiveRule]) -> set[int]:
        """Return the protocols that some rule tells from the rest."""
        found: set[int] = set()
        for live in rules:
            rule = live.rule
            found |= live.named_protocols
            found |= {number for number in (rule.protocol, rule.not_protocol) if number is not None}
            if rule.icmp is not None or rule.not_icmp is not None:
                found.add(self._icmp)
        return found

    def _matches_other(self, live: LiveRule) -> bool:
        """Tell whether a rule matches protocols that no rule mentions: they have neither ports nor ICMP types."""
        return live.rule.protocol is None and live.rule.icmp is None and live.ports(-1) == (None, None)

    @staticmethod
    def _not_icmp(live: LiveRule) -> bool:
        return live.rule.icmp is None

    def _first(self, rules: Sequence[LiveRule]) -> OutcomeId:
        """Return the outcome of a packet that all the rules match; the last one decides, also where it is a Pass."""
        logs: list[RuleId] = []
        at, positions = 0, [live.position for live in rules]
        while True:
            live = rules[at]
            action = live.rule.action
            if action in (Action.ALLOW, Action.DENY) or at == len(rules) - 1:
                return self._outcome(tuple(logs), live.rule.id)
            if action is Action.LOG:
                logs.append(live.rule.id)
                at += 1
            else:
                at = bisect_left(positions, self._after_stage(live.position))

    def _outcome(self, logs: tuple[RuleId, ...], verdict: RuleId) -> OutcomeId:
        id_ = digest("log-" if logs else "rule-", (*logs, "=>", verdict))
        if id_ not in self.outcomes:
            self.outcomes[id_] = Outcome(id_, logs, verdict)
        return id_

    def _port_cells(self, protocol: int, rules: Sequence[LiveRule]) -> tuple[OutcomeId, list[PortCell]]:
        """Return the outcome without regard to ports, and the cells of ports that have another."""
        everywhere = [r for r in rules if r.ports(protocol) == (None, None)]
        outcome = self._first(everywhere)
        if protocol not in WITH_PORTS or len(everywhere) == len(rules):
            return outcome, []
        bounded = [(r, *r.ports(protocol)) for r in rules]
        cells = []
        for source in _pieces(ports for _, ports, _ in bounded):
            here = [(r, to) for r, ports, to in bounded if _has(ports, source.first)]
            cells += [PortCell(protocol, source, destination, each) for destination, each in self._sweep(here)]
        return outcome, [cell for cell in _merge_sources(cells) if cell.outcome != outcome]

    def _sweep(self, rules: Sequence[tuple[LiveRule, Ports]]) -> Iterator[tuple[PortRange, OutcomeId]]:
        """Yield ranges of destination ports with their outcome, neighbours of equal outcome joined."""
        starts: dict[int, list[LiveRule]] = defaultdict(list)
        ends: dict[int, list[LiveRule]] = defaultdict(list)
        for live, ports in rules:
            for each in (ANY_PORT,) if ports is None else ports:
                starts[each.first].append(live)
                ends[each.last + 1].append(live)
        active: list[LiveRule] = []
        held: tuple[int, OutcomeId] | None = None
        for at in sorted({*starts, *ends} - {MAX_PORT + 1}):
            for live in ends.get(at, ()):
                del active[bisect_left(active, live.position, key=_position)]
            for live in starts.get(at, ()):
                insort(active, live, key=_position)
            outcome = self._first(active)
            if held is None or held[1] != outcome:
                if held is not None:
                    yield PortRange(held[0], at - 1), held[1]
                held = (at, outcome)
        if held is not None:
            yield PortRange(held[0], MAX_PORT), held[1]

    def _icmp_cells(self, rules: Sequence[LiveRule]) -> tuple[OutcomeId, list[IcmpCell]]:
        """Return the outcome without regard to types, and the cells of types and codes that have another."""
        rules = [r for r in rules if r.ports(self._icmp) == (None, None)]
        asked = [m for r in rules for m in (r.rule.icmp, r.rule.not_icmp) if m is not None and m.type is not None]
        outcome = self._first([r for r in rules if _icmp_matches(r.rule, None, None)])
        cells = []
        for first_type, last_type in _steps(m.type for m in asked):
            codes = [m.code for m in asked if m.type == first_type]
            for first_code, last_code in _steps(codes):
                each = self._first([r for r in rules if _icmp_matches(r.rule, first_type, first_code)])
                if each != outcome:
                    cells.append(IcmpCell(self._icmp, first_type, last_type, first_code, last_code, each))
        return outcome, cells


def _position(live: LiveRule) -> int:
    return live.position


def _has(ports: Ports, port: int) -> bool:
    return ports is None or any(each.first <= port <= each.last for each in ports)


def _pieces(port_lists: Iterable[Ports]) -> list[PortRange]:
    """Return all ports, cut wherever one of the lists begins or ends a range."""
    cuts = {0, MAX_PORT + 1}
    for ports in port_lists:
        for each in ports or ():
            cuts |= {each.first, each.last + 1}
    ordered = sorted(cuts)
    return [PortRange(first, after - 1) for first, after in pairwise(ordered)]


def _merge_sources(cells: Sequence[PortCell]) -> list[PortCell]:
    """Join cells that differ only in neighbouring source ports."""
    merged: dict[tuple[PortRange, OutcomeId], list[PortCell]] = defaultdict(list)
    for cell in cells:
        row = merged[cell.destination, cell.outcome]
        if row and row[-1].source.last + 1 == cell.source.first:
            joined = PortRange(row[-1].source.first, cell.source.last)
            row[-1] = PortCell(cell.protocol, joined, cell.destination, cell.outcome)
        else:
            row.append(cell)
    return sorted(cell for row in merged.values() for cell in row)


def _steps(values: Iterable[int | None]) -> list[tuple[int, int]]:
    """Return 0 to 255 cut so that each value stands alone, as (first, last)."""
    cuts = {0, _MAX_ICMP + 1}
    for value in values:
        if value is not None:
            cuts |= {value, value + 1}
    ordered = sorted(cuts)
    return [(first, after - 1) for first, after in pairwise(ordered)]


def _icmp_matches(rule: CompiledRule, icmp_type: int | None, code: int | None) -> bool:
    """Tell whether a rule's ICMP fields hold; None stands for a type and code that no rule names."""
    return (rule.icmp is None or _covers(rule.icmp, icmp_type, code)) and not (
        rule.not_icmp is not None and _covers(rule.not_icmp, icmp_type, code)
    )


def _covers(match: IcmpMatch, icmp_type: int | None, code: int | None) -> bool:
    return match.type in (None, icmp_type) and match.code in (None, code)
