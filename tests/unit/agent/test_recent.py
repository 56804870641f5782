"""Lines that are kept for a while: which come after a number, and how many are gone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from tortie.agent.recent import Recent

NOW = datetime(2026, 1, 2, 3, 0, 0, 5000, UTC)


def asked(recent: Recent, after: int) -> tuple[list[int], int, int]:
    found: Mapping[str, Any] = recent.after(after)
    return [line["n"] for line in found["lines"]], found["missed"], found["newest"]


@pytest.mark.parametrize(
    ("after", "lines", "missed"),
    [
        (0, [3, 4, 5], 2),
        (1, [3, 4, 5], 1),
        (2, [3, 4, 5], 0),
        (4, [5], 0),
        (5, [], 0),
        (99, [], 0),
        (-1, [5], 0),
        (-3, [3, 4, 5], 0),
        (-99, [3, 4, 5], 0),
    ],
)
def test_what_comes_after_a_number(after: int, lines: list[int], missed: int) -> None:
    recent = Recent(kept=3)
    assert asked(recent, after) == ([], 0, 0)
    for number in range(1, 6):
        recent.add({"n": number})
    assert asked(recent, after) == (lines, missed, 5)


def test_a_line_has_its_time_and_a_run_its_name() -> None:
    recent = Recent(now=lambda: NOW)
    recent.add({"rule": "r"})
    assert recent.after(0)["lines"] == [{"time": "2026-01-02T03:00:00.005+00:00", "rule": "r"}]
    assert recent.after(0)["run"] != Recent().after(0)["run"]
