"""The host's interfaces and their addresses: read once, then kept in step with what the kernel tells.

Own code on the netlink codec; the numbers are those of linux/rtnetlink.h, if_link.h and if_addr.h.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from struct import Struct
from typing import Self

from tortie.errors import Unavailable

from .codec import Message, attribute, attribute_map, message
from .socket import DUMP, REQUEST, NetlinkSocket, Overrun

__all__ = ["Link", "LinkTable", "Links"]

_NEW_LINK, _DELETE_LINK, _GET_LINK = 16, 17, 18
_NEW_ADDRESS, _DELETE_ADDRESS, _GET_ADDRESS = 20, 21, 22
_GROUPS = (1, 5, 9)  # links, IPv4 addresses, IPv6 addresses
_GET_ROUTE, _DESTINATION, _OUT = 26, 1, 4
_NAME, _EXTENDED_MASK, _SKIP_STATISTICS = 3, 29, (8).to_bytes(4, "little")
_ADDRESS, _LOCAL = 1, 2
_UP = 0x1
_LINK_HEAD = Struct("=BxHiII")  # family, type, index, flags, change
_ADDRESS_HEAD = Struct("=BBBBI")  # family, prefix length, flags, scope, index
_ROUTE_HEAD = Struct("=BBBBBBBBI")  # family, prefix lengths of destination and source, and what a question leaves 0
_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Link:
    """An interface: whether it is switched on, and its packed addresses."""

    up: bool = False
    addresses: frozenset[bytes] = frozenset()


@dataclass(slots=True)
class _Row:
    name: str = ""
    up: bool = False
    addresses: set[bytes] = field(default_factory=set)


class LinkTable:
    """The interfaces by what the kernel told of them, in order. Pure."""

    def __init__(self) -> None:
        """Start without any."""
        self._rows: dict[int, _Row] = {}

    def take(self, item: Message) -> None:
        """Keep what one message says; others than those about links and addresses say nothing."""
        if item.kind in (_NEW_LINK, _DELETE_LINK):
            self._take_link(item)
        elif item.kind in (_NEW_ADDRESS, _DELETE_ADDRESS):
            self._take_address(item)

    def name(self, index: int) -> str:
        """Return the name of an interface, "" where there is none."""
        row = self._rows.get(index)
        return row.name if row else ""

    def links(self) -> Mapping[str, Link]:
        """Return the interfaces by name."""
        rows = (row for row in self._rows.values() if row.name)
        return {row.name: Link(row.up, frozenset(row.addresses)) for row in rows}

    def _take_link(self, item: Message) -> None:
        family, _, index, flags, _ = _LINK_HEAD.unpack_from(item.body)
        if family:  # of a bridge about its port, or of a family's own settings: the interface stays what it is
            return
        if item.kind == _DELETE_LINK:
            self._rows.pop(index, None)
            return
        row = self._rows.setdefault(index, _Row())
        row.name = attribute_map(item.body, _LINK_HEAD.size)[_NAME].rstrip(b"\0").decode(errors="replace")
        row.up = bool(flags & _UP)

    def _take_address(self, item: Message) -> None:
        index = _ADDRESS_HEAD.unpack_from(item.body)[-1]
        parts = attribute_map(item.body, _ADDRESS_HEAD.size)
        address = parts.get(_LOCAL) or parts.get(_ADDRESS)  # where there is a peer, the second is the peer's
        if address is None:
            return
        if item.kind == _NEW_ADDRESS:
            self._rows.setdefault(index, _Row()).addresses.add(address)
        elif index in self._rows:
            self._rows[index].addresses.discard(address)


class Links:
    """The interfaces of the network namespace that the calling thread is in when this is made."""

    def __init__(self) -> None:
        """Open the sockets, and hear of changes from now on; raises Unavailable."""
        self._asking = NetlinkSocket(socket.NETLINK_ROUTE)
        self._hearing = NetlinkSocket(socket.NETLINK_ROUTE)
        for group in _GROUPS:
            self._hearing.join(group)
        self._table: LinkTable | None = None
        self._links: Mapping[str, Link] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the sockets."""
        self._asking.close()
        self._hearing.close()

    def set_timeout(self, seconds: float) -> None:
        """See `NetlinkSocket.set_timeout`."""
        self._asking.set_timeout(seconds)

    def fileno(self) -> int:
        """Return a descriptor that is readable when something may have changed."""
        return self._hearing.fileno()

    def forget(self) -> None:
        """Read everything anew the next time."""
        self._table = None

    def read(self) -> Mapping[str, Link]:
        """Return the interfaces as they are now, by name: the same object as before where nothing was told since.

        Raises:
            Unavailable: the kernel cannot be asked.
        """
        for _ in range(_ATTEMPTS):
            try:
                table = self._table = self._table or self._listed()
                for item in self._hearing.pending():
                    table.take(item)
                    self._links = None
            except Overrun:  # what was lost is unknown, and what still waits is older
                self._table = None
                self._hearing.discard()
                continue
            self._links = found = self._links or table.links()
            return found
        raise Unavailable(f"interfaces change faster than they can be read, {_ATTEMPTS} times in a row")

    def name(self, index: int) -> str:
        """Return the name of an interface by its number, "" where there is none; raises Unavailable."""
        self.read()
        return self._table.name(index) if self._table else ""

    def way(self, address: bytes) -> str:
        """Return the interface by which packets to a packed address leave, "" where none leads there.

        Raises:
            Unavailable: the kernel cannot be asked.
        """
        self.read()
        family = socket.AF_INET if len(address) == 4 else socket.AF_INET6  # noqa: PLR2004 - bytes of an IPv4 address
        head = _ROUTE_HEAD.pack(family, 8 * len(address), 0, 0, 0, 0, 0, 0, 0)
        try:
            answers = self._asking.dump(message(_GET_ROUTE, REQUEST, 0, head + attribute(_DESTINATION, address)))
        except OSError:
            return ""
        found = attribute_map(answers[0].body, _ROUTE_HEAD.size).get(_OUT) if answers else None
        return self._table.name(int.from_bytes(found, sys.byteorder)) if found and self._table else ""

    def _listed(self) -> LinkTable:
        """Return what is there; messages that wait meanwhile tell the same again, or what is newer."""
        table = LinkTable()
        self._links = None
        short = attribute(_EXTENDED_MASK, _SKIP_STATISTICS)
        for item in (*self._dump(_GET_LINK, bytes(_LINK_HEAD.size) + short), *self._dump(_GET_ADDRESS, bytes(8))):
            table.take(item)
        return table

    def _dump(self, kind: int, body: bytes) -> Iterable[Message]:
        try:
            return self._asking.dump(message(kind, REQUEST | DUMP, 0, body))
        except OSError as error:
            raise Unavailable(f"interfaces cannot be read: {error.strerror}") from error
