"""Prefixes as the kernel's interval sets take them: none within another. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from tortie.model import Prefix

__all__ = ["outermost"]


def outermost(prefixes: Iterable[Prefix]) -> list[Prefix]:
    """Return the prefixes that no other contains, sorted: the kernel refuses ranges that overlap."""
    found: list[Prefix] = []
    for each in sorted(prefixes, key=lambda prefix: prefix.length):
        if not any(outer.covers(each.network) for outer in found):
            found.append(each)
    return sorted(found)
