"""The agent's log: one JSON object a line."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TextIO

from tortie.model import LogSeverity

__all__ = ["LEVELS", "start_log"]

LEVELS = {
    LogSeverity.TRACE: "DEBUG",
    LogSeverity.DEBUG: "DEBUG",
    LogSeverity.INFO: "INFO",
    LogSeverity.WARNING: "WARNING",
    LogSeverity.ERROR: "ERROR",
    LogSeverity.FATAL: "CRITICAL",
}
"""The logging level of each severity."""

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """Writes time, level, what happened, and whatever was given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"time": when, "level": record.levelname.lower(), "message": record.getMessage()}
        line |= {name: value for name, value in record.__dict__.items() if name not in _STANDARD}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def start_log(stream: TextIO, level: str) -> logging.Logger:
    """Return the agent's log, which writes to `stream` and nowhere else."""
    log = logging.getLogger("tortie.agent")
    log.handlers.clear()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    log.addHandler(handler)
    log.setLevel(level)
    log.propagate = False
    return log
