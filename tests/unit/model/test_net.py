"""Addresses and prefixes as Go reads them, ports and protocols."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.model import (
    Family,
    PortRange,
    Prefix,
    Protocol,
    family_of,
    format_address,
    outermost,
    parse_address,
    parse_prefix,
)

ADDRESSES = st.ip_addresses().map(lambda address: address.packed)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("0.0.0.0", "0.0.0.0"),  # noqa: S104 - nothing is bound here
        ("255.255.255.255", "255.255.255.255"),
        ("::", "::"),
        ("FD00::0001", "fd00::1"),
        ("2001:db8:0:0:0:0:0:1", "2001:db8::1"),
        ("::1.2.3.4", "::102:304"),
        ("::ffff:1.2.3.4", "1.2.3.4"),  # IPv4 mapped into IPv6 is IPv4
        ("::ffff:102:304", "1.2.3.4"),
    ],
)
def test_addresses(text: str, normal: str) -> None:
    assert format_address(parse_address(text)) == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 10.0.0.1",
        "10.0.0",
        "10.0.0.0.1",
        "10.0.0.256",
        "10.0.0.01",  # octal somewhere else
        "010.0.0.1",
        "10.0.0.-1",
        "10.0.0.1\n",
        "1\N{ARABIC-INDIC DIGIT ZERO}.0.0.1",
        "167772161",  # what an integer would be
        "0xa.0.0.1",
        "10.0.0.1/32",
        "fe80::1%eth0",
        "fe80::1%",
        "fd00::/64",
        "fd00:::1",
        "fd00::1::2",
        "1:2:3:4:5:6:7",
        "12345::",
        "example.org",
        "::ffff:1.2.3.04",
    ],
)
def test_no_addresses(text: str) -> None:
    with pytest.raises(ValueError, match="is not an IP address"):
        parse_address(text)


@given(ADDRESSES)
def test_addresses_read_as_they_are_written(address: bytes) -> None:
    mapped = address.startswith(bytes(10) + b"\xff\xff") and len(address) == 16
    assert parse_address(format_address(address)) == (address[12:] if mapped else address)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.1.2.3/8", "10.0.0.0/8"),  # host bits are cleared
        ("10.1.2.3", "10.1.2.3/32"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("fd00::1/16", "fd00::/16"),
        ("fd00::1", "fd00::1/128"),
        ("::/0", "::/0"),
        ("::ffff:10.1.2.3/104", "10.0.0.0/8"),
        ("::ffff:10.1.2.3", "10.1.2.3/32"),
    ],
)
def test_prefixes(text: str, normal: str) -> None:
    assert str(parse_prefix(text)) == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/08",
        "10.0.0.0/+8",
        "10.0.0.0/1\N{ARABIC-INDIC DIGIT SIX}",
        "10.0.0.0/8/8",
        "10.0.0.0/255.0.0.0",  # netmask notation
        "10.0.0.0/0.255.255.255",  # hostmask notation
        "10.0/8",
        "fd00::/129",
        "fe80::%eth0/64",
        "::ffff:10.0.0.0/8",  # an IPv4 prefix can not be shorter than the mapping
    ],
)
def test_no_prefixes(text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        parse_prefix(text)


def test_strict_prefixes_say_what_was_meant() -> None:
    assert str(parse_prefix("1.2.3.0/24", strict=True)) == "1.2.3.0/24"
    with pytest.raises(ValueError, match=r"`1\.2\.3\.4/24` has host bits set; the network is `1\.2\.3\.0/24`"):
        parse_prefix("1.2.3.4/24", strict=True)


@given(ADDRESSES, st.integers(0, 128), ADDRESSES)
def test_prefixes_cover_what_ipaddress_says(address: bytes, length: int, other: bytes) -> None:
    text = f"{ipaddress.ip_address(address)}/{min(length, len(address) * 8)}"
    yardstick = ipaddress.ip_network(text, strict=False)
    prefix = Prefix(yardstick.network_address.packed, yardstick.prefixlen)
    assert prefix.last == yardstick.broadcast_address.packed
    assert prefix.is_address is (yardstick.num_addresses == 1)
    assert all(prefix.covers(each) for each in (address, prefix.network, prefix.last))
    assert prefix.covers(other) is (ipaddress.ip_address(other) in yardstick)


@pytest.mark.parametrize(
    ("network", "length", "message"),
    [(bytes(4), 33, "not within 0 to 32"), (bytes(16), -1, "not within 0 to 128"), (b"\x0a\0\0\1", 8, "host bits")],
)
def test_prefixes_are_valid_from_birth(network: bytes, length: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Prefix(network, length)


def test_families() -> None:
    assert family_of(bytes(4)) is Family.V4
    assert family_of(bytes(16)) is parse_prefix("::/0").family is Family.V6
    assert [family.bits for family in Family] == [32, 128]


def test_port_ranges() -> None:
    assert [str(PortRange(80, 80)), str(PortRange(0, 65535))] == ["80", "0:65535"]
    for first, last in ((-1, 0), (0, 65536), (81, 80)):
        with pytest.raises(ValueError, match=f"ports {first}:{last}"):
            PortRange(first, last)


@pytest.mark.parametrize(
    ("protocol", "text", "has_ports", "family"),
    [
        (Protocol(6), "TCP", True, None),
        (Protocol(6, named=False), "6", True, None),
        (Protocol(17), "UDP", True, None),
        (Protocol(132), "SCTP", True, None),
        (Protocol(136), "UDPLite", False, None),
        (Protocol(1), "ICMP", False, Family.V4),
        (Protocol(58), "ICMPv6", False, Family.V6),
        (Protocol(1, named=False), "1", False, None),  # only the names imply a family
        (Protocol(58, named=False), "58", False, None),
    ],
)
def test_protocols(protocol: Protocol, text: str, has_ports: bool, family: Family | None) -> None:
    assert (str(protocol), protocol.has_ports, protocol.implied_family) == (text, has_ports, family)


def test_only_the_outermost_stay_sorted_and_families_apart() -> None:
    texts = ("10.1.0.0/16", "10.0.0.0/8", "10.1.2.3/32", "192.0.2.0/24", "::/0", "fd00::/8")
    found = outermost(parse_prefix(text) for text in texts)
    assert sorted(map(str, found)) == ["10.0.0.0/8", "192.0.2.0/24", "::/0"]


def test_twice_the_same_is_once() -> None:
    assert outermost([parse_prefix("10.0.0.0/8")] * 2) == [parse_prefix("10.0.0.0/8")]
