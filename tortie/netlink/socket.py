"""A netlink socket: requests, dumps, batches and multicast groups. Synchronous; the calling thread does the I/O."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from tortie.errors import Unavailable

from .codec import Message, attribute_map, messages

__all__ = ["ACK", "CREATE", "DUMP", "NETFILTER", "REQUEST", "Answer", "NetlinkSocket", "Overrun"]

REQUEST, ACK, DUMP, CREATE = 0x1, 0x4, 0x300, 0x400
NETFILTER = 12
"""The protocol that nftables, connection tracking and NFLOG share."""

_ERROR, _DONE = 2, 3
_DUMP_INTERRUPTED, _CAPPED, _EXTENDED = 0x10, 0x100, 0x200
_SOL_NETLINK, _ADD_MEMBERSHIP, _DROP_MEMBERSHIP, _CAP_ACK, _EXT_ACK = 270, 1, 2, 10, 11
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33
_OFFSET_ATTRIBUTE = 2
_RECEIVE = 1 << 16
_BUFFER = 8 << 20
_ATTEMPTS = 10
_WAIT_SECONDS = 30.0


class Overrun(Exception):  # noqa: N818 - as in tortie.errors
    """The kernel had more to say than the receive buffer holds; what was lost is unknown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The kernel's answer to one message: an error number (0: done), and the byte at fault (0: unknown)."""

    sequence: int
    errno: int
    offset: int = 0


