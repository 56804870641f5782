"""Netlink's framing: attributes and messages to bytes and back. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

__all__ = [
    "NESTED",
    "Message",
    "attribute",
    "attribute_map",
    "attributes",
    "be32",
    "message",
    "messages",
    "nested",
    "text",
]

NESTED = 0x8000
"""The flag of an attribute that holds attributes; optional, and not among the type's bits."""

_TYPE_BITS = 0x3FFF
_ATTRIBUTE = Struct("=HH")
_MESSAGE = Struct("=IHHII")
_BE32 = Struct("=HH4s")
_PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")


@dataclass(frozen=True, slots=True)
class Message:
    """One netlink message: its type, flags and sequence number, the port of the socket it concerns, and its body."""

    kind: int
    flags: int
    sequence: int
    port: int
    body: bytes


def attribute(kind: int, data: bytes) -> bytes:
    """Return an attribute, padded to four bytes; raises struct.error where it would exceed 65,535 bytes."""
    size = 4 + len(data)
    return _ATTRIBUTE.pack(size, kind) + data + _PADDING[size & 3]


def nested(kind: int, *parts: bytes) -> bytes:
    """Return an attribute that holds the attributes `parts`, without the optional flag, as the kernel itself writes."""
    return attribute(kind, b"".join(parts))


def be32(kind: int, value: int) -> bytes:
    """Return an attribute with a 32-bit number in network order; a negative one as its two's complement."""
    return _BE32.pack(8, kind, (value & 0xFFFFFFFF).to_bytes(4, "big"))


def text(kind: int, value: str) -> bytes:
    """Return an attribute with a zero-terminated string."""
    return attribute(kind, value.encode() + b"\0")


def message(kind: int, flags: int, sequence: int, body: bytes) -> bytes:
    """Return a message to the kernel."""
    return _MESSAGE.pack(16 + len(body), kind, flags, sequence, 0) + body + _PADDING[len(body) & 3]


def attributes(data: bytes, offset: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield type (without flags) and content of each attribute in `data` from `offset`; a broken tail ends it."""
    end = len(data)
    while offset + 4 <= end:
        size, kind = _ATTRIBUTE.unpack_from(data, offset)
        if size < 4 or offset + size > end:  # noqa: PLR2004 - an attribute's header is four bytes
            return
        yield kind & _TYPE_BITS, data[offset + 4 : offset + size]
        offset += size + 3 & ~3


def attribute_map(data: bytes, offset: int = 0) -> dict[int, bytes]:
    """Return the attributes in `data` by type; of equal types the last."""
    return dict(attributes(data, offset))


def messages(data: bytes) -> Iterator[Message]:
    """Yield the messages of one datagram; a broken tail ends it."""
    offset = 0
    while offset + 16 <= len(data):
        size, kind, flags, sequence, port = _MESSAGE.unpack_from(data, offset)
        if size < 16 or offset + size > len(data):  # noqa: PLR2004 - a message's header is sixteen bytes
            return
        yield Message(kind, flags, sequence, port, data[offset + 16 : offset + size])
        offset += size + 3 & ~3
