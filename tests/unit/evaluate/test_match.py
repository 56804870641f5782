"""Which rule matches which packet: one table for each field, and what is said where it does not hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tortie.compiled import CompiledRule, NamedPorts, Origin, SetTest, named_port
from tortie.evaluate import Mismatch, http_text, icmp_text, mismatches, ports_text, protocol_text
from tortie.model import Action, Direction, Family, Flow, HTTPMatch, HTTPPath, IcmpMatch, PortRange, parse_address

V4 = Flow(parse_address("10.0.0.1"), parse_address("10.0.0.2"), 6, 40000, 80)
V6 = Flow(parse_address("fd00::1"), parse_address("fd00::2"), 6, 40000, 80)
PING = replace(V4, protocol=1, source_port=0, destination_port=0, icmp_type=8, icmp_code=0)
PING6 = replace(V6, protocol=58, source_port=0, destination_port=0, icmp_type=128, icmp_code=0)
GRE = replace(V4, protocol=47, source_port=0, destination_port=0)
IN = CompiledRule("np/x/y/ingress/0", Action.ALLOW, Origin(Direction.INGRESS, "default"))
OUT = replace(IN, origin=Origin(Direction.EGRESS, "default"))
NONE: frozenset[str] = frozenset()
WEB = (PortRange(80, 80), PortRange(8080, 8090))


def said(rule: CompiledRule, flow: Flow, peer: frozenset[str] = NONE, own: frozenset[str] = NONE) -> list[Mismatch]:
    return list(mismatches(rule, flow, peer, own))


@pytest.mark.parametrize("flow", [V4, V6, PING, PING6, GRE])
def test_a_rule_without_fields_matches_everything(flow: Flow) -> None:
    assert said(IN, flow) == []
    assert said(OUT, flow) == []


@pytest.mark.parametrize(
    ("rule", "matching", "other", "mismatch"),
    [
        (replace(IN, protocol=6), V4, PING, Mismatch("protocol", "TCP", "ICMP")),
        (replace(IN, protocol=47), GRE, V4, Mismatch("protocol", "47", "TCP")),
        (replace(IN, not_protocol=6), PING, V4, Mismatch("notProtocol", "not TCP", "TCP")),
        (replace(IN, family=Family.V6), V6, V4, Mismatch("ipVersion", "IPv6", "IPv4")),
        (
            replace(IN, icmp=IcmpMatch(8)),
            PING,
            replace(PING, icmp_type=0),
            Mismatch("icmp", "type 8", "type 0 code 0"),
        ),
        (
            replace(IN, icmp=IcmpMatch(3, 4)),
            replace(PING, icmp_type=3, icmp_code=4),
            replace(PING, icmp_type=3, icmp_code=1),
            Mismatch("icmp", "type 3 code 4", "type 3 code 1"),
        ),
        (replace(IN, icmp=IcmpMatch(128)), PING6, V6, Mismatch("icmp", "type 128", "TCP")),
        (
            replace(IN, not_icmp=IcmpMatch(3, 4)),
            replace(PING, icmp_type=3, icmp_code=1),
            replace(PING, icmp_type=3, icmp_code=4),
            Mismatch("notICMP", "not type 3 code 4", "type 3 code 4"),
        ),
        (replace(IN, not_icmp=IcmpMatch(8)), V4, PING, Mismatch("notICMP", "not type 8", "type 8 code 0")),
    ],
)
def test_header_fields(rule: CompiledRule, matching: Flow, other: Flow, mismatch: Mismatch) -> None:
    assert said(rule, matching) == []
    assert said(rule, other) == [mismatch]


@pytest.mark.parametrize(
    ("http", "wanted"),
    [
        (HTTPMatch(), "any request"),
        (HTTPMatch(("GET", "HEAD")), "GET, HEAD"),
        (HTTPMatch(paths=(HTTPPath(exact="/health"), HTTPPath(prefix="/static"))), "/health, /static..."),
        (HTTPMatch(("GET",), (HTTPPath(exact="/"),)), "GET; /"),
    ],
)
def test_what_asks_for_requests_matches_nothing_and_says_why(http: HTTPMatch, wanted: str) -> None:
    why = "layer 7 is not enforced yet: such a rule matches nothing"
    assert said(replace(IN, protocol=6, http=http), V4) == [Mismatch("http", wanted, why)]
    assert http_text(http) == wanted


def test_icmp_is_that_of_the_packets_own_family() -> None:
    v4_number_in_v6 = replace(V6, protocol=1, source_port=0, destination_port=0, icmp_type=8)
    assert said(replace(IN, icmp=IcmpMatch(8)), v4_number_in_v6) == [Mismatch("icmp", "type 8", "ICMP")]
    assert said(replace(IN, not_icmp=IcmpMatch(8)), v4_number_in_v6) == []


@pytest.mark.parametrize(
    ("ports", "names", "port", "matches"),
    [
        (WEB, NamedPorts(), 80, True),
        (WEB, NamedPorts(), 8085, True),
        (WEB, NamedPorts(), 8091, False),
        ((), NamedPorts(), 80, False),
        ((), NamedPorts(wanted=(("q", "http"),)), 8000, True),
        ((), NamedPorts(wanted=(("q", "http"),)), 8001, False),
        (WEB, NamedPorts(wanted=(("q", "http"),)), 80, True),
        (None, NamedPorts(refused=(("q", "http"),)), 8000, False),
        (None, NamedPorts(refused=(("q", "http"),)), 8001, True),
        ((), NamedPorts(wanted=(("q", "http"),), refused_numbers=(PortRange(8000, 8000),)), 8000, False),
    ],
)
def test_destination_ports(ports: tuple[PortRange, ...] | None, names: NamedPorts, port: int, *, matches: bool) -> None:
    declared = frozenset({named_port("q", 6, 8000), named_port("q", 17, 8001)})
    flow = replace(V4, destination_port=port)
    ingress = replace(IN, destination_ports=ports, destination_names=names)
    assert (said(ingress, flow, own=declared) == []) is matches
    egress = replace(ingress, origin=OUT.origin)
    assert (said(egress, flow, peer=declared) == []) is matches


@pytest.mark.parametrize("protocol", [6, 17, 132])
def test_tcp_udp_and_sctp_have_ports(protocol: int) -> None:
    rule = replace(IN, destination_ports=WEB)
    assert said(rule, replace(V4, protocol=protocol)) == []
    missed = replace(V4, protocol=protocol, destination_port=81)
    assert said(rule, missed) == [Mismatch("destination.ports", "80, 8080:8090", "81")]


def test_source_ports_are_those_of_the_source() -> None:
    rule = replace(IN, source_ports=WEB)
    assert said(rule, replace(V4, source_port=80, destination_port=1)) == []
    assert said(rule, V4) == [Mismatch("source.ports", "80, 8080:8090", "40000")]


@pytest.mark.parametrize("flow", [PING, PING6, GRE])
def test_a_protocol_without_ports_satisfies_no_port_field(flow: Flow) -> None:
    everything = (PortRange(0, 65535),)
    got = f"{protocol_text(flow.protocol)} has no ports"
    assert said(replace(IN, destination_ports=everything), flow) == [Mismatch("destination.ports", "0:65535", got)]


@pytest.mark.parametrize(
    ("negated", "member", "got"),
    [(False, True, None), (False, False, "does not match"), (True, True, "matches"), (True, False, None)],
)
def test_sets(*, negated: bool, member: bool, got: str | None) -> None:
    test = SetTest("s1", negated, "source.selector", "a == 'b'")
    sets = frozenset({"s1"}) if member else NONE
    expected = [] if got is None else [Mismatch("source.selector", "a == 'b'", got)]
    assert said(replace(IN, peer=(test,)), V4, peer=sets) == expected
    assert said(replace(OUT, own=(test,)), V4, own=sets) == expected


def test_a_service_that_has_no_such_port_is_named() -> None:
    names = NamedPorts((("q", "shop/db"),), field="services")
    rule = replace(IN, destination_ports=(), destination_names=names)
    found = said(rule, replace(V4, protocol=6, destination_port=81))
    assert [(each.field, each.wanted) for each in found] == [("destination.services", "shop/db")]
    assert found[0].got.endswith(" has no TCP port 81 for it")
    assert said(rule, replace(V4, protocol=6, destination_port=81), own=frozenset({"q/6/81"})) == []


def test_every_field_that_fails_is_named() -> None:
    rule = replace(IN, protocol=17, destination_ports=WEB, peer=(SetTest("s", False, "source.nets", "10.0.0.0/8"),))  # noqa: FBT003
    found = said(rule, replace(V4, destination_port=1))
    assert [each.field for each in found] == ["protocol", "source.nets", "destination.ports"]


@pytest.mark.parametrize(
    ("ports", "names", "text"),
    [
        (WEB, NamedPorts(), "80, 8080:8090"),
        (None, NamedPorts(refused=(("q", "http"),), refused_numbers=(PortRange(1, 2),)), "not 1:2, http"),
        ((), NamedPorts(wanted=(("q", "http"),)), "http"),
        ((), NamedPorts(), "no port"),
    ],
)
def test_ports_text(ports: tuple[PortRange, ...] | None, names: NamedPorts, text: str) -> None:
    assert ports_text(ports, names) == text


def test_icmp_text() -> None:
    assert [icmp_text(IcmpMatch()), icmp_text(IcmpMatch(3)), icmp_text(IcmpMatch(3, 1))] == [
        "ICMP",
        "type 3",
        "type 3 code 1",
    ]
