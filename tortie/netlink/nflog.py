"""Packets that rules of the packet filter send to an NFLOG group.

Source: the kernel's include/uapi/linux/netfilter/nfnetlink_log.h.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Self

from tortie.errors import Unavailable

from .codec import Message, attribute, attribute_map, be32, message
from .socket import ACK, NETFILTER, REQUEST, NetlinkSocket, Overrun

__all__ = ["LoggedPacket", "PacketLog", "read_packet"]

_PACKET, _CONFIG = 4 << 8, 4 << 8 | 1
_COMMAND, _MODE, _TIMEOUT, _THRESHOLD, _FLAGS = 1, 2, 4, 5, 6
_BIND = b"\1"
_COPY_PACKET = 2
_NUMBERED = struct.pack("!H", 1)
_HEADER, _FROM, _TO, _PAYLOAD, _PREFIX, _SEQUENCE = 1, 4, 5, 9, 10, 12
_HEADER_LENGTH = 4
_LINGER = 10  # hundredths of a second until a message that is not full is sent
_FULL = 64  # packets


@dataclass(frozen=True, slots=True)
class LoggedPacket:
    """A packet that a rule logged.

    `sequence` is None for packets of before the kernel was asked to number them. `prefix` is the rule's. `hook` counts
    0 prerouting, 1 input, 2 forward, 3 output, 4 postrouting. The interfaces are numbers, 0 where there is none.
    `payload` is the packet from its IP header on, cut to what was asked for.
    """

    sequence: int | None
    prefix: str
    hook: int
    in_interface: int
    out_interface: int
    payload: bytes


class PacketLog:
    """An NFLOG group of the network namespace that the calling thread is in when this is made.

    A group has one reader. Nothing is kept of what was logged before.
    """

    def __init__(self, group: int, *, size: int = 96) -> None:
        """Receive the first `size` bytes of each packet sent to `group`.

        Raises:
            Unavailable: the kernel has no NFLOG, forbids it to this process, or somebody else reads the group.
        """
        self._group = group
        self._socket = NetlinkSocket(NETFILTER)
        self._next = 0  # the kernel counts from when it was asked
        try:
            self._configure(attribute(_COMMAND, _BIND))
            self._configure(attribute(_MODE, struct.pack("!IBx", size, _COPY_PACKET)))
            self._configure(be32(_TIMEOUT, _LINGER) + be32(_THRESHOLD, _FULL) + attribute(_FLAGS, _NUMBERED))
        except Unavailable:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop receiving."""
        self._socket.close()

    def fileno(self) -> int:
        """Return the descriptor, for select: readable when there is something to read."""
        return self._socket.fileno()

    def read(self) -> tuple[tuple[LoggedPacket, ...], int]:
        """Return the packets that have arrived, and how many were lost before them and between them; never waits.

        The kernel numbers what it sends, so that what a full buffer lost shows as a gap as soon as the next packet is
        read.
        """
        found: list[LoggedPacket] = []
        more = True
        while more:
            more = False
            try:
                found.extend(read_packet(each) for each in self._socket.pending() if each.kind == _PACKET)
            except Overrun:
                more = True  # something was lost, and more may be waiting behind it
        return tuple(found), sum(self._gap_before(each.sequence) for each in found if each.sequence is not None)

    def _gap_before(self, sequence: int) -> int:
        gap = (sequence - self._next) % (1 << 32)
        self._next = (sequence + 1) % (1 << 32)
        return gap

    def _configure(self, options: bytes) -> None:
        sequence = self._socket.next_sequence()
        head = struct.pack("!BBH", 0, 0, self._group)
        for answer in self._socket.transact(message(_CONFIG, REQUEST | ACK, sequence, head + options), sequence):
            if answer.errno:
                raise Unavailable(f"NFLOG group {self._group}: the kernel refuses to send it, error {answer.errno}")


def read_packet(item: Message) -> LoggedPacket:
    """Return the packet in a message of the kernel."""
    parts = attribute_map(item.body, 4)
    header = parts.get(_HEADER, bytes(_HEADER_LENGTH))
    return LoggedPacket(
        int.from_bytes(parts[_SEQUENCE]) if _SEQUENCE in parts else None,
        parts.get(_PREFIX, b"").rstrip(b"\0").decode(errors="replace"),
        header[2],
        int.from_bytes(parts.get(_FROM, b"")),
        int.from_bytes(parts.get(_TO, b"")),
        parts.get(_PAYLOAD, b""),
    )
