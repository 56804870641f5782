"""Elements ⇄ netlink bytes: keys, ranges, data and verdicts. Pure, and the part whose speed matters."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from tortie.netlink import attribute, attribute_map, attributes, be32, nested, text

from .constants import VERDICTS
from .fields import TYPES
from .objects import Element, Key, Set, Type, Value, Verdict
from .ruleset import Span

__all__ = ["data_bytes", "decode_elements", "encode_elements", "key_packer", "raw_elements"]

_LIST, _KEY, _DATA, _FLAGS, _KEY_END = 1, 1, 2, 3, 10
_INTERVAL_END = 1
_VALUE, _VERDICT = 1, 2
_KINDS = {number: kind for kind, number in VERDICTS.items()}
_ENDED = be32(_FLAGS, _INTERVAL_END)


def encode_elements(a_set: Set, elements: Iterable[Element], *, deleting: bool = False) -> list[bytes]:
    """Return what each element is in a message: one entry of the list, or for a range of addresses its two ends.

    Raises:
        ValueError, OverflowError, TypeError: a key or datum is not of the set's types.
    """
    pack = key_packer(a_set.key)
    data = _no_data if deleting or a_set.data is None else data_bytes
    if not a_set.interval:
        return _hashed(pack, elements, data)
    if len(a_set.key) == 1:
        width = TYPES[a_set.key[0]].width
        return [_two_ends(pack, element, data(element.data), width) for element in elements]
    return [
        nested(_LIST, _value(_KEY, pack(element.key)), data(element.data), _value(_KEY_END, pack(_end(element))))
        for element in elements
    ]


@lru_cache(maxsize=1 << 16)
def data_bytes(data: int | Verdict | None) -> bytes:
    """Return the data attribute of a map's element: a number in the host's order, or a verdict."""
    if data is None:
        raise ValueError("an element of a map needs data")
    if isinstance(data, int):
        return _value(_DATA, data.to_bytes(4, sys.byteorder))
    code = be32(1, VERDICTS[data.kind])
    return nested(_DATA, nested(_VERDICT, code, text(2, data.chain) if data.chain else b""))


def key_packer(types: Sequence[Type]) -> Callable[[Key], bytes]:
    """Return the function that turns a key of these types to bytes; parts of a concatenation fill four-byte words."""
    if len(types) == 1:
        return _part_packer(types[0])
    parts = [(_part_packer(kind), TYPES[kind].width + 3 & ~3) for kind in types]

    def pack(key: Key) -> bytes:
        if not isinstance(key, tuple):
            raise TypeError(f"key {key!r}: want one value for each of {', '.join(types)}")
        return b"".join(part(value).ljust(width, b"\0") for (part, width), value in zip(parts, key, strict=True))

    return pack


def decode_elements(a_set: Set, raw: Iterable[dict[int, bytes]]) -> dict[Span, int | Verdict | None]:
    """Return the elements of a set, given the attributes of each, by where they begin and end."""
    read = _key_reader(a_set.key)
    if a_set.interval and len(a_set.key) == 1:
        return _joined(a_set, raw)
    found: dict[Span, int | Verdict | None] = {}
    for item in raw:
        first = read(_content(item[_KEY]))
        last = read(_content(item[_KEY_END])) if _KEY_END in item else first
        found[first, last] = _read_data(item.get(_DATA))
    return found


def raw_elements(body: bytes) -> list[dict[int, bytes]]:
    """Return the attributes of each element in an element message's body."""
    listed = attribute_map(body, 4).get(3, b"")
    return [attribute_map(item) for _, item in attributes(listed)]


def _no_data(_: int | Verdict | None) -> bytes:
    return b""


def _value(kind: int, data: bytes) -> bytes:
    return attribute(kind, attribute(_VALUE, data))


def _content(nest: bytes) -> bytes:
    return attribute_map(nest)[_VALUE]


