"""Arithmetic on ports, against sets of numbers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.engine.ports import EVERY_PORT, subtract, union
from tortie.model import MAX_PORT, PortRange

PORTS = st.one_of(st.integers(0, 20), st.integers(MAX_PORT - 20, MAX_PORT))
RANGES = st.lists(st.tuples(PORTS, PORTS).map(lambda pair: PortRange(min(pair), max(pair))), max_size=5)


def ranges(text: str) -> tuple[PortRange, ...]:
    """Read `1-5 9`."""
    pairs = [word.partition("-") for word in text.split()]
    return tuple(PortRange(int(first), int(last or first)) for first, _, last in pairs)


def numbers(many: tuple[PortRange, ...] | list[PortRange]) -> set[int]:
    return {port for each in many for port in range(each.first, each.last + 1)}


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("", ""),
        ("80", "80"),
        ("443 80", "80 443"),
        ("1-5 6", "1-6"),  # neighbours join
        ("1-5 7", "1-5 7"),
        ("1-9 3-4", "1-9"),
        ("3-6 1-4 6-8", "1-8"),
        ("0-65535 80", "0-65535"),
    ],
)
def test_union(text: str, joined: str) -> None:
    assert union(ranges(text)) == ranges(joined)


@pytest.mark.parametrize(
    ("text", "removed", "left"),
    [
        ("1-9", "", "1-9"),
        ("1-9", "5", "1-4 6-9"),
        ("1-9", "1", "2-9"),
        ("1-9", "9", "1-8"),
        ("1-9", "0-20", ""),
        ("1-9", "3-4 6-7", "1-2 5 8-9"),
        ("1-9 20-30", "5-25", "1-4 26-30"),
        ("0-65535", "0 65535", "1-65534"),
        ("1-9", "10-20", "1-9"),
        ("", "1", ""),
    ],
)
def test_subtract(text: str, removed: str, left: str) -> None:
    assert subtract(ranges(text), ranges(removed)) == ranges(left)


@given(RANGES)
def test_union_keeps_every_port_once(many: list[PortRange]) -> None:
    joined = union(many)
    assert numbers(joined) == numbers(many)
    assert all(left.last + 1 < right.first for left, right in pairwise(joined))


@given(RANGES, RANGES)
def test_subtract_is_the_difference_of_sets(many: list[PortRange], removed: list[PortRange]) -> None:
    left = subtract(many, removed)
    assert numbers(left) == numbers(many) - numbers(removed)
    assert left == union(left)


@given(RANGES)
def test_what_is_removed_from_all_ports_is_the_rest(removed: list[PortRange]) -> None:
    assert union([*subtract(EVERY_PORT, removed), *removed]) == EVERY_PORT
