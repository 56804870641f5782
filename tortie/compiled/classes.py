"""Address classes: addresses that no active rule can tell apart."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from tortie.compiled.rule import SetId
from tortie.model import Family, family_of

__all__ = ["AddressClass", "AddressRange", "ClassId", "ClassLookup"]

ClassId = int
"""A number from 1 up, within 31 bits; 0 is for addresses in no active set."""

AddressRange = tuple[bytes, bytes]
"""First and last address, packed, both included."""

_NO_SETS: frozenset[SetId] = frozenset()


@dataclass(frozen=True, slots=True)
class AddressClass:
    """The addresses of one family that exactly these active sets contain; never none of them."""

    id: ClassId
    family: Family
    sets: frozenset[SetId]


class ClassLookup:
    """Answers which class an address is in, from a snapshot's tables.

    An exact address beats the ranges around it; its class already accounts for them.
    """

    def __init__(
        self,
        classes: Mapping[ClassId, AddressClass],
        addresses: Mapping[bytes, ClassId],
        ranges: Mapping[AddressRange, ClassId],
    ) -> None:
        """Sort the ranges, which are disjoint, once."""
        self._classes = classes
        self._addresses = addresses
        self._ranges = {
            family: sorted((first, last, id_) for (first, last), id_ in ranges.items() if family_of(first) is family)
            for family in Family
        }

    def class_of(self, address: bytes) -> ClassId:
        """Return the class of a packed address, 0 for one that no active set contains."""
        if (exact := self._addresses.get(address)) is not None:
            return exact
        ranges = self._ranges[family_of(address)]
        place = bisect_right(ranges, address, key=lambda row: row[0]) - 1
        return ranges[place][2] if place >= 0 and address <= ranges[place][1] else 0

    def sets_of(self, address: bytes) -> frozenset[SetId]:
        """Return the active sets that contain a packed address."""
        id_ = self.class_of(address)
        return self._classes[id_].sets if id_ else _NO_SETS
