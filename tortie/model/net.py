"""Addresses, prefixes, ports and protocols, small enough to keep by the hundred thousand."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

__all__ = [
    "ICMP_OF",
    "IPIP",
    "MAX_PORT",
    "PROTOCOL_NAMES",
    "PROTOCOL_NUMBERS",
    "SCTP",
    "TCP",
    "UDP",
    "WITH_PORTS",
    "Family",
    "PortRange",
    "Prefix",
    "Protocol",
    "family_of",
    "format_address",
    "outermost",
    "parse_address",
    "parse_prefix",
]

MAX_PORT = 65535
_OCTETS = {str(number): number for number in range(256)}
_V4_TEXT = re.compile(r"(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}")
_LENGTH_TEXT = re.compile(r"0|[1-9][0-9]{0,2}")
_V4_MAPPED = bytes(10) + b"\xff\xff"


class Family(IntEnum):
    """An address family; the value is the IP version."""

    V4 = 4
    V6 = 6

    @property
    def bits(self) -> int:
        """Return the length of an address in bits."""
        return 32 if self is Family.V4 else 128


def family_of(address: bytes) -> Family:
    """Return the family of a packed address: 4 bytes are IPv4, 16 are IPv6."""
    return Family.V4 if len(address) == 4 else Family.V6  # noqa: PLR2004 - bytes in an IPv4 address


def parse_address(text: str) -> bytes:
    """Return an address packed in network order, 4 or 16 bytes.

    As Go reads addresses: no leading zeros, no zone, no netmask; IPv4 mapped into IPv6 counts as IPv4.

    Raises:
        ValueError: the text is no address.
    """
    if ":" not in text:
        try:
            first, second, third, fourth = text.split(".")
            return bytes((_OCTETS[first], _OCTETS[second], _OCTETS[third], _OCTETS[fourth]))
        except (KeyError, ValueError):
            hint = ": an octet is over 255" if _V4_TEXT.fullmatch(text) else ""
            raise ValueError(f"`{text}` is not an IP address{hint}") from None
    if "%" in text or "/" in text:
        raise ValueError(f"`{text}` is not an IP address")
    try:
        packed = ipaddress.IPv6Address(text).packed
    except ipaddress.AddressValueError as error:
        raise ValueError(f"`{text}` is not an IP address") from error
    return packed[12:] if packed.startswith(_V4_MAPPED) else packed


def format_address(address: bytes) -> str:
    """Return the usual text of a packed address."""
    return ".".join(map(str, address)) if family_of(address) is Family.V4 else str(ipaddress.IPv6Address(address))


@dataclass(frozen=True, slots=True, order=True)
class Prefix:
    """A CIDR: `network` packed in network order with its host bits zero, `length` in bits."""

    network: bytes
    length: int

    def __post_init__(self) -> None:
        """Refuse a length the family does not have, and host bits."""
        bits = len(self.network) * 8
        if not 0 <= self.length <= bits:
            raise ValueError(f"a prefix length of {self.length} is not within 0 to {bits}")
        if int.from_bytes(self.network) & ((1 << (bits - self.length)) - 1):
            raise ValueError(f"{format_address(self.network)}/{self.length} has host bits set")

    @property
    def family(self) -> Family:
        """Return the address family."""
        return family_of(self.network)

    @property
    def is_address(self) -> bool:
        """Tell whether the prefix covers exactly one address."""
        return self.length == len(self.network) * 8

    @property
    def last(self) -> bytes:
        """Return the highest address covered, packed."""
        bits = len(self.network) * 8
        return (int.from_bytes(self.network) | ((1 << (bits - self.length)) - 1)).to_bytes(len(self.network))

    def covers(self, address: bytes) -> bool:
        """Tell whether a packed address lies in the prefix; never for one of the other family."""
        return len(address) == len(self.network) and self.network <= address <= self.last

    def __str__(self) -> str:
        """Return the CIDR text, `10.0.0.0/8`."""
        return f"{format_address(self.network)}/{self.length}"


@lru_cache(maxsize=65536)
def parse_prefix(text: str, *, strict: bool = False) -> Prefix:
    """Return the prefix that an address or CIDR text names; a bare address is a prefix of full length.

    Args:
        text: `10.0.0.0/8`, `10.0.0.1`, `feed::/16`.
        strict: refuse host bits (`10.0.0.1/24`) instead of clearing them.

    Raises:
        ValueError: the text is neither, or has host bits while `strict`.
    """
    head, slash, tail = text.partition("/")
    address = parse_address(head)
    bits = len(address) * 8
    if not slash:
        return Prefix(address, bits)
    if ":" in head and len(address) == 4 and _LENGTH_TEXT.fullmatch(tail):  # noqa: PLR2004 - IPv4 in IPv6 text
        tail = str(max(int(tail) - 96, -1))
    if not _LENGTH_TEXT.fullmatch(tail) or int(tail) > bits:
        raise ValueError(f"`{text}` is not a CIDR: the prefix length must be 0 to {bits}")
    length = int(tail)
    value = int.from_bytes(address)
    masked = value >> (bits - length) << (bits - length)
    if strict and masked != value:
        wanted = Prefix(masked.to_bytes(len(address)), length)
        raise ValueError(f"`{text}` has host bits set; the network is `{wanted}`")
    return Prefix(masked.to_bytes(len(address)), length)


def outermost(prefixes: Iterable[Prefix]) -> list[Prefix]:
    """Return the prefixes that no other contains, sorted: no two of them overlap."""
    found: list[Prefix] = []
    for each in sorted(prefixes, key=lambda prefix: prefix.length):
        if not any(outer.covers(each.network) for outer in found):
            found.append(each)
    return sorted(found)


@dataclass(frozen=True, slots=True, order=True)
class PortRange:
    """Ports `first` to `last`, both included."""

    first: int
    last: int

    def __post_init__(self) -> None:
        """Refuse ports that do not exist, and reversed ranges."""
        if not 0 <= self.first <= self.last <= MAX_PORT:
            raise ValueError(f"ports {self.first}:{self.last}: want 0 <= first <= last <= {MAX_PORT}")

    def __str__(self) -> str:
        """Return `80` or `80:90`."""
        return str(self.first) if self.first == self.last else f"{self.first}:{self.last}"


TCP, UDP, SCTP, IPIP = 6, 17, 132, 4
ICMP_OF = {Family.V4: 1, Family.V6: 58}
"""The protocol number of each family's own ICMP."""
WITH_PORTS = frozenset({TCP, UDP, SCTP})
"""The protocols whose ports policy may match."""
PROTOCOL_NUMBERS = {
    "TCP": TCP,
    "UDP": UDP,
    "ICMP": ICMP_OF[Family.V4],
    "ICMPv6": ICMP_OF[Family.V6],
    "SCTP": SCTP,
    "UDPLite": 136,
}
PROTOCOL_NAMES = {number: name for name, number in PROTOCOL_NUMBERS.items()}


@dataclass(frozen=True, slots=True)
class Protocol:
    """A transport protocol as a rule names it.

    `named` tells `TCP` from `6`: they match the same packets, but only the names ICMP and ICMPv6 imply a family.
    """

    number: int
    named: bool = True

    @property
    def has_ports(self) -> bool:
        """Tell whether policy may match ports of the protocol: TCP, UDP and SCTP."""
        return self.number in WITH_PORTS

    @property
    def implied_family(self) -> Family | None:
        """Return the family that the name implies: ICMP is IPv4, ICMPv6 is IPv6."""
        return next((family for family, icmp in ICMP_OF.items() if self.named and icmp == self.number), None)

    def __str__(self) -> str:
        """Return the text or number as written in a rule."""
        return PROTOCOL_NAMES[self.number] if self.named else str(self.number)
