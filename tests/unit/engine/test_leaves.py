"""Leaves against the first rule that matches, for packets at every boundary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.compiled import ANY_PORT, CompiledRule, Leaf, Origin, Outcome, PortCell
from tortie.engine.leaves import LeafCompiler, LiveRule
from tortie.model import MAX_PORT, Action, Direction, Family, IcmpMatch, PortRange

Ports = tuple[PortRange, ...] | None
EDGES = (0, 1, 79, 80, 81, 90, 91, MAX_PORT - 1, MAX_PORT)
TYPES = (0, 3, 8, 9, 255)
PROTOCOLS = (1, 4, 6, 17, 58, 132)
PORTED = frozenset({6, 17, 132})
NO_PORTS = frozenset[int]()
ICMP = {Family.V4: 1, Family.V6: 58}

RANGES = st.tuples(st.sampled_from(EDGES), st.sampled_from(EDGES)).map(lambda pair: PortRange(min(pair), max(pair)))


def disjoint(ranges: list[PortRange]) -> tuple[PortRange, ...]:
    kept: list[PortRange] = []
    for each in sorted(ranges):
        if not kept or kept[-1].last < each.first:
            kept.append(each)
    return tuple(kept)


PORTS = st.one_of(st.none(), st.lists(RANGES, max_size=2).map(disjoint))
MATCHES = st.one_of(st.none(), st.builds(IcmpMatch, st.sampled_from((None, 8, 3)), st.none()), st.just(IcmpMatch(8, 3)))
NUMBERS = st.sampled_from((None, None, *PROTOCOLS))
RULES = st.lists(
    st.tuples(st.sampled_from(Action), NUMBERS, NUMBERS, MATCHES, MATCHES, st.tuples(PORTS, PORTS)), max_size=6
)
Row = tuple[Action, int | None, int | None, IcmpMatch | None, IcmpMatch | None, tuple[Ports, Ports]]


def ported(ports: tuple[Ports, Ports], protocol: int) -> tuple[Ports, Ports]:
    """What groups give: protocols without ports match no rule that asks for one."""
    source, destination = ports
    if protocol in PORTED:
        return source, destination
    return () if source is not None else None, () if destination is not None else None


def live_rules(rows: list[Row]) -> list[LiveRule]:
    """Stages of two rules each; the last rule denies everything."""
    rules = []
    rows = [*rows, (Action.DENY, None, None, None, None, (None, None))]
    for position, (action, protocol, not_protocol, icmp, not_icmp, ports) in enumerate(rows):
        rule = CompiledRule(
            f"rule{position}",
            action,
            Origin(Direction.INGRESS),
            protocol=protocol,
            not_protocol=not_protocol,
            icmp=icmp,
            not_icmp=not_icmp,
        )
        rules.append(LiveRule(position, rule, partial(ported, ports), NO_PORTS if ports == (None, None) else PORTED))
    return rules


def after_stage(last: int, position: int) -> int:
    return min((position // 2 + 1) * 2, last)


def has(ports: Ports, port: int) -> bool:
    return ports is None or any(each.first <= port <= each.last for each in ports)


def is_met(match: IcmpMatch, icmp_type: int, code: int) -> bool:
    return match.type in (None, icmp_type) and match.code in (None, code)


def matches(live: LiveRule, family: Family, protocol: int, fields: tuple[int, int]) -> bool:
    """Whether a rule matches a packet; the fields are its ports, or its ICMP type and code."""
    rule, is_icmp = live.rule, protocol == ICMP[family]
    if not live.speaks_of(protocol) or (rule.icmp and not (is_icmp and is_met(rule.icmp, *fields))):
        return False
    if is_icmp and rule.not_icmp and is_met(rule.not_icmp, *fields):
        return False
    source, destination = live.ports(protocol)
    return has(source, fields[0]) and has(destination, fields[1])


def first_match(rules: list[LiveRule], family: Family, protocol: int, fields: tuple[int, int]) -> tuple[list[str], str]:
    """The Log rules on the way, and the rule that decides."""
    at, logs = 0, list[str]()
    while True:
        live = rules[at]
        at += 1
        if not matches(live, family, protocol, fields):
            continue
        if live.rule.action is Action.LOG:
            logs.append(live.rule.id)
        elif live.rule.action is Action.PASS:
            at = after_stage(len(rules) - 1, live.position)
        else:
            return logs, live.rule.id


def compiled(rules: list[LiveRule], family: Family) -> tuple[Leaf, dict[str, Outcome]]:
    compiler = LeafCompiler(family, lambda position: after_stage(len(rules) - 1, position))
    return compiler.compile(rules), compiler.outcomes


@given(RULES, st.sampled_from(Family))
def test_leaves_say_what_the_first_matching_rule_says(rows: list[Row], family: Family) -> None:
    rules = live_rules(rows)
    leaf, outcomes = compiled(rules, family)
    for protocol in PROTOCOLS:
        values = TYPES if protocol in (1, 58) else EDGES if protocol in PORTED else (0,)
        for fields in product(values, values):
            if protocol == ICMP[family]:
                outcome = outcomes[leaf.icmp_outcome(protocol, *fields)]
            else:
                outcome = outcomes[leaf.outcome(protocol, source_port=fields[0], destination_port=fields[1])]
            assert (list(outcome.logs), outcome.verdict) == first_match(rules, family, protocol, fields)


@given(RULES, st.sampled_from(Family))
def test_cells_are_sorted_disjoint_and_needed(rows: list[Row], family: Family) -> None:
    leaf, _ = compiled(live_rules(rows), family)
    pairs: Iterable[tuple[PortCell, PortCell]] = combinations(leaf.ports, 2)
    for one, other in pairs:
        assert one < other
        apart = one.source.last < other.source.first or other.source.last < one.source.first
        above = one.destination.last < other.destination.first or other.destination.last < one.destination.first
        assert one.protocol != other.protocol or apart or above
    own = dict(leaf.protocols)
    assert leaf.default not in own.values()
    for cells in (leaf.ports, leaf.icmp):
        assert all(cell.outcome != own.get(cell.protocol, leaf.default) for cell in cells)
    assert list(leaf.protocols) == sorted(leaf.protocols)


def rows(*texts: str) -> list[Row]:
    """Read `Allow 6 80-90`: action, protocol, destination ports."""
    found: list[Row] = []
    for text in texts:
        action, _, rest = text.partition(" ")
        protocol, _, ports = rest.partition(" ")
        first, _, last = ports.partition("-")
        destination = (PortRange(int(first), int(last or first)),) if ports else None
        found.append((Action(action), int(protocol) if protocol else None, None, None, None, (None, destination)))
    return found


def told(rules: list[Row]) -> list[str]:
    """A leaf as lines: cells, protocols, default, with the numbers of the Log rules and of the rule that decides."""
    leaf, outcomes = compiled(live_rules(rules), Family.V4)
    short = {id_: " ".join((*each.logs, each.verdict)).replace("rule", "") for id_, each in outcomes.items()}
    lines = [f"{cell.protocol} {cell.destination}: {short[cell.outcome]}" for cell in leaf.ports]
    assert all(cell.source == ANY_PORT for cell in leaf.ports)
    lines += [f"{protocol}: {short[outcome]}" for protocol, outcome in leaf.protocols]
    return [*lines, f"else: {short[leaf.default]}"]


@pytest.mark.parametrize(
    ("rules", "lines"),
    [
        (rows(), ["else: 0"]),
        (rows("Allow"), ["else: 0"]),
        (rows("Allow 6"), ["6: 0", "else: 1"]),
        (rows("Allow 6 80"), ["6 80: 0", "else: 1"]),
        (rows("Allow 6 80", "Deny 6 80"), ["6 80: 0", "else: 2"]),
        (rows("Deny 6 80", "Allow 6 70-90"), ["6 70:79: 1", "6 80: 0", "6 81:90: 1", "else: 2"]),
        (rows("Allow 6 80", "Allow 6 81"), ["6 80: 0", "6 81: 1", "else: 2"]),  # each rule counts for itself
        (rows("Log 6 80", "Deny"), ["6 80: 0 1", "else: 1"]),
        (rows("Log", "Log"), ["else: 0 1 2"]),
        (rows("Pass 6", "Deny", "Allow"), ["6: 2", "else: 1"]),  # from the first stage to the second
        (rows("Pass", "Allow"), ["else: 2"]),
    ],
)
def test_leaf_of_a_few_rules(rules: list[Row], lines: list[str]) -> None:
    assert told(rules) == lines


def test_icmp_cells_end_with_the_last_code() -> None:
    """A code of a type that is allowed as a whole: the rest of its codes are two ranges, up to 255."""
    plain: Row = (Action.ALLOW, 1, None, IcmpMatch(3), None, (None, None))
    leaf, _ = compiled(live_rules([(Action.DENY, 1, None, IcmpMatch(3, 4), None, (None, None)), plain]), Family.V4)
    assert [(c.first_type, c.last_type, c.first_code, c.last_code) for c in leaf.icmp] == [
        (3, 3, 0, 3),
        (3, 3, 4, 4),
        (3, 3, 5, 255),
    ]


def test_equal_functions_are_one_leaf() -> None:
    one, _ = compiled(live_rules(rows("Allow 6 80")), Family.V4)
    other, _ = compiled(live_rules(rows("Allow 6 80", "Deny 6 80")), Family.V4)
    assert one.ports == other.ports
    assert one.id != other.id  # the rule that decides the rest is another
    again, _ = compiled(live_rules(rows("Allow 6 80")), Family.V4)
    assert again == one


def test_a_pass_at_the_end_decides() -> None:
    rows: list[Row] = [
        (Action.LOG, 6, None, None, None, (None, None)),
        (Action.PASS, 17, None, None, None, (None, None)),
    ]
    live = live_rules(rows)
    live[-1] = replace(live[-1], rule=replace(live[-1].rule, action=Action.PASS))
    compiler = LeafCompiler(Family.V4, lambda _: 2)
    leaf = compiler.compile(live)
    outcomes = {protocol: compiler.outcomes[leaf.outcome(protocol)] for protocol in (6, 17, 47)}
    assert {protocol: (each.logs, each.verdict) for protocol, each in outcomes.items()} == {
        6: (("rule0",), "rule2"),
        17: ((), "rule2"),
        47: ((), "rule2"),
    }
