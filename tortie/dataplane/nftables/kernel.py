"""The real kernel over netlink: commit, dump, counters, and a watch for changes by others. Starts no process."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from typing import Self

from tortie.errors import Unavailable
from tortie.netlink import (
    DUMP,
    NETFILTER,
    Answer,
    Message,
    NetlinkSocket,
    Overrun,
    attribute_map,
    attributes,
    be32,
    text,
)

from .constants import GROUP, SUBSYSTEM, Op
from .elements import decode_elements
from .expressions import ANONYMOUS, digest_elements, fingerprint
from .listing import listed
from .objects import TABLE, Counter, Set, Table, Verdict
from .protocol import Failure, Refused, Stale
from .readback import RawRule, read_chain, read_count, read_counter, read_rule, read_set
from .ruleset import Actual, ActualRule, Span
from .transaction import Transaction
from .wire import Batch, encode, request

__all__ = ["LinuxKernel"]

_ERESTART = 85
_ATTEMPTS = 20
_COUNTER = be32(3, 1)
_LARGE = 1 << 14  # bytes of a batch; from here on to be told of one's own changes costs more than not to listen


class LinuxKernel:
    """The table in the network namespace that the calling thread is in when this is made. See `protocol.Kernel`.

    One thread at a time may use it; `commit` of a large transaction blocks that thread, and no other.
    """

    def __init__(self, table: str = TABLE) -> None:
        """Open the sockets; raises Unavailable."""
        self._table = table
        self._socket = NetlinkSocket(NETFILTER)
        try:
            self._watch = NetlinkSocket(NETFILTER)
            self._watch.join(GROUP)
        except Unavailable:
            self._socket.close()
            raise
        self._ours = 0
        self._missed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the sockets; the table stays."""
        self._socket.close()
        self._watch.close()

    def set_timeout(self, seconds: float) -> None:
        """See `NetlinkSocket.set_timeout`."""
        self._socket.set_timeout(seconds)

    def generation(self) -> int:
        """Return the number of the last commit of anybody to any table."""
        body = self._ask(Op.GETGEN, b"", 0)[0].body
        return int.from_bytes(attribute_map(body, 4)[1], "big")

    def commit(self, transaction: Transaction, generation: int | None = None) -> int:
        """Make all changes at once; see `protocol.Kernel.commit`.

        Raises:
            Stale, Refused, Unavailable: as there.
        """
        batch = encode(transaction, self._table)
        if not batch.chunks:
            return self.generation() if generation is None else generation
        for _ in range(1 if generation is not None else _ATTEMPTS):
            base = self.generation() if generation is None else generation
            try:
                return self._send(batch, base)
            except Stale:
                if generation is not None:
                    raise
        raise Unavailable(f"nftables: others committed {_ATTEMPTS} times in a row before we could")

    def dump(self) -> Actual:
        """Return all that our table holds, as of one generation; raises Unavailable."""
        for _ in range(_ATTEMPTS):
            before = self.generation()
            actual = self._read(before)
            if self.generation() == before:
                return actual
        raise Unavailable(f"nftables: the ruleset changed during each of {_ATTEMPTS} readings")

    def counters(self) -> Mapping[str, tuple[int, int]]:
        """Return packets and bytes of each named counter; empty where there is no table."""
        return dict(read_count(item.body) for item in self._list(Op.GETOBJ, _COUNTER))

    def foreign_changes(self) -> bool:
        """Tell whether somebody else committed a change to our table since the last call; never waits.

        Where the kernel had more to tell than fits, only an unmoved generation says no. Where somebody committed
        while nobody listened, it may have been to our table.
        """
        name = self._table.encode() + b"\0"
        seen, self._missed = self._missed, False
        try:
            for item in self._watch.pending():
                if item.port != self._socket.port and item.kind & 0xFF not in {Op.NEWGEN, Op.GETGEN}:
                    seen = seen or attribute_map(item.body, 4).get(1) == name
        except Overrun:
            return seen or self.generation() != self._ours
        return seen

    def fileno(self) -> int:
        """Return a descriptor that is readable when `foreign_changes` has something to say."""
        return self._watch.fileno()

    def delete_table(self) -> None:
        """Remove the table with all it holds; where there is none, nothing happens."""
        transaction = Transaction()
        transaction.add(Table())
        transaction.delete(Table())
        self.commit(transaction)

    def _send(self, batch: Batch, generation: int) -> int:
        answers = self._transact(batch, generation)
        faults = [answer for answer in answers if answer.errno]
        if any(fault.errno == _ERESTART for fault in faults):
            raise Stale(f"nftables: generation {generation} has passed")
        if any(fault.errno == errno.EPERM and fault.sequence not in batch.parts for fault in faults):
            raise Unavailable("nftables: not permitted; CAP_NET_ADMIN is needed")
        if faults or not any(answer.sequence == batch.last for answer in answers):
            raise Refused(_failures(batch, faults), faults[0].errno if faults else errno.ENOBUFS)
        now = self.generation()
        self._ours = now if now == generation else _next(generation)
        return self._ours

    def _transact(self, batch: Batch, generation: int) -> tuple[Answer, ...]:
        """Send a batch and return the answers; while it is large, the watch does not listen.

        Where anybody does, the kernel writes a notice for each element, which takes longer than to add it. Whether
        somebody else committed meanwhile, the generation tells: it counts our commit, where it succeeds, and no other.
        """
        data = batch.data(generation)
        if len(data) < _LARGE:
            return self._socket.transact(data, batch.last)
        before, self._missed = self._missed, True
        self._watch.leave(GROUP)
        try:
            answers = self._socket.transact(data, batch.last)
        finally:
            self._watch.join(GROUP)
        failed = any(answer.errno for answer in answers)
        self._missed = before or self.generation() != (generation if failed else _next(generation))
        return answers

    def _ask(self, kind: Op, body: bytes, flags: int = DUMP) -> tuple[Message, ...]:
        try:
            return self._socket.dump(request(kind, flags, 0, body))
        except OSError as error:
            if error.errno == errno.ENOENT:
                return ()
            raise Unavailable(f"nftables: {error.strerror}") from error

    def _list(self, kind: Op, body: bytes = b"") -> list[Message]:
        """Return the messages of a dump that are about our table; none where it does not exist."""
        name = self._table.encode() + b"\0"
        found = self._ask(kind, text(1, self._table) + body)
        return [item for item in found if item.kind >> 8 == SUBSYSTEM and attribute_map(item.body, 4).get(1) == name]

    def _read(self, generation: int) -> Actual:
        if not self._list(Op.GETTABLE):
            return Actual(generation)
        counters = [read_counter(item.body) for item in self._list(Op.GETOBJ, _COUNTER)]
        sets = [read_set(item.body) for item in self._list(Op.GETSET)]
        chains = [read_chain(item.body)[1] for item in self._list(Op.GETCHAIN)]
        raw = [read_rule(item.body) for item in self._list(Op.GETRULE)]
        rules: dict[str, list[ActualRule]] = {chain.name: [] for chain in chains}
        for rule in raw:
            rules.setdefault(rule.chain, []).append(self._fingerprinted(rule))
        named = [a_set for a_set in sets if not a_set.name.startswith(ANONYMOUS)]
        return Actual(
            generation,
            present=True,
            counters=_by_name(counters),
            sets={a_set.name: a_set for a_set in named},
            chains={chain.name: chain for chain in chains},
            rules={chain: tuple(items) for chain, items in rules.items()},
            elements={a_set.name: self._elements(a_set) for a_set in named if a_set.key},
        )

    def _elements(self, a_set: Set) -> Mapping[Span, int | Verdict | None]:
        return decode_elements(a_set, self._raw_elements(a_set.name))

    def _raw_elements(self, name: str) -> Sequence[dict[int, bytes]]:
        return listed(name, lambda: [item.body for item in self._list(Op.GETSETELEM, text(2, name))])

    def _fingerprinted(self, rule: RawRule) -> ActualRule:
        """Return the rule with its anonymous sets read, as they are part of what it says."""
        contents = []
        for _, expression in attributes(rule.expressions):
            parts = attribute_map(expression)
            name = attribute_map(parts.get(2, b"")).get(1, b"") if parts.get(1) == b"lookup\0" else b""
            if name.startswith(ANONYMOUS.encode()):
                contents.append(digest_elements(self._raw_elements(name.rstrip(b"\0").decode())))
        return ActualRule(fingerprint(rule.expressions, contents), rule.comment, rule.handle)


def _next(generation: int) -> int:
    """Return the number that the kernel gives to the commit after a generation."""
    return generation % 0xFFFFFFFF + 1


def _by_name(counters: Sequence[Counter]) -> Mapping[str, Counter]:
    return {counter.name: counter for counter in counters}


def _failures(batch: Batch, faults: Sequence[Answer]) -> tuple[Failure, ...]:
    """Return what each fault was about; faults of the batch as a whole are about nothing in particular."""
    found = []
    for fault in faults:
        part = batch.parts.get(fault.sequence)
        if part is not None:
            found.append(Failure(part.verb, part.blamed(fault.offset), fault.errno))
    return tuple(found)
