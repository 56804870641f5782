"""The difference between what is desired and what is."""

from __future__ import annotations

from operator import eq

from hypothesis import given
from hypothesis import strategies as st

from tortie.dataplane.delta import Delta, diff

VALUES = st.dictionaries(st.integers(0, 5), st.integers(0, 2))


def test_what_is_missing_too_much_and_different() -> None:
    assert diff({"a": 1, "b": 2, "c": 3}, {"b": 2, "c": 4, "d": 5}, eq) == Delta(("a",), ("d",), ("c",))


@given(VALUES, VALUES)
def test_following_the_difference_leads_there(desired: dict[int, int], actual: dict[int, int]) -> None:
    delta = diff(desired, actual, eq)
    for key in delta.removed:
        del actual[key]
    actual.update({key: desired[key] for key in (*delta.added, *delta.changed)})
    assert actual == desired


@given(VALUES)
def test_equals_differ_in_nothing(values: dict[int, int]) -> None:
    assert diff(values, dict(values), eq) == Delta((), (), ())
