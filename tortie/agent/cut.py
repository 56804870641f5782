"""Ends open connections: those that policy no longer allows, and those of addresses that changed hands. Synchronous."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol

from tortie.compiled import Snapshot
from tortie.model import Key, Policy, Update
from tortie.netlink import Connection

from .connections import Judge, Judged, asks_to_cut
from .interfaces import LinkSource

__all__ = ["Connections", "Cutter"]


class Connections(Protocol):
    """The connections of this network namespace; see `tortie.netlink.Conntrack`."""

    def connections(self) -> Iterator[Connection]:
        """Yield them; raises Unavailable."""

    def end(self, connections: Iterable[Connection]) -> int:
        """End some of them; raises Unavailable."""

    def forget(self, addresses: Collection[bytes]) -> int:
        """End those of some packed addresses; raises Unavailable."""


class Cutter:
    """Judges connections by a snapshot, and ends those that are to be ended.

    `is_stale` tells whether policy changed, in force, since connections were judged last, and anybody wants them cut.
    """

    def __init__(self, connections: Connections, links: LinkSource) -> None:
        """Keep where to ask: for connections, the host's addresses, and the interface towards an address."""
        self._connections = connections
        self._links = links
        self._asking: set[Key] = set()
        self._changed = False

    def note(self, updates: Iterable[Update]) -> None:
        """Take note of what changed: of any change, and of which policies want connections cut."""
        for update in updates:
            self._asking.discard(update.key)
            if isinstance(update.value, Policy) and asks_to_cut(update.value):
                self._asking.add(update.key)
        self._changed = True

    def is_stale(self, snapshot: Snapshot) -> bool:
        """Tell whether connections are to be judged again."""
        return self._changed and (snapshot.settings.cut_established or bool(self._asking))

    def forget(self, addresses: Collection[bytes]) -> int:
        """End the connections of some packed addresses, whatever policy says; raises Unavailable."""
        return self._connections.forget(addresses)

    def judged(self, snapshot: Snapshot) -> Iterator[Judged]:
        """Yield what would become of each open connection now; raises Unavailable."""
        host = (address for link in self._links.read().values() for address in link.addresses)
        return Judge(snapshot, host, self._links.way).judge(self._connections.connections())

    def cut(self, snapshot: Snapshot) -> Sequence[Judged]:
        """End the connections that policy refuses, or only those that the policies refuse which ask for it.

        Returns:
            The connections that were ended.

        Raises:
            Unavailable: the kernel cannot be asked; some may have been ended.
        """
        everything = snapshot.settings.cut_established
        refused = tuple(
            each
            for each in self.judged(snapshot)
            if each.is_denied and (everything or each.is_refused_by(self._asking))
        )
        self._connections.end(each.connection for each in refused)
        self._changed = False
        return refused
