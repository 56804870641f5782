"""Transactions → batches of netlink messages that remember what each message was about. Pure."""

from __future__ import annotations

import errno
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from tortie.netlink import ACK, CREATE, REQUEST, attribute, be32, message, nested, text

from .constants import BATCH_BEGIN, BATCH_END, HOOKS, INET, INTERVAL, SET_COMMENT, SUBSYSTEM, Op
from .elements import encode_elements
from .expressions import anonymous_set, expressions
from .fields import TYPES
from .objects import Chain, Counter, Element, Hook, Object, Rule, Set, Table, Type
from .protocol import Failure, Refused
from .transaction import Elements, Operation, Transaction, Verb

__all__ = ["UNWRITABLE", "Batch", "Part", "encode", "request"]

UNWRITABLE = (ValueError, TypeError, OverflowError, AttributeError, struct.error)
"""What writing an object raises that no message can carry; the hottest code checks by failing."""

_APPEND = 0x800
_FLAG_ANONYMOUS, _FLAG_MAP, _FLAG_CONCAT = 3, 8, 0x80
_LIST_LIMIT = 60_000  # bytes of elements in one message: a nested attribute ends at 65,535


@dataclass(frozen=True, slots=True)
class Part:
    """What one message of a batch is about; of elements also where each begins, in bytes from the message's start."""

    verb: Verb
    object: Object
    elements: tuple[Element, ...] = ()
    offsets: tuple[int, ...] = ()

    def blamed(self, offset: int) -> Object:
        """Return the element at `offset` of the message, or where there is none the object as a whole."""
        for element, start in zip(reversed(self.elements), reversed(self.offsets), strict=True):
            if offset >= start:
                return element
        return self.elements[0] if len(self.elements) == 1 else self.object


@dataclass(slots=True)
class Batch:
    """Messages in the making; message numbers begin at 1, which is the batch's own beginning."""

    table: str
    chunks: list[bytes] = field(default_factory=list)
    parts: dict[int, Part] = field(default_factory=dict)
    anonymous: int = 0

    def put(self, kind: Op, flags: int, body: bytes, part: Part) -> None:
        """Append a message; `body` are the attributes after the table's name."""
        number = len(self.chunks) + 2
        self.parts[number] = part
        self.chunks.append(request(kind, flags, number, text(1, self.table) + body))

    def data(self, generation: int) -> bytes:
        """Return the bytes to send, valid only at that generation; the last operation asks to be acknowledged."""
        last = bytearray(self.chunks[-1])
        last[6] |= ACK
        begin = message(BATCH_BEGIN, REQUEST, 1, _head(0, SUBSYSTEM) + be32(1, generation))
        end = message(BATCH_END, REQUEST, self.last + 1, _head(0, SUBSYSTEM))
        return b"".join((begin, *self.chunks[:-1], bytes(last), end))

    @property
    def last(self) -> int:
        """The number of the last operation's message."""
        return len(self.chunks) + 1


def encode(transaction: Transaction, table: str) -> Batch:
    """Return the transaction as messages.

    Raises:
        Refused: objects cannot be written, such as a key that is not of its set's types; every one is named.
    """
    batch = Batch(table)
    failures: list[Failure] = []
    for operation in transaction.operations():
        try:
            _put(batch, operation)
        except UNWRITABLE:
            failures += [Failure(operation.verb, each, errno.EINVAL) for each in _unwritable(operation)]
    if failures:
        raise Refused(tuple(failures), errno.EINVAL)
    return batch


def _unwritable(operation: Operation) -> Iterator[Object]:
    """Yield what cannot be written of an operation that cannot: of many elements those at fault."""
    run = operation.object
    if not isinstance(run, Elements):
        yield run
        return
    for element in run.items:
        try:
            encode_elements(run.set, (element,), deleting=operation.verb is Verb.DELETE)
        except UNWRITABLE:
            yield element


def request(kind: Op, flags: int, number: int, body: bytes) -> bytes:
    """Return an nf_tables message for family inet."""
    return message(SUBSYSTEM << 8 | kind, REQUEST | flags, number, _head(INET, 0) + body)


def _head(family: int, resource: int) -> bytes:
    return bytes((family, 0, resource >> 8, resource & 0xFF))


def _put(batch: Batch, operation: Operation) -> None:
    verb, thing = operation.verb, operation.object
    if isinstance(thing, Elements):
        _put_elements(batch, verb, thing)
    elif isinstance(thing, Rule):
        _put_rule(batch, thing)
    elif verb is Verb.ADD:
        kind, body = _new(thing)
        batch.put(kind, CREATE, body, Part(verb, thing))
    else:
        kind, body = _flushed(thing) if verb is Verb.FLUSH else _deleted(thing)
        batch.put(kind, 0, body, Part(verb, thing))


def _flushed(thing: Table | Chain | Set | Counter) -> tuple[Op, bytes]:
    return (Op.DELRULE if isinstance(thing, Chain) else Op.DELSETELEM), text(2, thing.name)


