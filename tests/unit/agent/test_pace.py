"""Costly work is done at once, then as seldom as its share of the time asks."""

from __future__ import annotations

import pytest

from tortie.agent.pace import Pace


@pytest.mark.parametrize(("took", "wait"), [(0.0, 1.0), (0.01, 0.99), (0.05, 0.95), (2.0, 38.0)])
def test_a_run_is_followed_by_a_pause(took: float, wait: float) -> None:
    pace = Pace(1.0, 0.05)
    assert pace.remaining(100.0) == 0
    pace.ran(100.0, 100.0 + took)
    assert pace.remaining(100.0 + took) == pytest.approx(wait)
    assert pace.remaining(200.0) == 0
