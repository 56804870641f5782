"""How often something costly may be done: it takes at most a share of the time. Pure."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Pace", "Times"]


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds: of silence after which the last good state counts, and between looks round.

    A look round logs what the syncer's thread did not tell. What failed is tried again after `retry` seconds, then
    later and later, up to `longest`. After `grace` the agent ends for settings that need a new start.
    """

    patience: float = 3.0
    look: float = 5.0
    retry: float = 1.0
    grace: float = 2.0
    longest: float = 60.0


class Pace:
    """Between two runs passes at least `shortest`, and so long that runs take no more than `share` of the time."""

    def __init__(self, shortest: float = 1.0, share: float = 0.05) -> None:
        """Start so that the first run is due at once."""
        self._shortest = shortest
        self._share = share
        self._next = 0.0

    def ran(self, began: float, ended: float) -> None:
        """Take note of a run, by any one clock."""
        self._next = began + max(self._shortest, (ended - began) / self._share)

    def remaining(self, now: float) -> float:
        """Return the seconds until the next run, 0 where it is due."""
        return max(0.0, self._next - now)
