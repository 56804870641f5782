"""Equal content has equal names; other content has other ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.engine.ids import digest, number

PARTS = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1)


def test_names_are_the_same_on_every_host() -> None:
    assert digest("plan-", ["a", "b"]) == "plan-59b271ae1bbcb1d31d41929817f4b16f"
    assert number(["a", "b"]) == 1504866735


def test_nobody_can_search_for_two_policies_whose_names_meet() -> None:
    """Plans and groups of one name share a verdict: who writes policy must not find two, and 128 bits see to that."""
    assert len(bytes.fromhex(digest("", ["a"]))) * 8 >= 128


@pytest.mark.parametrize("other", [["ab"], ["b", "a"], ["a", "b", ""], ["a"], []])
def test_order_and_borders_of_parts_count(other: list[str]) -> None:
    assert digest("x", other) != digest("x", ["a", "b"])


@given(PARTS, PARTS)
def test_names_differ_where_parts_do(one: list[str], two: list[str]) -> None:
    assert (digest("x", one) == digest("x", two)) is (one == two)


@given(PARTS)
def test_numbers_fit_31_bits_and_are_never_0(parts: list[str]) -> None:
    assert 1 <= number(parts) < 2**31
