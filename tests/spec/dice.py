"""One source of choices for random worlds: Hypothesis, which shrinks, or a seed, which is fast and reproduces."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Dice(Protocol):
    """What worlds are built with; 0 is the simplest number, to which Hypothesis shrinks."""

    def number(self, last: int) -> int:
        """A number of 0 to `last`."""


class SeededDice:
    """Dice of a seeded generator."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def number(self, last: int) -> int:
        return self._rng.randrange(last + 1)


class HypothesisDice:
    """Dice of a Hypothesis test case."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def number(self, last: int) -> int:
        return self._draw(_up_to(last)) if last else 0


@lru_cache(maxsize=1024)
def _up_to(last: int) -> st.SearchStrategy[int]:
    return st.integers(0, last)


def pick(dice: Dice, options: Sequence[T]) -> T:
    """One of the options; the first is the simplest."""
    return options[dice.number(len(options) - 1)]


def some(dice: Dice, options: Sequence[T], most: int, least: int = 0) -> tuple[T, ...]:
    """Up to `most` different options, in random order."""
    left = list(options)
    count = least + dice.number(min(most, len(left)) - least)
    return tuple(left.pop(dice.number(len(left) - 1)) for _ in range(count))


def chance(dice: Dice, percent: int) -> bool:
    """True that often; False is the simplest."""
    return dice.number(99) >= 100 - percent
