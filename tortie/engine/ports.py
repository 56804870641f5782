"""Arithmetic on sets of ports, kept as sorted, disjoint, inclusive ranges."""

from __future__ import annotations

from collections.abc import Iterable

from tortie.model import MAX_PORT, PortRange

__all__ = ["EVERY_PORT", "subtract", "union"]

EVERY_PORT = (PortRange(0, MAX_PORT),)


def union(ranges: Iterable[PortRange]) -> tuple[PortRange, ...]:
    """Return the ports in any of the ranges."""
    merged: list[PortRange] = []
    for each in sorted(ranges):
        if merged and each.first <= merged[-1].last + 1:
            merged[-1] = PortRange(merged[-1].first, max(merged[-1].last, each.last))
        else:
            merged.append(each)
    return tuple(merged)


def subtract(ranges: Iterable[PortRange], removed: Iterable[PortRange]) -> tuple[PortRange, ...]:
    """Return the ports that are in one of `ranges` and in none of `removed`."""
    kept = list(union(ranges))
    for hole in union(removed):
        kept = [piece for each in kept for piece in _cut(each, hole)]
    return tuple(kept)


def _cut(each: PortRange, hole: PortRange) -> list[PortRange]:
    """Return what is left of a range without the ports of a hole."""
    if hole.last < each.first or hole.first > each.last:
        return [each]
    left = [PortRange(each.first, hole.first - 1)] if each.first < hole.first else []
    right = [PortRange(hole.last + 1, each.last)] if hole.last < each.last else []
    return left + right
