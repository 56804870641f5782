"""What an agent finds around it, in memory: interfaces and open connections."""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress

from tortie.errors import Unavailable
from tortie.netlink import Connection, Link

__all__ = ["Connections", "Interfaces"]


class Interfaces:
    """Interfaces that a test plugs in."""

    def __init__(self) -> None:
        self._hears, self._rings = socket.socketpair()
        self._hears.settimeout(0)
        self._links: dict[str, Link] | None = {}
        self.forgotten = 0

    def close(self) -> None:
        self._hears.close()
        self._rings.close()

    def plug(self, links: dict[str, Link] | None) -> None:
        """Have these; None: they cannot be read."""
        self._links = links
        self._rings.send(b"!")

    def fileno(self) -> int:
        return self._hears.fileno()

    def forget(self) -> None:
        """Read everything anew: as always."""
        self.forgotten += 1

    def name(self, index: int) -> str:
        return f"if{index}"

    def way(self, address: bytes) -> str:
        """Return the way out; IPv6 leads nowhere."""
        return "eth0" if len(address) == 4 else ""

    def read(self) -> Mapping[str, Link]:
        with suppress(BlockingIOError):
            self._hears.recv(4096)
        if self._links is None:
            raise Unavailable("no interfaces today")
        return self._links


class Connections:
    """Connections that a test opens."""

    def __init__(self) -> None:
        self.open: list[Connection] = []

    def connections(self) -> Iterator[Connection]:
        yield from self.open

    def end(self, connections: Iterable[Connection]) -> int:
        ended = list(connections)
        self.open = [each for each in self.open if each not in ended]
        return len(ended)

    def forget(self, addresses: Collection[bytes]) -> int:
        return self.end([each for each in self.open if each.source in addresses or each.reached[0] in addresses])
