"""An agent says that it lives: what, how often, and not where nobody may write."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tortie.agent import Heartbeat
from tortie.errors import Unavailable
from tortie.model import AgentSettings

SOON = 20.0


class Store:
    """Takes reports, but for the first `failures`."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.taken: list[tuple[str, str, dict[str, object], int]] = []
        self.came = threading.Semaphore(0)

    def beat(self, host: str, region: str, document: bytes, seconds: int) -> None:
        self.came.release()
        if self.failures:
            self.failures -= 1
            raise Unavailable("no member answers")
        self.taken.append((host, region, json.loads(document), seconds))


def test_what_a_report_says() -> None:
    times = iter((100.0, 101.5, 131.5, 161.5))
    store = Store(failures=1)
    heart = Heartbeat(store, "n1", now=lambda: datetime(2026, 1, 2, 3, 4, 5, 678, UTC), uptime=lambda: next(times))
    heart.beat(AgentSettings())
    assert heart.error == "no member answers"
    for ttl in (60.4, 0.1):
        heart.beat(AgentSettings(region="east", reporting_ttl=ttl))
    assert heart.error == ""
    said = {"time": "2026-01-02T03:04:05Z", "uptime": 31.5, "first_update": True}
    assert store.taken[0] == ("n1", "east", said, 60)
    assert store.taken[1] == ("n1", "east", {**said, "uptime": 61.5, "first_update": False}, 1)


@pytest.mark.parametrize(
    ("settings", "beats"),
    [
        (lambda: AgentSettings(reporting_seconds=0.001), True),
        (lambda: AgentSettings(reporting_seconds=0.0), False),
        (lambda: None, False),
    ],
)
def test_how_often(settings: Callable[[], AgentSettings | None], beats: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tortie.agent.heartbeat._LOOK", 0.001)
    store, asked = Store(), threading.Semaphore(0)

    def told() -> AgentSettings | None:
        asked.release()
        return settings()

    heart = Heartbeat(store, "n1")
    heart.start(told)
    for _ in range(3):
        assert asked.acquire(timeout=SOON)
    assert store.came.acquire(timeout=SOON if beats else 0) == beats
    heart.stop()
