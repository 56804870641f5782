"""When to try again what failed: later after each failure, with a cap, and never all hosts at once. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable

__all__ = ["Backoff"]


class Backoff:
    """Seconds between attempts: `first` after one failure, doubled after each further one up to `longest`.

    Each is cut by a jitter of up to half, drawn by `dice` from [0, 1). Times are of any one clock.
    """

    def __init__(self, first: float = 1.0, longest: float = 60.0, *, dice: Callable[[], float] = random.random) -> None:
        """Start without a failure."""
        self._first = first
        self._longest = longest
        self._dice = dice
        self._failures = 0
        self._next = 0.0

    def failed(self, now: float) -> None:
        """Count a failure."""
        delay = min(self._longest, self._first * 2 ** min(self._failures, 30))
        self._failures += 1
        self._next = now + delay * (1 + self._dice()) / 2

    def succeeded(self) -> None:
        """Forget all failures."""
        self._failures = 0

    def remaining(self, now: float) -> float | None:
        """Return the seconds until the next attempt, 0 where it is due; None where nothing failed."""
        return max(0.0, self._next - now) if self._failures else None
