"""The newest lines of what Log rules logged, for whoever asks; how many are no longer kept is told exactly."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

__all__ = ["KEPT", "Recent"]

KEPT = 2000
"""Lines that are kept."""


def _now() -> datetime:
    return datetime.now(UTC)


class Recent:
    """Keeps lines, numbered from 1, each with the time at which it was read. For any thread.

    Numbers belong to one run of the agent, which has a name by chance.
    """

    def __init__(self, kept: int = KEPT, now: Callable[[], datetime] = _now) -> None:
        """Start without any."""
        self._lines: deque[Mapping[str, object]] = deque(maxlen=kept)
        self._guard = threading.Lock()
        self._now = now
        self._newest = 0
        self._run = secrets.token_hex(4)

    def add(self, line: Mapping[str, object]) -> None:
        """Keep a line, in place of the oldest where there is no room."""
        stamped = {"time": self._now().isoformat(timespec="milliseconds"), **line}
        with self._guard:
            self._lines.append(stamped)
            self._newest += 1

    def after(self, number: int) -> Mapping[str, object]:
        """Return the lines after a number, how many of these are no longer kept, and the number of the newest.

        Negative numbers count from the end: -20 asks for the newest 20.
        """
        with self._guard:
            lines, newest = list(self._lines), self._newest
        begin = max(0, newest + number) if number < 0 else min(number, newest)
        missed = max(0, newest - len(lines) - begin) if number >= 0 else 0
        wanted = newest - begin
        return {"run": self._run, "newest": newest, "missed": missed, "lines": lines[-wanted:] if wanted else []}