def _deleted(thing: Table | Chain | Set | Counter) -> tuple[Op, bytes]:
    match thing:
        case Table():
            return Op.DELTABLE, b""
        case Chain(name=name):
            return Op.DELCHAIN, text(3, name)
        case Set(name=name):
            return Op.DELSET, text(2, name)
        case Counter(name=name):
            return Op.DELOBJ, text(2, name) + be32(3, 1)


def _new(thing: Table | Chain | Set | Counter) -> tuple[Op, bytes]:
    match thing:
        case Table():
            return Op.NEWTABLE, be32(2, 0)
        case Chain():
            return Op.NEWCHAIN, text(3, thing.name) + _hook(thing.hook) + _userdata(12, 0, thing.comment)
        case Set():
            return Op.NEWSET, _set(thing, _set_flags(thing), 0)
        case Counter():
            return Op.NEWOBJ, text(2, thing.name) + be32(3, 1) + nested(4) + _userdata(8, 0, thing.comment)


def _hook(hook: Hook | None) -> bytes:
    if hook is None:
        return b""
    place = nested(4, be32(1, HOOKS[hook.hook]), be32(2, hook.priority))
    return place + be32(5, int(hook.policy == "accept")) + text(7, hook.type)


def _userdata(kind: int, inner: int, comment: str, before: bytes = b"") -> bytes:
    """Return the attribute that the kernel keeps for nftables: type-length-value triples, a comment the last."""
    data = comment.encode() + b"\0" if comment else b""
    triples = before + (bytes((inner, len(data))) + data if data else b"")
    return attribute(kind, triples) if triples else b""


def _byte_orders(a_set: Set) -> bytes:
    """Return the triples that tell nft in what order the bytes of keys and data are; it guesses wrong without."""
    orders = []
    for tag, kind in enumerate((a_set.key[0] if len(a_set.key) == 1 else None, a_set.data)):
        if kind is not None and kind is not Type.VERDICT:
            orders.append(bytes((tag, 4)) + (2 if TYPES[kind].network else 1).to_bytes(4, sys.byteorder))
    return b"".join(orders)


def _set_flags(a_set: Set) -> int:
    concatenated = _FLAG_CONCAT if a_set.interval and len(a_set.key) > 1 else 0
    return concatenated | (INTERVAL if a_set.interval else 0) | (_FLAG_MAP if a_set.data else 0)


def _set(a_set: Set, flags: int, ident: int) -> bytes:
    number = 0
    widths = [TYPES[kind].width for kind in a_set.key]
    padded = sum(width + 3 & ~3 for width in widths) if len(widths) > 1 else widths[0]
    for kind in a_set.key:
        number = number << 6 | TYPES[kind].number
    parts = [text(2, a_set.name), be32(3, flags), be32(4, number), be32(5, padded)]
    if a_set.data is not None:
        info = TYPES[a_set.data]
        parts += [be32(6, info.number), be32(7, 0 if a_set.data is Type.VERDICT else info.width)]
    if flags & _FLAG_CONCAT:
        parts.append(nested(9, nested(2, *(nested(1, be32(1, width)) for width in widths))))
    parts.append(be32(10, ident))
    return b"".join(parts) + _userdata(13, SET_COMMENT, a_set.comment, _byte_orders(a_set))


def _put_rule(batch: Batch, rule: Rule) -> None:
    part = Part(Verb.ADD, rule)
    idents = []
    for statement in rule.statements:
        brought = anonymous_set(statement)
        if brought is not None:
            a_set, elements = brought
            batch.anonymous += 1
            idents.append(batch.anonymous)
            batch.put(Op.NEWSET, CREATE, _set(a_set, _set_flags(a_set) | _FLAG_ANONYMOUS, batch.anonymous), part)
            listed = nested(3, *encode_elements(a_set, elements))
            batch.put(Op.NEWSETELEM, CREATE, text(2, a_set.name) + be32(4, batch.anonymous) + listed, part)
    body = text(2, rule.chain) + nested(4, *(expressions(rule.statements, idents),)) + _userdata(7, 0, rule.comment)
    batch.put(Op.NEWRULE, CREATE | _APPEND, body, part)


def _put_elements(batch: Batch, verb: Verb, run: Elements) -> None:
    kind, flags = (Op.NEWSETELEM, CREATE) if verb is Verb.ADD else (Op.DELSETELEM, 0)
    encoded = encode_elements(run.set, run.items, deleting=verb is Verb.DELETE)
    name = text(2, run.set.name)
    before = 20 + len(text(1, batch.table)) + len(name) + 4
    for start, stop in _cuts(encoded):
        offsets = []
        at = before
        for data in encoded[start:stop]:
            offsets.append(at)
            at += len(data)
        part = Part(verb, run.set, run.items[start:stop], tuple(offsets))
        batch.put(kind, flags, name + nested(3, *encoded[start:stop]), part)


def _cuts(encoded: list[bytes]) -> Iterator[tuple[int, int]]:
    """Yield stretches of the list that fit in one message each."""
    start = size = 0
    for index, data in enumerate(encoded):
        size += len(data)
        if size > _LIST_LIMIT:
            yield start, index
            start, size = index, len(data)
    if encoded:
        yield start, len(encoded)
