"""Statements → the kernel's expressions in bytes, and what tells two rules' expressions apart. Pure."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, singledispatch
from hashlib import blake2s

from tortie.netlink import attribute, attribute_map, attributes, be32, nested, text

from .constants import LEVELS
from .elements import data_bytes, encode_elements, key_packer
from .fields import FIELD_TYPES, IMPLIED, TYPES
from .objects import (
    Count,
    Element,
    Field,
    Limit,
    Log,
    Lookup,
    LookupPriority,
    MarkBit,
    Match,
    NoTrack,
    Reject,
    Rule,
    Set,
    SetPriority,
    Statement,
    Type,
    Verdict,
    Vmap,
)

__all__ = ["ANONYMOUS", "anonymous_set", "digest_elements", "expressions", "fingerprint", "rule_fingerprint"]

ANONYMOUS = "__"
"""How names of anonymous sets begin, ours and the kernel's."""

_EQUAL, _UNEQUAL, _AT_MOST, _AT_LEAST = 0, 1, 3, 5
_META = {
    Field.PRIORITY: 2,
    Field.MARK: 3,
    Field.IIF: 4,
    Field.IIFNAME: 6,
    Field.OIFNAME: 7,
    Field.NFPROTO: 15,
    Field.L4PROTO: 16,
}
_CT = {Field.CT_STATE: 0, Field.CT_STATUS: 2}
_BITS = frozenset({*_CT, Field.MARK})
_NETWORK, _TRANSPORT = 1, 2
_PAYLOAD = {
    Field.IP_SADDR: (_NETWORK, 12),
    Field.IP_DADDR: (_NETWORK, 16),
    Field.IP6_SADDR: (_NETWORK, 8),
    Field.IP6_DADDR: (_NETWORK, 24),
    Field.TH_SPORT: (_TRANSPORT, 0),
    Field.TH_DPORT: (_TRANSPORT, 2),
    Field.ICMP_TYPE: (_TRANSPORT, 0),
    Field.ICMP_CODE: (_TRANSPORT, 1),
    Field.ICMPV6_TYPE: (_TRANSPORT, 0),
    Field.ICMPV6_CODE: (_TRANSPORT, 1),
}
_PRIORITY = _META[Field.PRIORITY]
_MARK = _META[Field.MARK]
_ANY_FAMILY, _PORT_UNREACHABLE = 2, b"\1"


def expressions(statements: Sequence[Statement], set_ids: Iterable[int] = ()) -> bytes:
    """Return the rule's list of expressions; anonymous sets are known by `set_ids`, in the order of their use."""
    ids = iter(set_ids)
    known: set[tuple[Field, int]] = set()
    parts: list[bytes] = []
    for statement in statements:
        for field in _reads(statement):
            for needed in IMPLIED.get(field, ()):
                if needed not in known:
                    known.add(needed)
                    parts.append(_encoded(Match(*needed)))
        if isinstance(statement, Match) and not statement.negate and isinstance(statement.value, int):
            known.add((statement.field, statement.value))
        if isinstance(statement, Lookup | Vmap) and not isinstance(statement.among, str):
            parts.append(_anonymous_lookup(statement, next(ids, 0)))
        else:
            parts.append(_encoded(statement))
    return b"".join(parts)


def anonymous_set(statement: Statement) -> tuple[Set, tuple[Element, ...]] | None:
    """Return the set that a statement brings along, with its elements, or None."""
    if not isinstance(statement, Lookup | Vmap) or isinstance(statement.among, str):
        return None
    types = tuple(FIELD_TYPES[field] for field in statement.fields)
    if isinstance(statement, Vmap):
        a_map = Set(f"{ANONYMOUS}map%d", types, Type.VERDICT)
        return a_map, tuple(Element(a_map, key, verdict) for key, verdict in statement.among)
    a_set = Set(f"{ANONYMOUS}set%d", types)
    return a_set, tuple(Element(a_set, key) for key in statement.among)


