"""One connection as connection tracking tells of it: bytes to what policy asks about. Pure.

The numbers are those of linux/netfilter/nfnetlink_conntrack.h.
"""

from __future__ import annotations

from dataclasses import dataclass

from .codec import NESTED, attribute, attribute_map

__all__ = ["Connection", "read_connection"]

_ORIGINAL, _REPLY, _ID, _ZONE = 1, 2, 12, 18
_IP, _PROTOCOL = 1, 2
_SOURCES, _DESTINATIONS = (1, 3), (2, 4)  # IPv4, IPv6
_NUMBER, _SOURCE_PORT, _DESTINATION_PORT = 1, 2, 3
_TYPES, _CODES = (5, 8), (6, 9)  # ICMP, ICMPv6


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection by its first packet: packed addresses, ports (0 where the protocol has none), ICMP type and code.

    `reached` is the address and port that answers come from: those of the destination, but for what was translated.
    `ident` is what names the entry to the kernel.
    """

    protocol: int
    source: bytes
    destination: bytes
    source_port: int
    destination_port: int
    icmp_type: int
    icmp_code: int
    reached: tuple[bytes, int]
    ident: bytes

    @property
    def family(self) -> int:
        """Return the address family's number, as netlink has it."""
        return 2 if len(self.source) == 4 else 10  # noqa: PLR2004 - bytes of an IPv4 address


def read_connection(body: bytes) -> Connection | None:
    """Return the connection in a message's body; None where it is not one of IPv4 or IPv6."""
    parts = attribute_map(body, 4)
    if not {_ORIGINAL, _REPLY} <= parts.keys():
        return None
    first, answer = attribute_map(parts[_ORIGINAL]), attribute_map(parts[_REPLY])
    if not {_IP, _PROTOCOL} <= first.keys() & answer.keys():
        return None
    addresses, layer4 = attribute_map(first[_IP]), attribute_map(first[_PROTOCOL])
    from_whom, by_port = attribute_map(answer[_IP]), attribute_map(answer[_PROTOCOL])
    ident = b"".join(
        attribute(kind | (NESTED if kind == _ORIGINAL else 0), parts[kind])
        for kind in (_ORIGINAL, _ZONE, _ID)
        if kind in parts
    )
    return Connection(
        _number(layer4, (_NUMBER,)),
        _address(addresses, _SOURCES),
        _address(addresses, _DESTINATIONS),
        _number(layer4, (_SOURCE_PORT,)),
        _number(layer4, (_DESTINATION_PORT,)),
        _number(layer4, _TYPES),
        _number(layer4, _CODES),
        (_address(from_whom, _SOURCES), _number(by_port, (_SOURCE_PORT,))),
        ident,
    )


def _address(parts: dict[int, bytes], kinds: tuple[int, int]) -> bytes:
    return next((parts[kind] for kind in kinds if kind in parts), b"")


def _number(parts: dict[int, bytes], kinds: tuple[int, ...]) -> int:
    return next((int.from_bytes(parts[kind], "big") for kind in kinds if kind in parts), 0)
