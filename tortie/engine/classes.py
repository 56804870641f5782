"""Partition refinement: each address in the class of the active sets that contain it.

Only addresses whose class differs from what the ranges around them say get a row, and only ranges in some set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from tortie.compiled import AddressClass, AddressRange, ClassId, SetId
from tortie.engine.ids import number
from tortie.engine.owners import Ownership
from tortie.engine.ranges import Ranges, spans_of, within
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
        self._placed: dict[Family, set[bytes]] = {family: set() for family in Family}
        self._ranges = {family: Ranges(family, ownership) for family in Family}

    def place(self, addresses: Iterable[bytes], prefixes: Collection[Prefix]) -> None:
        """Work out again the classes of the addresses, and of what lies in prefixes that moved, or whose sets did."""
        addresses = {*addresses, *self._place_ranges(prefixes)}
        covered = bool(self.ranges.rows)
        for address in addresses:
            own = self._ownership.own_sets(address)
            around = self._ownership.covering_sets(address) if covered else frozenset[SetId]()
            placed = self._placed[family_of(address)]
            if own:
                placed.add(address)
            else:
                placed.discard(address)
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

    def _place_ranges(self, prefixes: Collection[Prefix]) -> Iterator[bytes]:
        """Bring the ranges in step with prefixes that moved; yield the single addresses that lie in them."""
        for family, ranges in self._ranges.items():
            moved = [each for each in prefixes if each.family is family]
            spans = spans_of(moved)
            for before, after in ranges.move(spans, moved):
                held = [self.ranges.rows[each] for each in before]
                for each, sets in after.items():
                    self.ranges.put(each, self._acquire(family, sets))
                for each in before:
                    if each not in after:
                        self.ranges.drop(each)
                for id_ in held:
                    self._release(id_)
            if spans:
                yield from within(self._placed[family], spans, family)

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
