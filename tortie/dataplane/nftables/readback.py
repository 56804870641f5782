"""Netlink bytes → what the kernel's table holds. Pure; what is not of our making is read without complaint."""

from __future__ import annotations

from dataclasses import dataclass

from tortie.netlink import attribute_map

from .constants import HOOKS, INTERVAL, SET_COMMENT
from .fields import TYPES
from .objects import Chain, Counter, Hook, Set, Type

__all__ = ["RawRule", "read_chain", "read_count", "read_counter", "read_rule", "read_set"]

_BY_NUMBER = {info.number: kind for kind, info in TYPES.items()}
_HOOK_NAMES = {number: name for name, number in HOOKS.items()}
_SET_DATA_TYPE = 6
_CHAIN_HOOK = 4


@dataclass(frozen=True, slots=True)
class RawRule:
    """A rule before its anonymous sets are known."""

    chain: str
    handle: int
    expressions: bytes
    comment: str


def read_chain(body: bytes) -> tuple[str, Chain]:
    """Return the chain, after the name of its table."""
    parts = attribute_map(body, 4)
    chain = Chain(_text(parts.get(3)), _read_hook(parts) if _CHAIN_HOOK in parts else None, _comment(parts.get(12), 0))
    return _text(parts.get(1)), chain


def read_rule(body: bytes) -> RawRule:
    """Return the rule in a message."""
    parts = attribute_map(body, 4)
    handle = int.from_bytes(parts.get(3, b""), "big")
    return RawRule(_text(parts.get(2)), handle, parts.get(4, b""), _comment(parts.get(7), 0))


def read_set(body: bytes) -> Set:
    """Return the set in a message; where its types are not among ours, with an empty key."""
    parts = attribute_map(body, 4)
    name, comment = _text(parts.get(2)), _comment(parts.get(13), SET_COMMENT)
    number = _number(parts.get(4))
    key: list[Type | None] = []
    while number:
        key.insert(0, _BY_NUMBER.get(number & 0x3F))
        number >>= 6
    data = _BY_NUMBER.get(_number(parts[_SET_DATA_TYPE])) if _SET_DATA_TYPE in parts else None
    known = tuple(kind for kind in key if kind is not None)
    if len(known) != len(key) or (_SET_DATA_TYPE in parts and data is None):
        return Set(name, (), comment=comment)
    return Set(name, known, data, bool(_number(parts.get(3)) & INTERVAL), comment)


def read_counter(body: bytes) -> Counter:
    """Return the named counter in a message."""
    parts = attribute_map(body, 4)
    return Counter(_text(parts.get(2)), _comment(parts.get(8), 0))


def read_count(body: bytes) -> tuple[str, tuple[int, int]]:
    """Return a named counter's name, and its packets and bytes."""
    parts = attribute_map(body, 4)
    data = attribute_map(parts.get(4, b""))
    return _text(parts.get(2)), (_number(data.get(2)), _number(data.get(1)))


def _read_hook(parts: dict[int, bytes]) -> Hook:
    place = attribute_map(parts[4])
    priority = int.from_bytes(place.get(2, b""), "big", signed=True)
    policy = "accept" if _number(parts.get(5)) else "drop"
    number = _number(place.get(1))
    return Hook(_text(parts.get(7)), _HOOK_NAMES.get(number, str(number)), priority, policy)


def _text(data: bytes | None) -> str:
    return (data or b"").rstrip(b"\0").decode(errors="replace")


def _number(data: bytes | None) -> int:
    return int.from_bytes(data or b"", "big")


def _comment(userdata: bytes | None, wanted: int) -> str:
    """Return the comment among nftables' own type-length-value triples, which the kernel keeps unread."""
    at = 0
    data = userdata or b""
    while at + 2 <= len(data):
        kind, size = data[at], data[at + 1]
        if kind == wanted:
            return _text(data[at + 2 : at + 2 + size])
        at += 2 + size
    return ""
