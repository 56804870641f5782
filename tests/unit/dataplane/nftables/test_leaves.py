"""Leaves as chains: single ports in a hash, ranges and source ports in intervals, and what is needed of each."""

from __future__ import annotations

import pytest

from tortie.compiled import ANY_PORT, IcmpCell, Leaf, PortCell
from tortie.dataplane.nftables import Element, rule_text, ruleset, table_text
from tortie.dataplane.nftables.leaves import leaf_chain, leaf_elements, leaf_rules, leaf_sets
from tortie.model import PortRange

HTTP, HIGH, LOW = PortRange(80, 80), PortRange(8000, 8080), PortRange(0, 1023)
SINGLE = PortCell(6, ANY_PORT, HTTP, "web")
RANGE = PortCell(17, ANY_PORT, HIGH, "high")
PAIR = PortCell(6, LOW, HTTP, "low")
PING = IcmpCell(1, 8, 8, 0, 255, "ping")
PING6 = IcmpCell(58, 128, 128, 3, 3, "ping6")


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
            ["meta l4proto vmap { icmp : goto to-icmp, udp : goto to-udp }", "goto to-all"],
        ),
        (Leaf("leaf", "all", ports=(SINGLE,)), ["meta l4proto . th dport vmap @leaf-port", "goto to-all"]),
        (
            Leaf("leaf", "all", ports=(PAIR, SINGLE, RANGE)),
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
                "icmp type . icmp code vmap @leaf-icmp",
                "icmpv6 type . icmpv6 code vmap @leaf-icmpv6",
                "goto to-all",
            ],
        ),
    ],
)
def test_rules(leaf: Leaf, lines: list[str]) -> None:
    assert rules(leaf) == ["meta priority set none", *lines]  # the scratch register is put back first
    assert {rule.chain for rule in leaf_rules(leaf, target)} == {leaf_chain("leaf")}


@pytest.mark.parametrize(
    ("name", "types", "element"),
    [
        ("leaf-port", "inet_proto . inet_service", "tcp . 80 : goto to-web"),
        ("leaf-ports", "inet_proto . inet_service", "udp . 8000-8080 : goto to-high"),
        ("leaf-pairs", "inet_proto . inet_service . inet_service", "tcp . 0-1023 . 80 : goto to-low"),
        ("leaf-icmp", "icmp_type . icmp_code", "echo-request . 0-255 : goto to-ping"),
        ("leaf-icmpv6", "icmpv6_type . icmpv6_code", "echo-request . addr-unreachable : goto to-ping6"),
    ],
)
def test_maps_with_their_elements(name: str, types: str, element: str) -> None:
    leaf = Leaf("leaf", "all", ports=(PAIR, SINGLE, RANGE), icmp=(PING, PING6))
    text = table_text(ruleset([*leaf_sets(leaf), *leaf_elements(leaf, target)]))
    flags = "" if name == "leaf-port" else "\t\tflags interval\n"
    assert f"\tmap {name} {{\n\t\ttype {types} : verdict\n{flags}\t\telements = {{ {element} }}\n" in text


@pytest.mark.parametrize(
    ("leaf", "names"),
    [
        (Leaf("leaf", "all"), []),
        (Leaf("leaf", "all", protocols=((6, "tcp"),)), []),
        (Leaf("leaf", "all", ports=(SINGLE,)), ["leaf-port"]),
        (Leaf("leaf", "all", ports=(RANGE,)), ["leaf-ports"]),
        (Leaf("leaf", "all", ports=(PAIR,)), ["leaf-pairs"]),
        (Leaf("leaf", "all", icmp=(PING,)), ["leaf-icmp"]),
    ],
)
def test_no_map_is_made_that_nothing_is_in(leaf: Leaf, names: list[str]) -> None:
    assert [each.name for each in leaf_sets(leaf)] == names
    assert {element.set.name for element in leaf_elements(leaf, target)} == set(names)


def test_a_single_port_has_no_end() -> None:
    (element,) = leaf_elements(Leaf("leaf", "all", ports=(SINGLE,)), target)
    assert isinstance(element, Element)
    assert (element.key, element.end) == ((6, 80), None)
