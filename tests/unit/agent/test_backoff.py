"""Attempts are further and further apart, up to a cap, with jitter."""

from __future__ import annotations

import pytest

from tortie.agent.backoff import Backoff


@pytest.mark.parametrize(("dice", "share"), [(0.0, 0.5), (0.999999, 1.0)])
def test_delays_double_up_to_the_cap(dice: float, share: float) -> None:
    backoff = Backoff(1.0, 10.0, dice=lambda: dice)
    found = []
    for _ in range(6):
        backoff.failed(100.0)
        found.append(backoff.remaining(100.0))
    assert found == pytest.approx([each * share for each in (1, 2, 4, 8, 10, 10)], rel=1e-5)


def test_an_attempt_is_due_once_its_time_has_come() -> None:
    backoff = Backoff(2.0, dice=lambda: 0.0)
    assert backoff.remaining(5.0) is None
    backoff.failed(5.0)
    assert (backoff.remaining(5.0), backoff.remaining(5.5), backoff.remaining(99.0)) == (1.0, 0.5, 0.0)


def test_success_begins_anew() -> None:
    backoff = Backoff(2.0, dice=lambda: 0.0)
    for _ in range(100):
        backoff.failed(0.0)
    backoff.succeeded()
    assert backoff.remaining(0.0) is None
    backoff.failed(0.0)
    assert backoff.remaining(0.0) == 1.0