@lru_cache(maxsize=1 << 16)
def rule_fingerprint(rule: Rule) -> bytes:
    """Return what a rule's fingerprint will be when the kernel tells of it."""
    contents = []
    for statement in rule.statements:
        brought = anonymous_set(statement)
        if brought:
            items = [attribute_map(data[4:]) for data in encode_elements(*brought)]
            contents.append(digest_elements(items))
    return fingerprint(expressions(rule.statements), contents)


def digest_elements(items: Iterable[Mapping[int, bytes]]) -> bytes:
    """Return a digest of an anonymous set's elements, given the attributes of each."""
    return blake2s(repr(sorted((item.get(1, b""), item.get(2, b"")) for item in items)).encode()).digest()


def fingerprint(listed: bytes, contents: Iterable[bytes]) -> bytes:
    """Return a digest of a list of expressions; `contents` are digests of its anonymous sets, in order.

    It does not depend on the order of attributes, nor on the names and numbers of anonymous sets.
    """
    digests = iter(contents)
    steps = []
    for _, expression in attributes(listed):
        parts = attribute_map(expression)
        data = attribute_map(parts.get(2, b""))
        if parts[1] == b"lookup\0":
            data.pop(4, None)
            if data.get(1, b"").startswith(ANONYMOUS.encode()):
                data[1] = next(digests, b"")
        steps.append((parts[1], sorted(data.items())))
    return blake2s(repr(steps).encode()).digest()


def _reads(statement: Statement) -> tuple[Field, ...]:
    match statement:
        case Match(field=field):
            return (field,)
        case Lookup(fields=fields) | Vmap(fields=fields) | LookupPriority(fields=fields):
            return fields
        case _:
            return ()


def _expression(kind: str, *parts: bytes) -> bytes:
    return nested(1, text(1, kind), nested(2, *parts))


def _load(field: Field, register: int = 1, size: int = 0) -> bytes:
    if field in _PAYLOAD:
        where, offset = _PAYLOAD[field]
        width = size or TYPES[FIELD_TYPES[field]].width
        return _expression("payload", be32(1, register), be32(2, where), be32(3, offset), be32(4, width))
    if field in _CT:
        return _expression("ct", be32(1, register), be32(2, _CT[field]))
    return _expression("meta", be32(2, _META[field]), be32(1, register))


