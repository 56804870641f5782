"""What an agent's log says of its state: whatever is different from before."""

from __future__ import annotations

import logging

from .report import Report

__all__ = ["Telling"]

_TOLD = (
    "enforced",
    "reason",
    "datastore",
    "cache_error",
    "interfaces_error",
    "statuses_error",
    "probation",
    "probation_error",
    "heartbeat_error",
    "undecodable",
    "quarantined",
    "settings_problems",
    "repairs",
)
_WRONG = (
    "error",
    "probation_error",
    "cache_error",
    "interfaces_error",
    "statuses_error",
    "heartbeat_error",
    "undecodable",
    "quarantined",
    "settings_problems",
)


class Telling:
    """Remembers what was said last."""

    def __init__(self, log: logging.Logger) -> None:
        """Start without having said anything."""
        self._log = log
        self._said: dict[str, object] = {}

    def tell(self, report: Report) -> None:
        """Log what is different in a report; as a warning where something is wrong."""
        now = {name: getattr(report, name) for name in _TOLD}
        changed = {name: value for name, value in now.items() if self._said.get(name) != value}
        self._said = now
        if changed:
            level = logging.WARNING if any(getattr(report, name) for name in _WRONG) else logging.INFO
            self._log.log(level, "ready" if report.ready else "not ready", extra=changed)
