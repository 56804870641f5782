"""Which live sessions of this machine the policy in force refuses: told as soon as it does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from time import monotonic

from tortie.compiled import Snapshot
from tortie.errors import Unavailable

from .interfaces import LinkSource
from .pace import Pace
from .sessions import Session, refused_sessions

__all__ = ["RefusedSessions"]

_TOLD = 20

Sessions = Callable[[Mapping[int, bytes]], Sequence[Session]]
"""Returns the sessions of a machine, given an address of it for each length of an address that it has."""


class RefusedSessions:
    """Looks after each change on a host with host endpoints; `found` has a line for each session that is refused.

    A change is never held up for that: who made it may be right, and a host that does not follow is open.
    """

    def __init__(self, sessions: Sessions, links: LinkSource, log: logging.Logger) -> None:
        """Start without having looked."""
        self._sessions = sessions
        self._links = links
        self._log = log
        self._pace = Pace()
        self._seen = -1
        self._known: frozenset[Session] = frozenset()
        self.found: tuple[str, ...] = ()

    def look(self, snapshot: Snapshot, applies: int) -> None:
        """See what the policy refuses that has been applied so many times, if that is new; log what is."""
        now = monotonic()
        if applies == self._seen or self._pace.remaining(now):
            return
        self._seen = applies
        if not snapshot.host_endpoints:
            self._known, self.found = frozenset(), ()
            return
        try:
            addresses = (each for link in self._links.read().values() for each in sorted(link.addresses))
            own = {len(each): each for each in addresses}
            refused = dict(refused_sessions(self._sessions(own), self._links.way, snapshot))
        except Unavailable:
            return
        self._pace.ran(now, monotonic())
        lines = {session: f"{session}: {decision.rule} refuses it" for session, decision in refused.items()}
        if new := [line for session, line in lines.items() if session not in self._known]:
            what = "policy refuses live sessions of this machine: they may go on, and cannot be begun again"
            self._log.warning(what, extra={"sessions": new[:_TOLD], "more": len(new[_TOLD:])})
        self._known, self.found = frozenset(refused), tuple(lines.values())[:_TOLD]
