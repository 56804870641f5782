"""The ending of connections that policy no longer allows: when anybody asked for that, and not all the time."""

from __future__ import annotations

import logging
from time import monotonic

from .enforce import Enforcement
from .pace import Pace

__all__ = ["Cuts"]

_TOLD = 100  # connections that were ended together, and are logged one by one


class Cuts:
    """Has an enforcement end connections, and tells which; `ended` is how many ever."""

    def __init__(self, enforcement: Enforcement, log: logging.Logger) -> None:
        """Start without having ended any."""
        self._enforcement = enforcement
        self._log = log
        self._pace = Pace()
        self.ended = 0

    def remaining(self, now: float) -> float | None:
        """Return the seconds until connections are to be judged again, None where nobody wants that."""
        return self._pace.remaining(now) if self._enforcement.wants_cut() else None

    def make(self, now: float) -> None:
        """Judge connections, and end those that are refused, where that is due."""
        if self.remaining(now) != 0.0:
            return
        ended = self._enforcement.cut()
        self._pace.ran(now, monotonic())
        for each in ended[:_TOLD]:
            self._log.info("connection ended", extra=each.document())
        if len(ended) > _TOLD:
            self._log.info("connections ended", extra={"more": len(ended) - _TOLD})
        self.ended += len(ended)
