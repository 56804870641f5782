"""Forgetting connections: the entries of connection tracking that belong to an address.

The kernel can filter while it deletes, but Linux 6.18 still compares IPv6 addresses the wrong way round there and
deletes everybody else's entries. So the table is read, and what matches is deleted entry by entry.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Self

from tortie.errors import Unavailable

from .codec import attribute, attribute_map, message
from .socket import ACK, DUMP, REQUEST, NetlinkSocket

__all__ = ["Conntrack"]

_NETFILTER, _GET, _DELETE = 12, 1 << 8 | 1, 1 << 8 | 2
_ADDRESS_FAMILY = {4: 2, 16: 10}
_ORIGINAL, _REPLY, _IP, _SOURCES = 1, 2, 1, (1, 3)
_NOT_FOUND = 2


class Conntrack:
    """Connection tracking of the network namespace that the calling thread is in when this is made."""

    def __init__(self) -> None:
        """Open the socket; raises Unavailable."""
        self._socket = NetlinkSocket(_NETFILTER)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()

    def forget(self, addresses: Collection[bytes]) -> int:
        """Delete the connections that a packed address opened, or was reached by; return how many there were.

        Raises:
            Unavailable: the kernel refuses.
        """
        wanted = frozenset(addresses)
        return sum(self._forget(wanted, family) for family in {_ADDRESS_FAMILY[len(each)] for each in wanted})

    def _forget(self, wanted: frozenset[bytes], family: int) -> int:
        head, found = bytes((family, 0, 0, 0)), 0
        try:
            entries = self._socket.dump(message(_GET, REQUEST | DUMP, 0, head))
        except OSError as error:
            raise Unavailable(f"conntrack: {error.strerror}") from error
        for entry in entries:
            parts = attribute_map(entry.body, 4)
            if wanted.isdisjoint((_source(parts[_ORIGINAL]), _source(parts[_REPLY]))):
                continue
            sequence = self._socket.next_sequence()
            body = head + attribute(0x8000 | _ORIGINAL, parts[_ORIGINAL])
            for answer in self._socket.transact(message(_DELETE, REQUEST | ACK, sequence, body), sequence):
                if answer.errno not in (0, _NOT_FOUND):
                    raise Unavailable(f"conntrack: the kernel refuses to forget a connection, error {answer.errno}")
            found += 1
        return found


def _source(direction: bytes) -> bytes:
    """Return the packed source address of a tuple."""
    addresses = attribute_map(attribute_map(direction)[_IP])
    return next((addresses[kind] for kind in _SOURCES if kind in addresses), b"")
