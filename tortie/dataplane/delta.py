"""Desired and actual → what to add, remove and change. Pure, and of nothing in particular."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Delta", "diff"]

K = TypeVar("K", bound=Hashable)
D = TypeVar("D")
A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Delta(Generic[K]):
    """Keys only desired, only actual, and in both with values that differ; each in the order of its mapping."""

    added: tuple[K, ...]
    removed: tuple[K, ...]
    changed: tuple[K, ...]


def diff(desired: Mapping[K, D], actual: Mapping[K, A], same: Callable[[D, A], bool]) -> Delta[K]:
    """Return what leads from `actual` to `desired`; `same` tells whether two values of one key are as good as equal."""
    return Delta(
        added=tuple(key for key in desired if key not in actual),
        removed=tuple(key for key in actual if key not in desired),
        changed=tuple(key for key, value in desired.items() if key in actual and not same(value, actual[key])),
    )