def _hashed(
    pack: Callable[[Key], bytes], elements: Iterable[Element], data: Callable[[int | Verdict | None], bytes]
) -> list[bytes]:
    """Encode elements without ranges; the headers of equally long ones are made once."""
    heads: dict[tuple[int, int], bytes] = {}
    encoded = []
    for element in elements:
        key = pack(element.key)
        datum = data(element.data)
        sizes = len(key), len(datum)
        head = heads.get(sizes)
        if head is None:
            key_part = _value(_KEY, key)
            head = heads[sizes] = attribute(_LIST, key_part + datum)[: 4 + len(key_part) - (len(key) + 3 & ~3)]
        encoded.append(head + key + b"\0" * (-len(key) & 3) + datum)
    return encoded


def _end(element: Element) -> Key:
    return element.key if element.end is None else element.end


def _two_ends(pack: Callable[[Key], bytes], element: Element, data: bytes, width: int) -> bytes:
    """Return the two entries that a range is: its first key, and with a flag the first key beyond."""
    start = nested(_LIST, _value(_KEY, pack(element.key)), data)
    last = _end(element)
    if not isinstance(last, int):
        raise TypeError(f"range end {last!r}: want a number")
    if last + 1 == 1 << 8 * width:
        return start
    return start + nested(_LIST, _value(_KEY, pack(last + 1)), _ENDED)


def _part_packer(kind: Type) -> Callable[[Key], bytes]:
    width = TYPES[kind].width
    order = "big" if TYPES[kind].network else sys.byteorder

    def number(value: Key) -> bytes:
        return value.to_bytes(width, order)  # type: ignore[union-attr]  # checked by failing: the hottest line

    def interface(value: Key) -> bytes:
        if not isinstance(value, str) or not value or len(value.encode()) >= width:
            raise ValueError(f"interface name {value!r}: want 1 to {width - 1} bytes")
        return value.encode().ljust(width, b"\0")

    return interface if kind is Type.IFNAME else number


def _key_reader(types: Sequence[Type]) -> Callable[[bytes], Key]:
    if len(types) == 1:
        return lambda data: _read_part(types[0], data)
    places: list[tuple[Type, int]] = []
    offset = 0
    for kind in types:
        places.append((kind, offset))
        offset += TYPES[kind].width + 3 & ~3
    return lambda data: tuple(_read_part(kind, data[at : at + TYPES[kind].width]) for kind, at in places)


def _read_part(kind: Type, data: bytes) -> Value:
    if kind is Type.IFNAME:
        return data.rstrip(b"\0").decode(errors="replace")
    return int.from_bytes(data, "big" if TYPES[kind].network else sys.byteorder)


def _read_data(nest: bytes | None) -> int | Verdict | None:
    if nest is None:
        return None
    parts = attribute_map(nest)
    if _VALUE in parts:
        return int.from_bytes(parts[_VALUE], sys.byteorder)
    verdict = attribute_map(parts[_VERDICT])
    kind = _KINDS[int.from_bytes(verdict[1], "big", signed=True)]
    return Verdict(kind, verdict.get(2, b"").rstrip(b"\0").decode(errors="replace"))


def _joined(a_set: Set, raw: Iterable[dict[int, bytes]]) -> dict[Span, int | Verdict | None]:
    """Return the ranges that the kernel lists as separate ends, in whatever order."""
    kind = a_set.key[0]
    order = "big" if TYPES[kind].network else sys.byteorder
    ends = sorted(
        ((int.from_bytes(_content(item[_KEY]), order), _FLAGS not in item, item.get(_DATA)) for item in raw),
        key=lambda end: end[:2],
    )
    found: dict[Span, int | Verdict | None] = {}
    for index, (key, starts, data) in enumerate(ends):
        if starts:
            beyond = ends[index + 1][0] if index + 1 < len(ends) else 1 << 8 * TYPES[kind].width
            found[key, beyond - 1] = _read_data(data)
    return found
