"""Prefixes that may overlap, flattened into disjoint ranges with the sets they are in; anew only where some moved."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence

from tortie.compiled import AddressRange, SetId
from tortie.engine.owners import Ownership
from tortie.model import Family, Prefix

__all__ = ["Ranges", "Span", "flatten", "spans_of", "within"]

Span = tuple[int, int]
"""The first and the last address of a stretch, as numbers."""

_MANY = 64  # from so many stretches on, all is flattened anew

_Segment = tuple[int, int, frozenset[SetId]]


class Ranges:
    """The ranges of one family, in step with the prefixes that somebody owns, as far as `move` was told.

    A range is as long as can be: neighbours are in different sets. What is in no set is in no range.
    """

    def __init__(self, family: Family, ownership: Ownership) -> None:
        self._size = family.bits // 8
        self._whole: Span = (0, (1 << family.bits) - 1)
        self._ownership = ownership
        self._prefixes: list[Prefix] = []
        self._rows: list[Span] = []

    def move(
        self, spans: Sequence[Span], prefixes: Iterable[Prefix]
    ) -> Iterator[tuple[list[AddressRange], dict[AddressRange, frozenset[SetId]]]]:
        """Yield (ranges there were, ranges there are) for each stretch where prefixes, or their sets, moved.

        `spans` are those of the prefixes, see `spans_of`. Ranges that touch a stretch belong to it, as they may grow
        together.
        """
        if len(spans) > _MANY:
            spans = [self._whole]
            known = {*self._prefixes, *prefixes}
            self._prefixes = sorted((each for each in known if self._ownership.prefix_sets(each)), key=_order)
        else:
            for each in prefixes:
                self._list(each)
        for first, last in spans:
            start = bisect_left(self._rows, first - 1, key=_last)
            stop = bisect_right(self._rows, last + 1, key=_first)
            old = self._rows[start:stop]
            low, high = (min(first, old[0][0]), max(last, old[-1][1])) if old else (first, last)
            new = list(_joined(self._segments(low, high)))
            self._rows[start:stop] = [(each[0], each[1]) for each in new]
            yield [self._packed(*each) for each in old], {self._packed(*each[:2]): each[2] for each in new}

    def _list(self, prefix: Prefix) -> None:
        """Keep the prefix among those in order as long as it is in some set."""
        at = bisect_left(self._prefixes, prefix)
        is_there = at < len(self._prefixes) and self._prefixes[at] == prefix
        if self._ownership.prefix_sets(prefix):
            if not is_there:
                insort(self._prefixes, prefix)
        elif is_there:
            del self._prefixes[at]

    def _segments(self, low: int, high: int) -> Iterator[_Segment]:
        """Yield what the prefixes say of the addresses from `low` to `high`."""
        bottom, top = low.to_bytes(self._size), high.to_bytes(self._size)
        around = sorted(each for each in self._ownership.covering(bottom) if each.network < bottom)
        inside = self._prefixes[
            bisect_left(self._prefixes, bottom, key=_network) : bisect_right(self._prefixes, top, key=_network)
        ]
        for first, last, sets in _nested([*around, *inside], self._ownership):
            if last >= low and first <= high:
                yield max(first, low), min(last, high), sets

    def _packed(self, first: int, last: int) -> AddressRange:
        return first.to_bytes(self._size), last.to_bytes(self._size)


def spans_of(prefixes: Iterable[Prefix]) -> list[Span]:
    """Return the stretches that prefixes of one family cover, in order; prefixes within others are left out."""
    found: list[Span] = []
    for each in sorted(prefixes, key=_order):
        first, last = int.from_bytes(each.network), int.from_bytes(each.last)
        if not found or first > found[-1][1]:
            found.append((first, last))
    return found


def within(addresses: Iterable[bytes], spans: Sequence[Span], family: Family) -> list[bytes]:
    """Return those addresses of a family that lie in one of the stretches, of which there is at least one."""
    size = family.bits // 8
    bounds = [(first.to_bytes(size), last.to_bytes(size)) for first, last in spans]
    if len(bounds) == 1:
        [(low, high)] = bounds
        return [address for address in addresses if low <= address <= high]
    firsts = [first for first, _ in bounds]
    lasts = [b"", *(last for _, last in bounds)]
    return [address for address in addresses if address <= lasts[bisect_right(firsts, address)]]


def flatten(ownership: Ownership) -> Iterator[tuple[AddressRange, frozenset[SetId]]]:
    """Yield the ranges of all prefixes that somebody owns: what `Ranges` comes to, from nothing."""
    for family in Family:
        size = family.bits // 8
        prefixes = sorted((each for each in ownership.prefixes() if each.family is family), key=_order)
        for first, last, sets in _joined(_nested(prefixes, ownership)):
            yield (first.to_bytes(size), last.to_bytes(size)), sets


def _nested(prefixes: Sequence[Prefix], ownership: Ownership) -> Iterator[_Segment]:
    """Yield (first, last, sets) in order; prefixes are sorted, so the outer comes before the inner."""
    open_: list[tuple[int, frozenset[SetId]]] = []  # last address and sets of the prefixes around `at`
    at = 0
    for prefix in prefixes:
        first, last = int.from_bytes(prefix.network), int.from_bytes(prefix.last)
        while open_ and open_[-1][0] < first:
            end, sets = open_.pop()
            if at <= end:
                yield at, end, sets
                at = end + 1
        if open_ and at < first:
            yield at, first - 1, open_[-1][1]
        at = max(at, first)
        around = open_[-1][1] if open_ else frozenset[SetId]()
        open_.append((last, around | ownership.prefix_sets(prefix)))
    while open_:
        end, sets = open_.pop()
        if at <= end:
            yield at, end, sets
            at = end + 1


def _joined(segments: Iterable[_Segment]) -> Iterator[_Segment]:
    """Join neighbours in the same sets, and leave out what is in none."""
    held: _Segment | None = None
    for segment in segments:
        if held and held[1] + 1 == segment[0] and held[2] == segment[2]:
            held = (held[0], segment[1], held[2])
            continue
        if held and held[2]:
            yield held
        held = segment
    if held and held[2]:
        yield held


def _first(row: Span) -> int:
    return row[0]


def _last(row: Span) -> int:
    return row[1]


def _network(prefix: Prefix) -> bytes:
    return prefix.network


def _order(prefix: Prefix) -> tuple[bytes, int]:
    return prefix.network, prefix.length
