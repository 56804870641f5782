"""Culprits are found by closing halves, whoever they are, and no innocent with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.agent.isolate import culprits

NAMES = range(40)


class Judge:
    """Accepts what has all the guilty closed; remembers what was tried."""

    def __init__(self, guilty: frozenset[int]) -> None:
        self.guilty = guilty
        self.tried: list[frozenset[int]] = []

    def __call__(self, closed: frozenset[int]) -> bool:
        self.tried.append(closed)
        return self.guilty <= closed


@given(st.lists(st.sampled_from(NAMES), unique=True, min_size=1), st.data())
def test_exactly_the_culprits_are_found_and_tried_last(candidates: list[int], data: st.DataObject) -> None:
    guilty = data.draw(st.sets(st.sampled_from(candidates), min_size=1).map(frozenset))
    judge = Judge(guilty)
    assert culprits(candidates, judge, trials=1000) == guilty
    assert judge.tried[-1] == guilty


def test_one_among_many_takes_a_few_trials() -> None:
    judge = Judge(frozenset({700}))
    assert culprits(range(1024), judge) == frozenset({700})
    assert len(judge.tried) <= 22


@pytest.mark.parametrize("candidates", [(), (1, 2, 3)])
def test_who_is_not_among_them_is_not_found(candidates: tuple[int, ...]) -> None:
    assert culprits(candidates, Judge(frozenset({9}))) is None


def test_what_takes_too_long_to_tell_apart_is_closed_together() -> None:
    guilty = frozenset(range(0, 1000, 3))
    judge = Judge(guilty)
    found = culprits(range(1000), judge)
    assert found is not None
    assert guilty <= found
    assert judge.tried[-1] == found
    assert len(judge.tried) <= 66


def test_who_is_guilty_only_with_another_is_closed_so_that_it_is_accepted() -> None:
    tried: list[frozenset[int]] = []

    def accepts(closed: frozenset[int]) -> bool:
        tried.append(closed)
        return bool(closed & {3, 5})  # either of the two may stay, not both

    found = culprits(range(8), accepts)
    assert found in (frozenset({3}), frozenset({5}))
    assert tried[-1] == found


def test_a_verdict_that_changes_ends_with_something_accepted_or_nothing() -> None:
    answers = iter([True, False, False, False, False, False])
    assert culprits((1, 2), lambda _: next(answers)) is None
