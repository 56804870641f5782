"""Partition refinement: each address in the class of the active sets that contain it.

Only addresses whose class differs from what the ranges around them say get a row, and only ranges in some set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tortie.compiled import AddressClass, AddressRange, ClassId, SetId
from tortie.engine.ids import number
from tortie.engine.owners import Ownership
from tortie.engine.tables import CountedTable, Table
from tortie.model import Family, Prefix, family_of

__all__ = ["Classes"]

_ClassName = tuple[Family, frozenset[SetId]]


class Classes:
    """The classes in use, and the class of every address and range that is in one."""

    def __init__(self, ownership: Ownership) -> None:
        self.classes: CountedTable[ClassId, AddressClass] = CountedTable()
        self.addresses: Table[bytes, ClassId] = Table()
        self.ranges: Table[AddressRange, ClassId] = Table()
        self._ownership = ownership
        self._ids: dict[_ClassName, ClassId] = {}
        self._placed: set[bytes] = set()

    def place(self, addresses: Iterable[bytes], *, ranges_moved: bool) -> None:
        """Work out again the classes of the addresses, and, where prefixes or their sets moved, of everything."""
        if ranges_moved:
            self._place_ranges()
            addresses = {*addresses, *self._placed}
        covered = bool(self.ranges.rows)
        for address in addresses:
            own = self._ownership.own_sets(address)
            around = self._ownership.covering_sets(address) if covered else frozenset[SetId]()
            if own:
                self._placed.add(address)
            else:
                self._placed.discard(address)
            self._place_address(address, own | around if own - around else None)

    def _place_address(self, address: bytes, sets: frozenset[SetId] | None) -> None:
        """Give an address its row; None takes it away, since the ranges say enough."""
        old = self.addresses.rows.get(address)
        new = self._acquire(family_of(address), sets) if sets else None
        if new is not None:
            self.addresses.put(address, new)
        else:
            self.addresses.drop(address)
        if old is not None:
            self._release(old)

    def _place_ranges(self) -> None:
        wanted = dict(_flatten(self._ownership))
        for each in [each for each in self.ranges.rows if each not in wanted]:
            old = self.ranges.rows[each]
            self.ranges.drop(each)
            self._release(old)
        for each, sets in wanted.items():
            old_id = self.ranges.rows.get(each)
            self.ranges.put(each, self._acquire(family_of(each[0]), sets))
            if old_id is not None:
                self._release(old_id)

    def _acquire(self, family: Family, sets: frozenset[SetId]) -> ClassId:
        name = (family, sets)
        id_ = self._ids.get(name)
        if id_ is None:
            id_ = number((str(family), *sorted(sets)))
            while id_ in self.classes.rows:
                id_ = id_ % (2**31 - 1) + 1
            self._ids[name] = id_
            self.classes.acquire(id_, AddressClass(id_, family, sets))
        else:
            self.classes.hold(id_)
        return id_

    def _release(self, id_: ClassId) -> None:
        row = self.classes.rows[id_]
        if self.classes.release(id_):
            del self._ids[row.family, row.sets]


def _flatten(ownership: Ownership) -> Iterator[tuple[AddressRange, frozenset[SetId]]]:
    """Yield disjoint ranges, with the sets that contain them, that cover all prefixes which are in some set."""
    for family in Family:
        prefixes = sorted(each for each in ownership.prefixes() if each.family is family)
        yield from _joined(_segments(prefixes, ownership))


def _segments(prefixes: list[Prefix], ownership: Ownership) -> Iterator[tuple[int, int, int, frozenset[SetId]]]:
    """Yield (first, last, address length, sets) in order; prefixes are sorted, so the outer comes before the inner."""
    open_: list[tuple[int, frozenset[SetId]]] = []  # last address and sets of the prefixes around `at`
    at = 0
    for prefix in prefixes:
        first, last = int.from_bytes(prefix.network), int.from_bytes(prefix.last)
        size = len(prefix.network)
        while open_ and open_[-1][0] < first:
            end, sets = open_.pop()
            if at <= end:
                yield at, end, size, sets
                at = end + 1
        if open_ and at < first:
            yield at, first - 1, size, open_[-1][1]
        at = max(at, first)
        around = open_[-1][1] if open_ else frozenset[SetId]()
        open_.append((last, around | ownership.prefix_sets(prefix)))
    while open_:
        end, sets = open_.pop()
        if at <= end:
            yield at, end, len(prefixes[0].network), sets
            at = end + 1


def _joined(
    segments: Iterable[tuple[int, int, int, frozenset[SetId]]],
) -> Iterator[tuple[AddressRange, frozenset[SetId]]]:
    """Join neighbours in the same sets, and leave out what is in none."""
    held: tuple[int, int, int, frozenset[SetId]] | None = None
    for segment in segments:
        if held and held[1] + 1 == segment[0] and held[3] == segment[3]:
            held = (held[0], segment[1], held[2], held[3])
            continue
        if held and held[3]:
            yield (held[0].to_bytes(held[2]), held[1].to_bytes(held[2])), held[3]
        held = segment
    if held and held[3]:
        yield (held[0].to_bytes(held[2]), held[1].to_bytes(held[2])), held[3]
