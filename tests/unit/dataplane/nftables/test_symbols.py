"""How nft prints values."""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.dataplane.nftables import Type
from tortie.dataplane.nftables.symbols import PROTOCOLS, value_text


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Type.IPV4_ADDR, 0x0A000001, "10.0.0.1"),
        (Type.IPV6_ADDR, 0, "::"),
        (Type.IPV6_ADDR, 1, "::1"),
        (Type.IPV6_ADDR, 0x0A000001, "::10.0.0.1"),
        (Type.IPV6_ADDR, 0xFFFF0A000001, "::ffff:10.0.0.1"),
        (Type.IPV6_ADDR, 0xFD << 120, "fd00::"),
        (Type.INET_PROTO, 6, "tcp"),
        (Type.INET_PROTO, 99, "99"),
        (Type.INET_SERVICE, 80, "80"),
        (Type.ICMP_TYPE, 8, "echo-request"),
        (Type.ICMP_CODE, 0, "net-unreachable"),
        (Type.ICMPV6_TYPE, 135, "nd-neighbor-solicit"),
        (Type.ICMPV6_CODE, 4, "port-unreachable"),
        (Type.IFNAME, "cali1", '"cali1"'),
        (Type.CLASSID, 0, "none"),
        (Type.CLASSID, 31, "0:1f"),
        (Type.CLASSID, 0x12345, "1:2345"),
        (Type.CLASSID, 0xFFFFFFFF, "root"),
        (Type.CT_STATE, 6, "established,related"),
        (Type.CT_STATUS, 32, "dnat"),
        (Type.NF_PROTO, 10, "ipv6"),
    ],
)
def test_values(kind: Type, value: int | str, expected: str) -> None:
    assert value_text(kind, value) == expected


@given(st.integers(1 << 48, 2**128 - 1))
def test_ipv6_addresses_print_as_everybody_prints_them(value: int) -> None:
    assert value_text(Type.IPV6_ADDR, value) == str(ipaddress.IPv6Address(value))


def test_ranges_show_numbers() -> None:
    assert value_text(Type.ICMP_TYPE, 8, numeric=True) == "8"


NFT = shutil.which("nft", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


@pytest.mark.skipif(NFT is None, reason="no nft to ask")
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Type.ICMP_TYPE, "icmp_type"),
        (Type.ICMP_CODE, "icmp_code"),
        (Type.ICMPV6_TYPE, "icmpv6_type"),
        (Type.ICMPV6_CODE, "icmpv6_code"),
        (Type.CT_STATE, "ct_state"),
        (Type.CT_STATUS, "ct_status"),
    ],
)
def test_words_are_the_first_that_nft_has_for_a_value(kind: Type, name: str) -> None:
    first = words_of_nft(name)
    assert len(first) > 4
    assert {value: value_text(kind, value) for value in first} == first


@pytest.mark.skipif(NFT is None or not Path("/etc/protocols").exists(), reason="no nft to ask, or it has no names")
def test_protocols_have_the_names_that_the_system_gives_them() -> None:
    known = {number: word for number, word in words_of_nft("inet_proto").items() if number <= max(PROTOCOLS)}
    assert known == PROTOCOLS


def words_of_nft(name: str) -> dict[int, str]:
    """Return the first word of each value of a type, as nft describes it."""
    asked = subprocess.run([str(NFT), "describe", name], check=True, capture_output=True, text=True).stdout
    first: dict[int, str] = {}
    for word, number in re.findall(r"^\s+(\S+)\s+(0x[0-9a-f]+|\d+)$", asked, flags=re.MULTILINE):
        first.setdefault(int(number, 0), word)
    return first