class NetlinkSocket:
    """One socket in the network namespace that the calling thread is in when it is made; it stays there."""

    def __init__(self, protocol: int) -> None:
        """Open the socket; raises Unavailable where the kernel lacks the protocol or forbids it."""
        try:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
            self._socket.bind((0, 0))
        except OSError as error:
            raise Unavailable(f"netlink protocol {protocol}: {error.strerror}") from error
        self.set_timeout(_WAIT_SECONDS)
        self._socket.setsockopt(_SOL_NETLINK, _CAP_ACK, 1)
        self._socket.setsockopt(_SOL_NETLINK, _EXT_ACK, 1)
        self._grow(_SO_RCVBUFFORCE, socket.SO_RCVBUF, _BUFFER)
        self._send_buffer = 0
        self._sequence = 0

    @property
    def port(self) -> int:
        """The number by which the kernel names this socket in messages about what it did."""
        return int(self._socket.getsockname()[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket; to close twice does no harm."""
        self._socket.close()

    def fileno(self) -> int:
        """Return the descriptor, for select."""
        return self._socket.fileno()

    def set_timeout(self, seconds: float) -> None:
        """Wait that long for what the kernel answers from now on; 0: however long it takes."""
        self._timeout = seconds
        whole, rest = divmod(round(seconds * 1_000_000), 1_000_000)
        # the kernel's own timeout: with Python's, MSG_DONTWAIT would wait too
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", whole, rest))

    def join(self, group: int) -> None:
        """Receive what the kernel tells a multicast group from now on."""
        self._socket.setsockopt(_SOL_NETLINK, _ADD_MEMBERSHIP, group)

    def leave(self, group: int) -> None:
        """Receive no more of what the kernel tells a multicast group; what has arrived stays."""
        self._socket.setsockopt(_SOL_NETLINK, _DROP_MEMBERSHIP, group)

    def next_sequence(self) -> int:
        """Return a number that tells this request's answers from earlier ones'."""
        self._sequence = self._sequence % 0x7FFFFFFF + 1
        return self._sequence

    def send(self, data: bytes) -> None:
        """Send messages in one datagram, whatever their size.

        Raises:
            Unavailable: the kernel does not take as much at once from this process, or refuses it.
        """
        if len(data) > self._send_buffer:
            self._grow(_SO_SNDBUFFORCE, socket.SO_SNDBUF, len(data) + _RECEIVE)
            self._send_buffer = len(data)
        try:
            self._socket.send(data)
        except OSError as error:
            raise Unavailable(f"netlink: sending {len(data)} bytes: {error.strerror}") from error

    def transact(self, data: bytes, last: int) -> tuple[Answer, ...]:
        """Send a batch whose message `last` asks for an acknowledgement; return the errors, and that.

        The kernel works the batch off before `send` returns, so that all it has to say is there already.
        Raises Unavailable where it says nothing.
        """
        self.discard()
        self.send(data)
        answers: list[Answer] = []
        overrun = False
        while (chunk := self._receive_ready()) is not None:
            overrun = overrun or not chunk
            answers += [_answer(item) for item in messages(chunk) if item.kind == _ERROR]
        if not answers and not overrun:
            raise Unavailable(f"netlink: no answer to a batch that ends at message {last}")
        return tuple(answers)

    def dump(self, build: bytes) -> tuple[Message, ...]:
        """Send a request (with sequence number 0; it is given its own) and return the messages of its whole answer.

        An answer that a change interrupted, or that overran the buffer, is asked for again.

        Raises:
            OSError: with the error number that the kernel answered.
            Unavailable: no consistent answer came in several attempts.
        """
        for _ in range(_ATTEMPTS):
            sequence = self.next_sequence()
            self.discard()
            self.send(build[:8] + struct.pack("=I", sequence) + build[12:])
            try:
                found = self._collect(sequence)
            except Overrun:
                continue
            if found is not None:
                return found
        raise Unavailable(f"netlink: no consistent answer in {_ATTEMPTS} attempts")

    def pending(self) -> Iterator[Message]:
        """Yield what has arrived, without waiting; raises Overrun where something was lost."""
        while (chunk := self._receive_ready()) is not None:
            if not chunk:
                raise Overrun
            yield from messages(chunk)

    def _collect(self, sequence: int) -> tuple[Message, ...] | None:
        """Return the answer to `sequence`, or None where a change interrupted it; reads it to its end in any case."""
        found: list[Message] = []
        interrupted = False
        while True:
            for item in messages(self._receive()):
                if item.sequence != sequence:
                    continue
                interrupted = interrupted or bool(item.flags & _DUMP_INTERRUPTED)
                if item.kind in {_ERROR, _DONE}:
                    code = -struct.unpack_from("=i", item.body)[0] if len(item.body) >= 4 else 0  # noqa: PLR2004
                    if code == errno.EINTR or (interrupted and not code):
                        return None
                    if code:
                        raise OSError(code, os.strerror(code))
                    return tuple(found)
                found.append(item)
                if not item.flags & 2:  # not one of several: the whole answer
                    return tuple(found)

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(_RECEIVE)
        except BlockingIOError as error:
            raise Unavailable(f"netlink: no answer in {self._timeout:g} seconds") from error
        except OSError as error:
            if error.errno == errno.ENOBUFS:
                raise Overrun from error
            raise

    def _receive_ready(self) -> bytes | None:
        """Return what is there: a datagram, empty bytes where one was lost, None where nothing is."""
        try:
            return self._socket.recv(_RECEIVE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except OSError as error:
            if error.errno == errno.ENOBUFS:
                return b""
            raise

    def discard(self) -> None:
        """Drop what has arrived, as an earlier, abandoned request leaves it behind."""
        while self._receive_ready() is not None:
            pass

    def _grow(self, forced: int, plain: int, size: int) -> None:
        """Make a buffer at least `size` bytes, or as large as an unprivileged process may."""
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, forced, size)
        except PermissionError:
            self._socket.setsockopt(socket.SOL_SOCKET, plain, size)


def _answer(item: Message) -> Answer:
    """Return the answer in an error message; the acknowledged message's sequence number is the header's own."""
    code = -struct.unpack_from("=i", item.body)[0]
    if not item.flags & _EXTENDED:
        return Answer(item.sequence, code)
    echoed = 16 if item.flags & _CAPPED else struct.unpack_from("=I", item.body, 4)[0]
    offset = attribute_map(item.body, 4 + (echoed + 3 & ~3)).get(_OFFSET_ATTRIBUTE, bytes(4))
    return Answer(item.sequence, code, struct.unpack("=I", offset)[0])
