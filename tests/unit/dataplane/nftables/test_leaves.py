"""Leaves as chains: few ports compared one by one; many in maps, single ones in a hash, ranges in intervals."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tortie.compiled import ANY_PORT, IcmpCell, Leaf, PortCell
from tortie.dataplane.nftables import Element, Field, Match, Rule, Verdict, Vmap, rule_text, ruleset, table_text
from tortie.dataplane.nftables.leaves import leaf_chain, leaf_elements, leaf_rules, leaf_sets
from tortie.model import PortRange

HTTP, HIGH, LOW = PortRange(80, 80), PortRange(8000, 8080), PortRange(0, 1023)
SINGLE = PortCell(6, ANY_PORT, HTTP, "web")
RANGE = PortCell(17, ANY_PORT, HIGH, "high")
PAIR = PortCell(6, LOW, HTTP, "low")
FROM = PortCell(132, LOW, ANY_PORT, "from")
PING = IcmpCell(1, 8, 8, 0, 255, "ping")
PING6 = IcmpCell(58, 128, 128, 3, 3, "ping6")
RESTS = (IcmpCell(1, 0, 7, 0, 255, "rest"), IcmpCell(1, 8, 8, 1, 255, "rest"))
FIVE = ("icmp", "tcp", "udp", "ipv6-icmp", "sctp")
MANY = tuple(PortCell(6, ANY_PORT, PortRange(port, port), "many") for port in range(1, 6))


def target(outcome: str) -> str:
    return f"to-{outcome}"


def rules(leaf: Leaf) -> list[str]:
    return [rule_text(rule) for rule in leaf_rules(leaf, target)]


@pytest.mark.parametrize(
    ("leaf", "lines"),
    [
        (Leaf("leaf", "all"), ["goto to-all"]),
        (
            Leaf("leaf", "all", protocols=((1, "icmp"), (17, "udp"))),
            ["meta l4proto icmp goto to-icmp", "meta l4proto udp goto to-udp", "goto to-all"],
        ),
        (
            Leaf("leaf", "all", protocols=tuple((number, "any") for number in (1, 6, 17, 58, 132))),
            [
                f"meta l4proto vmap {{ {', '.join(f'{each} : goto to-any' for each in FIVE)} }}",
                "goto to-all",
            ],
        ),
        (
            Leaf("leaf", "all", ports=(PAIR, SINGLE, RANGE, FROM), protocols=((6, "tcp"),)),
            [
                "tcp sport 0-1023 tcp dport 80 goto to-low",
                "tcp dport 80 goto to-web",
                "udp dport 8000-8080 goto to-high",
                "sctp sport 0-1023 goto to-from",
                "meta l4proto tcp goto to-tcp",
                "goto to-all",
            ],
        ),
        (
            Leaf("leaf", "all", ports=(PAIR, RANGE, *MANY)),
            [
                "meta l4proto . th dport vmap @leaf-port",
                "meta l4proto . th dport vmap @leaf-ports",
                "meta l4proto . th sport . th dport vmap @leaf-pairs",
                "goto to-all",
            ],
        ),
        (
            Leaf("leaf", "all", icmp=(PING, PING6)),
            [
                "icmp type echo-request goto to-ping",
                "icmpv6 type echo-request icmpv6 code addr-unreachable goto to-ping6",
                "goto to-all",
            ],
        ),
        (
            Leaf("leaf", "all", icmp=RESTS),
            ["icmp type . icmp code vmap @leaf-icmp", "goto to-all"],
        ),
    ],
)
def test_rules(leaf: Leaf, lines: list[str]) -> None:
    assert rules(leaf) == ["meta priority set none", *lines]  # the scratch register is put back first
    assert {rule.chain for rule in leaf_rules(leaf, target)} == {leaf_chain("leaf")}


@pytest.mark.parametrize(
    ("name", "types", "element"),
    [
        ("leaf-port", "inet_proto . inet_service", "tcp . 1 : goto to-many"),
        ("leaf-ports", "inet_proto . inet_service", "udp . 8000-8080 : goto to-high"),
        ("leaf-pairs", "inet_proto . inet_service . inet_service", "tcp . 0-1023 . 80 : goto to-low"),
        ("leaf-icmp", "icmp_type . icmp_code", "0-7 . 0-255 : goto to-rest"),
        ("leaf-icmpv6", "icmpv6_type . icmpv6_code", "echo-request . addr-unreachable : goto to-ping6"),
    ],
)
def test_maps_with_their_elements(name: str, types: str, element: str) -> None:
    leaf = Leaf("leaf", "all", ports=(PAIR, RANGE, *MANY), icmp=(*RESTS, PING6))
    text = table_text(ruleset([*leaf_sets(leaf), *leaf_elements(leaf, target)]))
    flags = "" if name == "leaf-port" else "\t\tflags interval\n"
    assert f"\tmap {name} {{\n\t\ttype {types} : verdict\n{flags}\t\telements = {{ {element}" in text


@pytest.mark.parametrize(
    ("leaf", "names"),
    [
        (Leaf("leaf", "all"), []),
        (Leaf("leaf", "all", protocols=((6, "tcp"),)), []),
        (Leaf("leaf", "all", ports=(SINGLE, RANGE, PAIR), icmp=(PING, PING6)), []),
        (Leaf("leaf", "all", ports=MANY), ["leaf-port"]),
        (Leaf("leaf", "all", ports=(RANGE, *MANY)), ["leaf-port", "leaf-ports"]),
        (Leaf("leaf", "all", ports=(PAIR, *MANY)), ["leaf-port", "leaf-pairs"]),
        (Leaf("leaf", "all", icmp=RESTS), ["leaf-icmp"]),
        (Leaf("leaf", "all", icmp=(PING, PING6) * 3), ["leaf-icmp", "leaf-icmpv6"]),
    ],
)
def test_no_map_is_made_that_nothing_is_in(leaf: Leaf, names: list[str]) -> None:
    assert [each.name for each in leaf_sets(leaf)] == names
    assert {element.set.name for element in leaf_elements(leaf, target)} == set(names)


def test_a_single_port_has_no_end() -> None:
    element = next(leaf_elements(Leaf("leaf", "all", ports=MANY), target))
    assert isinstance(element, Element)
    assert (element.key, element.end) == ((6, 1), None)


def walked(leaf: Leaf, protocol: int, source: int, destination: int) -> str:
    """Return the chain that the rules of a leaf lead a packet to, by what their statements say."""
    packet = {Field.L4PROTO: protocol, Field.TH_SPORT: source, Field.TH_DPORT: destination}
    elements = list(leaf_elements(leaf, target))
    verdicts = (_verdict(rule, packet, elements) for rule in leaf_rules(leaf, target))
    return next(verdict.chain for verdict in verdicts if verdict is not None)


def _verdict(rule: Rule, packet: dict[Field, int], elements: list[Element]) -> Verdict | None:
    for statement in rule.statements:
        match statement:
            case Verdict():
                return statement
            case Match(field=field, value=int(first), last=last):
                if not first <= packet[field] <= (first if last is None else last):
                    return None
            case Vmap(fields=fields, among=str(name)):
                key = tuple(packet[field] for field in fields)
                for element in elements:
                    if element.set.name == name and _covers(element, key):
                        assert isinstance(element.data, Verdict)
                        return element.data
    return None


def _covers(element: Element, key: tuple[int, ...]) -> bool:
    first, last = element.key, element.key if element.end is None else element.end
    assert isinstance(first, tuple)
    assert isinstance(last, tuple)
    return all(int(low) <= part <= int(high) for low, part, high in zip(first, key, last, strict=True))


@pytest.mark.parametrize("count", range(1, 9))
def test_compared_or_looked_up_the_outcome_is_the_same(count: int) -> None:
    rng = random.Random(count)
    bounds = sorted(rng.sample(range(0, 65536, 7), 2 * count))
    ranges = [PortRange(low, high) for low, high in zip(bounds[::2], bounds[1::2], strict=True)]
    cells = [PortCell(6, ANY_PORT, each, f"cell-{number}") for number, each in enumerate(ranges)]
    cells[0] = replace(cells[0], source=LOW)
    leaf = Leaf("leaf", "all", ports=tuple(cells), protocols=((6, "tcp"),))
    for port in {edge + step for edge in bounds for step in (-1, 0, 1) if 0 <= edge + step <= 65535}:
        for protocol, source in ((6, 1023), (6, 1024), (17, 1023)):
            wanted = leaf.outcome(protocol, source_port=source, destination_port=port)
            assert walked(leaf, protocol, source, port) == target(wanted)
