"""What people ask, as the flows that it means, and the errors of what means none."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.unit.explain.world import BLUE, LEGACY, RED, WORLD, address
from tortie.errors import Invalid
from tortie.explain import EPHEMERAL_PORT, Asked, Directory, ask
from tortie.model import Family, Flow, Key, Place, parse_address

DIRECTORY = Directory(WORLD)
WEB = Asked(port=80)


def flow(source: str, destination: str, asked: Asked = WEB) -> Flow:
    return ask(DIRECTORY, source, destination, asked).flow


@pytest.mark.parametrize(
    ("text", "where", "packed"),
    [
        ("red", RED, "10.65.1.10"),
        ("10.65.1.10", RED, "10.65.1.10"),
        ("production/blue", BLUE, "10.65.1.11"),
        ("legacy", LEGACY, "10.65.2.20"),
        ("1.2.3.4", Place.ELSEWHERE, "1.2.3.4"),
        ("host", Place.HOST, "0.0.0.0"),  # noqa: S104 - stands for an address, binds nothing
        ("host@10.0.0.7", Place.HOST, "10.0.0.7"),
    ],
)
def test_ends(text: str, where: Key | Place, packed: str) -> None:
    to, back = flow("green", text), flow(text, "green")
    assert (to.receiver, to.destination) == (where, address(packed))
    assert (back.sender, back.source) == (where, address(packed))


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        (Asked(port=80), (6, EPHEMERAL_PORT, 80, 0, 0)),
        (Asked("TCP", 80, 1234), (6, 1234, 80, 0, 0)),
        (Asked("udp", 53), (17, EPHEMERAL_PORT, 53, 0, 0)),
        (Asked("sctp", 0), (132, EPHEMERAL_PORT, 0, 0, 0)),
        (Asked("17", 53), (17, EPHEMERAL_PORT, 53, 0, 0)),
        (Asked("icmp"), (1, 0, 0, 8, 0)),
        (Asked("icmp", icmp_type=3, icmp_code=1), (1, 0, 0, 3, 1)),
        (Asked("icmp", family=Family.V6), (58, 0, 0, 128, 0)),
        (Asked("ICMPv6", icmp_type=135), (58, 0, 0, 135, 0)),
        (Asked("47"), (47, 0, 0, 0, 0)),
    ],
)
def test_packets(asked: Asked, numbers: tuple[int, ...]) -> None:
    found = flow("blue", "red", replace(asked, namespace="production"))
    got = (found.protocol, found.source_port, found.destination_port, found.icmp_type, found.icmp_code)
    assert got == numbers


@pytest.mark.parametrize(
    ("source", "destination", "asked", "family"),
    [
        ("red", "green", WEB, Family.V4),
        ("red", "green", Asked(port=80, family=Family.V6), Family.V6),
        ("red", "2001:db8::1", WEB, Family.V6),
        ("host", "legacy", WEB, Family.V4),
        ("red", "green", Asked("icmpv6"), Family.V6),
    ],
)
def test_families(source: str, destination: str, asked: Asked, family: Family) -> None:
    assert flow(source, destination, asked).family is family


@pytest.mark.parametrize(
    ("source", "destination", "asked", "message"),
    [
        (
            "legacy",
            "2001:db8::1",
            WEB,
            "share no address family: `production/legacy` has IPv4 only, `2001:db8::1` has IPv6 only",
        ),
        ("legacy", "red", Asked(port=80, family=Family.V6), "`production/legacy` has no IPv6 address"),
        ("red", "green", Asked("icmpv6", family=Family.V4), "ICMPv6 is never carried by IPv4"),
        ("red", "green", Asked(), "`tcp` needs a port; add `--port NUMBER`"),
        ("red", "green", Asked(port=65536), "ports are 0 to 65535, not 65536"),
        ("red", "green", Asked(port=80, source_port=-1), "ports are 0 to 65535, not -1"),
        ("red", "green", Asked("icmp", port=80), "protocol `icmp` has no ports"),
        ("red", "green", Asked(port=80, icmp_type=8), "protocol `tcp` has no ICMP type"),
        ("red", "green", Asked("icmp", icmp_type=256), "ICMP types and codes are 0 to 255, not 256"),
        ("red", "green", Asked("tpc", port=80), "`tpc` is not a protocol"),
        ("red", "green", Asked("256"), "there is no protocol 256"),
        ("host@here", "red", WEB, "`here` is not an IP address"),
    ],
)
def test_errors(source: str, destination: str, asked: Asked, message: str) -> None:
    with pytest.raises(Invalid, match=re.escape(message)):
        flow(source, destination, asked)


@pytest.mark.parametrize(
    ("text", "family", "expected"),
    [
        ("", Family.V4, None),
        ("10.96.0.10", Family.V4, ("10.96.0.10", 80)),
        ("10.96.0.10:53", Family.V4, ("10.96.0.10", 53)),
        ("fd00:96::a", Family.V6, ("fd00:96::a", 80)),
        ("[fd00:96::a]:53", Family.V6, ("fd00:96::a", 53)),
    ],
)
def test_what_it_is_sent_to(text: str, family: Family, expected: tuple[str, int] | None) -> None:
    found = flow("red", "green", Asked(port=80, family=family, original_destination=text))
    assert found.untranslated == (expected and (parse_address(expected[0]), expected[1]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("service", "`service` is not an IP address; write ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT"),
        ("10.96.0.10:99999", "the packet is IPv4, and `10.96.0.10:99999` is not an IPv4 address and port"),
        ("fd00:96::a", "the packet is IPv4, and `fd00:96::a` is not an IPv4 address and port"),
    ],
)
def test_what_it_cannot_be_sent_to(text: str, message: str) -> None:
    with pytest.raises(Invalid, match=re.escape(f"--original-destination: {message}")):
        flow("red", "green", Asked(port=80, original_destination=text))


@pytest.mark.parametrize(
    ("source", "asked", "note"),
    [
        ("red", WEB, "source port 40000 was assumed"),
        ("red", Asked("icmp"), "ICMP type 8 (echo request) was assumed"),
        ("green", WEB, "what production/green says to itself never leaves it, unless a service sends it back"),
        ("host", WEB, "the host's address is not known here; 0.0.0.0 stands for it (`host@ADDRESS` tells it)"),
    ],
)
def test_what_is_assumed_is_said(source: str, asked: Asked, note: str) -> None:
    assert note in ask(DIRECTORY, source, "green", asked).notes


def test_nothing_assumed_nothing_said() -> None:
    assert ask(DIRECTORY, "red", "green", Asked(port=80, source_port=1)).notes == ()