def _loads(fields: Sequence[Field]) -> bytes:
    """Load the fields side by side, each from a new 32-bit word on: how keys of concatenations lie in a set."""
    parts = []
    word = 0
    for field in fields:
        parts.append(_load(field, 8 + word if word % 4 else 1 + word // 4))
        word += (TYPES[FIELD_TYPES[field]].width + 3) // 4
    return b"".join(parts)


def _compare(operator: int, data: bytes) -> bytes:
    return _expression("cmp", be32(1, 1), be32(2, operator), nested(3, attribute(1, data)))


def _masked(mask: bytes, flipped: bytes = b"") -> bytes:
    """Keep the bits of `mask`, then flip those of `flipped`."""
    size = len(mask)
    parts = be32(1, 1), be32(2, 1), be32(3, size), be32(6, 0)
    flips = nested(5, attribute(1, flipped or bytes(size)))
    return _expression("bitwise", *parts, nested(4, attribute(1, mask)), flips)


@dataclass(frozen=True, slots=True)
class _Reference:
    """How a lookup names its set, and what it wants of it."""

    name: str
    ident: int = 0
    to_register: int | None = None
    negate: bool = False


def _lookup(reference: _Reference) -> bytes:
    parts = [text(1, reference.name), be32(2, 1)]
    if reference.ident:
        parts.append(be32(4, reference.ident))
    if reference.to_register is not None:
        parts.append(be32(3, reference.to_register))
    return _expression("lookup", *parts, be32(5, int(reference.negate)))


def _anonymous_lookup(statement: Lookup | Vmap, ident: int) -> bytes:
    if isinstance(statement, Vmap):
        return _loads(statement.fields) + _lookup(_Reference(f"{ANONYMOUS}map%d", ident, to_register=0))
    return _loads(statement.fields) + _lookup(_Reference(f"{ANONYMOUS}set%d", ident, negate=statement.negate))


@lru_cache(maxsize=1 << 16)
def _encoded(statement: Statement) -> bytes:
    return _encode(statement)


@singledispatch
def _encode(statement: Statement) -> bytes:
    raise TypeError(f"no such statement: {statement!r}")


@_encode.register
def _(statement: Match) -> bytes:
    field = statement.field
    kind = FIELD_TYPES[field]
    operator = _UNEQUAL if statement.negate else _EQUAL
    if isinstance(statement.value, str):
        name = statement.value
        data = name[:-1].encode() if name.endswith("*") else key_packer((kind,))(name)
        return _load(field) + _compare(operator, data)
    data = key_packer((kind,))(statement.value)
    if statement.last is not None:
        return _load(field) + _compare(_AT_LEAST, data) + _compare(_AT_MOST, key_packer((kind,))(statement.last))
    if field in _BITS:
        return _load(field) + _masked(data) + _compare(_EQUAL if statement.negate else _UNEQUAL, bytes(4))
    if statement.bits is None or statement.bits == 8 * len(data):
        return _load(field) + _compare(operator, data)
    if statement.bits % 8 == 0:
        size = statement.bits // 8
        return _load(field, size=size) + _compare(operator, data[:size])
    mask = ((1 << statement.bits) - 1 << 8 * len(data) - statement.bits).to_bytes(len(data), "big")
    return _load(field) + _masked(mask) + _compare(operator, data)


@_encode.register
def _(statement: Lookup) -> bytes:
    return _loads(statement.fields) + _lookup(_Reference(str(statement.among), negate=statement.negate))


@_encode.register
def _(statement: Vmap) -> bytes:
    return _loads(statement.fields) + _lookup(_Reference(str(statement.among), to_register=0))


@_encode.register
def _(statement: LookupPriority) -> bytes:
    written = _expression("meta", be32(2, _PRIORITY), be32(3, 1))
    return _loads(statement.fields) + _lookup(_Reference(statement.among, to_register=1)) + written


@_encode.register
def _(statement: SetPriority) -> bytes:
    data = nested(2, attribute(1, statement.value.to_bytes(4, sys.byteorder)))
    return _expression("immediate", be32(1, 1), data) + _expression("meta", be32(2, _PRIORITY), be32(3, 1))


@_encode.register
def _(statement: MarkBit) -> bytes:
    kept = (~statement.bit & 0xFFFFFFFF).to_bytes(4, sys.byteorder)
    flipped = statement.bit.to_bytes(4, sys.byteorder) if statement.on else b""
    return _load(Field.MARK) + _masked(kept, flipped) + _expression("meta", be32(2, _MARK), be32(3, 1))


@_encode.register
def _(_: NoTrack) -> bytes:
    return _expression("notrack")


@_encode.register
def _(statement: Limit) -> bytes:
    rate, unit = (
        attribute(kind, value.to_bytes(8, "big")) for kind, value in ((1, statement.count), (2, statement.seconds))
    )
    return _expression("limit", rate, unit, be32(3, statement.burst), be32(4, 0), be32(5, 0))


@_encode.register
def _(_: Reject) -> bytes:
    return _expression("reject", be32(1, _ANY_FAMILY), attribute(2, _PORT_UNREACHABLE))


@_encode.register
def _(statement: Count) -> bytes:
    return _expression("objref", be32(1, 1), text(2, statement.counter))


@_encode.register
def _(statement: Log) -> bytes:
    prefix = text(2, statement.prefix) if statement.prefix else b""
    if statement.group is not None:
        return _expression("log", attribute(1, statement.group.to_bytes(2, "big")), prefix)
    return _expression("log", prefix, be32(5, LEVELS[statement.level or "warn"]))


@_encode.register
def _(statement: Verdict) -> bytes:
    return _expression("immediate", be32(1, 0), data_bytes(statement))
