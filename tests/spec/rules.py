"""Random rules, valid as the API would have them, and the pools of numbers that flows are drawn from too."""

from __future__ import annotations

from tests.spec.dice import Dice, chance, pick, some
from tests.spec.texts import ACCOUNTS, LABELS, NAMESPACE_LABELS, namespace_selector, selector
from tortie.model import (
    Action,
    Direction,
    EntityMatch,
    Family,
    HTTPMatch,
    IcmpMatch,
    Port,
    PortRange,
    Prefix,
    Protocol,
    Rule,
    ServiceAccountMatch,
    ServiceMatch,
    parse_address,
    parse_prefix,
)

POOLS = (
    tuple(parse_address(f"10.0.0.{last}") for last in range(10)),
    tuple(parse_address(f"fd00::{last:x}") for last in range(10)),
)
"""The addresses of endpoints, by family."""

OUTSIDE = (
    (parse_address("192.0.2.7"), parse_address("10.0.1.0"), parse_address("255.255.255.255")),
    (parse_address("2001:db8::7"), parse_address("fd00::1:0"), parse_address("ffff::1")),
)
"""Addresses that no endpoint has."""

NETS = (
    ("10.0.0.0/30", "10.0.0.4/30", "10.0.0.0/24", "10.0.0.2/31", "10.0.0.1/32", "192.0.2.0/24", "0.0.0.0/0"),
    ("fd00::/126", "fd00::4/126", "fd00::/112", "fd00::2/127", "fd00::1/128", "2001:db8::/32", "::/0"),
)
SETS = tuple(net for nets in NETS for net in nets)

PORTS: tuple[PortRange, ...] = (
    PortRange(80, 80),
    PortRange(8000, 8002),
    PortRange(81, 81),
    PortRange(1, 80),
    PortRange(8002, 65535),
    PortRange(1, 65535),
    PortRange(4789, 4789),
)
PORT_NAMES = ("http", "dns")
ICMP_TYPES = (8, 0, 3, 128, 135, 134)
ICMP_CODES = (0, 1, 255)
NUMBERS = (6, 17, 1, 58, 132, 136, 47, 4)
NAMED = ("TCP", "UDP", "ICMP", "ICMPv6", "TCP", "ICMP", "SCTP", "UDPLite")
ACTIONS = (Action.ALLOW, Action.DENY, Action.ALLOW, Action.DENY, Action.PASS, Action.LOG)


def prefix(dice: Dice, text: str) -> Prefix:
    """The prefix, or now and then a bare address where it begins."""
    net = parse_prefix(text)
    return Prefix(net.network, len(net.network) * 8) if chance(dice, 15) else net


def rules(
    dice: Dice, direction: Direction, *, is_global: bool, only: tuple[Action, ...] | None = None, most: int = 3
) -> tuple[Rule, ...]:
    """Up to `most` rules of one direction."""
    return tuple(rule(dice, direction, is_global=is_global, only=only) for _ in range(dice.number(most)))


def rule(dice: Dice, direction: Direction, *, is_global: bool, only: tuple[Action, ...] | None = None) -> Rule:
    """One valid rule, but for `http`. Families do not contradict one another; ports have a protocol that has ports."""
    action = pick(dice, only or ACTIONS)
    if chance(dice, 20):
        return Rule(action)
    protocol = build_protocol(dice) if chance(dice, 50) else None
    family = pick(dice, tuple(Family))  # of nets, and of what asks for a family
    if protocol and protocol.number in (1, 58):
        family = Family.V4 if protocol.number == 1 else Family.V6
    not_protocol = build_protocol(dice) if chance(dice, 10) else None
    is_bound = not_protocol is not None and not_protocol.number in (1, 58)
    sides = [
        entity(
            dice, family, protocol, is_peer=(name == "source") == (direction is Direction.INGRESS), is_global=is_global
        )
        for name in ("source", "destination")
    ]
    is_icmp = protocol is not None and protocol.number in (1, 58)
    return Rule(
        action,
        ip_version=family if chance(dice, 15) and not is_bound else None,
        protocol=protocol,
        not_protocol=not_protocol,
        icmp=icmp(dice) if is_icmp and chance(dice, 60) else None,
        not_icmp=icmp(dice) if chance(dice, 40 if is_icmp else 6) else None,
        source=sides[0],
        destination=sides[1],
        http=HTTPMatch(("GET",)) if chance(dice, 5) else None,
    )


def build_protocol(dice: Dice) -> Protocol:
    """A protocol by name or by number."""
    if chance(dice, 30):
        return Protocol(pick(dice, NUMBERS), named=False)
    return Protocol({"TCP": 6, "UDP": 17, "ICMP": 1, "ICMPv6": 58, "SCTP": 132, "UDPLite": 136}[pick(dice, NAMED)])


def icmp(dice: Dice) -> IcmpMatch:
    """A type, mostly with a code."""
    return IcmpMatch(pick(dice, ICMP_TYPES), pick(dice, ICMP_CODES) if chance(dice, 60) else None)


def entity(dice: Dice, family: Family, protocol: Protocol | None, *, is_peer: bool, is_global: bool) -> EntityMatch:
    """One side of a rule; the peer's is asked about more often than the endpoint's own."""
    asks = 40 if is_peer else 5
    if is_peer and chance(dice, 8):
        space = pick(dice, ("red", "r-g", "blue") if is_global else ("", "red"))
        return EntityMatch(services=ServiceMatch("web", space))
    nets = [parse_prefix(text) for text in NETS[0 if family is Family.V4 else 1]]
    has_ports = protocol.has_ports if protocol else chance(dice, 20)  # names alone need no protocol
    return EntityMatch(
        nets=some(dice, nets, 2, 1) if chance(dice, asks // 3) else (),
        not_nets=some(dice, nets[:-1], 2, 1) if chance(dice, asks // 4) else (),
        selector=selector(dice, LABELS, 1) if chance(dice, asks) else "",
        not_selector=selector(dice, LABELS, 1) if chance(dice, asks // 4) else "",
        namespace_selector=namespace_selector(dice) if chance(dice, asks // 3) else "",
        service_accounts=accounts(dice) if chance(dice, asks // 4) else None,
        ports=ports(dice, protocol) if has_ports and chance(dice, 10 if is_peer else 40) else (),
        not_ports=ports(dice, protocol) if has_ports and chance(dice, 20) else (),
    )


def accounts(dice: Dice) -> ServiceAccountMatch:
    """Service accounts by name, by labels, by both or by neither."""
    text = selector(dice, NAMESPACE_LABELS, 1) if chance(dice, 50) else ""
    return ServiceAccountMatch(some(dice, ACCOUNTS, 2), text)


def ports(dice: Dice, protocol: Protocol | None) -> tuple[Port, ...]:
    """One to three ports, some of them by name."""
    options: list[Port] = [*PORTS, *PORT_NAMES] if protocol else [*PORT_NAMES]
    return some(dice, options, 3, 1)
