"""Connection tracking: which connections there are, and forgetting some of them.

The kernel can filter while it deletes, but Linux 6.18 still compares IPv6 addresses the wrong way round there and
deletes everybody else's entries. So the table is read, and what matches is deleted entry by entry.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Self

from tortie.errors import Unavailable

from .codec import message
from .connection import Connection, read_connection
from .socket import ACK, DUMP, NETFILTER, REQUEST, NetlinkSocket

__all__ = ["Conntrack"]

_GET, _DELETE = 1 << 8 | 1, 1 << 8 | 2
_FAMILIES = {4: 2, 16: 10}
"""Bytes of an address to the number of its family."""
_NOT_FOUND = 2


class Conntrack:
    """Connection tracking of the network namespace that the calling thread is in when this is made."""

    def __init__(self) -> None:
        """Open the socket; raises Unavailable."""
        self._socket = NetlinkSocket(NETFILTER)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()

    def set_timeout(self, seconds: float) -> None:
        """See `NetlinkSocket.set_timeout`."""
        self._socket.set_timeout(seconds)

    def forget(self, addresses: Collection[bytes]) -> int:
        """Delete the connections that a packed address opened, or was reached by; return how many there were.

        Raises:
            Unavailable: the kernel refuses.
        """
        wanted = frozenset(addresses)
        families = [_FAMILIES[size] for size in sorted({len(each) for each in wanted})]
        found = (each for each in self.connections(families) if each.source in wanted or each.reached[0] in wanted)
        return self.end(found)

    def connections(self, families: Iterable[int] = _FAMILIES.values()) -> Iterator[Connection]:
        """Yield the connections of address families, IPv4's and then IPv6's; raises Unavailable."""
        for family in families:
            try:
                entries = self._socket.dump(message(_GET, REQUEST | DUMP, 0, bytes((family, 0, 0, 0))))
            except OSError as error:
                raise Unavailable(f"conntrack: {error.strerror}") from error
            yield from (each for entry in entries if (each := read_connection(entry.body)) is not None)

    def end(self, connections: Iterable[Connection]) -> int:
        """Delete connections; return how many there were. One that is gone already is no fault.

        Raises:
            Unavailable: the kernel refuses.
        """
        wanted = tuple(connections)
        for each in wanted:
            sequence = self._socket.next_sequence()
            body = bytes((each.family, 0, 0, 0)) + each.ident
            for answer in self._socket.transact(message(_DELETE, REQUEST | ACK, sequence, body), sequence):
                if answer.errno not in (0, _NOT_FOUND):
                    raise Unavailable(f"conntrack: the kernel refuses to forget a connection, error {answer.errno}")
        return len(wanted)
