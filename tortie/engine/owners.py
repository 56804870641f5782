"""Who owns which addresses: endpoints and network sets of equal labels, and the CIDR lists of rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tortie.compiled import SetId
from tortie.model import Family, Prefix, family_of

__all__ = ["Owner", "Ownership"]


@dataclass(slots=True, eq=False)
class Owner:
    """Objects that no selector can tell apart, or one CIDR list; `sets` are the active sets they are in.

    `addresses` and `prefixes` are what they own, single addresses apart from the rest.
    """

    sets: frozenset[SetId] = frozenset()
    addresses: set[bytes] = field(default_factory=set[bytes])
    prefixes: set[Prefix] = field(default_factory=set[Prefix])


class Ownership:
    """Address to owners, and back. An address may have several owners, and one owner several times."""

    def __init__(self) -> None:
        self._exact: dict[bytes, tuple[Owner, ...]] = {}
        self._prefixes: dict[Prefix, list[Owner]] = {}
        self._lengths: dict[Family, dict[int, int]] = {family: defaultdict(int) for family in Family}

    def add(self, owner: Owner, prefixes: Iterable[Prefix | bytes]) -> None:
        """Give an owner prefixes; packed addresses stand for themselves."""
        for each in prefixes:
            if isinstance(each, Prefix) and not each.is_address:
                if not (owners := self._prefixes.setdefault(each, [])):
                    self._lengths[each.family][each.length] += 1
                owners.append(owner)
                owner.prefixes.add(each)
            else:
                address = each if isinstance(each, bytes) else each.network
                self._exact[address] = (*self._exact.get(address, ()), owner)
                owner.addresses.add(address)

    def remove(self, owner: Owner, prefixes: Iterable[Prefix | bytes]) -> None:
        """Take back, once each, what `add` gave."""
        for each in prefixes:
            if isinstance(each, Prefix) and not each.is_address:
                self._remove_prefix(owner, each)
            else:
                self._remove_address(owner, each if isinstance(each, bytes) else each.network)

    def own_sets(self, address: bytes) -> frozenset[SetId]:
        """Return the sets of those who own exactly this address, whatever prefixes cover it."""
        owners = self._exact.get(address, ())
        if len(owners) == 1:
            return owners[0].sets
        return frozenset().union(*(owner.sets for owner in owners))

    def prefix_sets(self, prefix: Prefix) -> frozenset[SetId]:
        """Return the sets of those who own exactly this prefix."""
        return frozenset().union(*(owner.sets for owner in self._prefixes.get(prefix, ())))

    def covering_sets(self, address: bytes) -> frozenset[SetId]:
        """Return the sets of those who own a prefix around the address."""
        found = [self.prefix_sets(prefix) for prefix in self.covering(address)]
        return frozenset().union(*found) if found else frozenset()

    def sets_of(self, address: bytes) -> frozenset[SetId]:
        """Return every active set that contains the address."""
        return self.own_sets(address) | self.covering_sets(address)

    def prefixes(self) -> Iterator[Prefix]:
        """Yield every prefix somebody owns."""
        yield from self._prefixes

    def covering(self, address: bytes) -> Iterator[Prefix]:
        """Yield every prefix around the address that somebody owns."""
        bits = len(address) * 8
        value = int.from_bytes(address)
        for length, count in self._lengths[family_of(address)].items():
            if count:
                masked = value >> (bits - length) << (bits - length)
                prefix = Prefix(masked.to_bytes(len(address)), length)
                if prefix in self._prefixes:
                    yield prefix

    def _remove_prefix(self, owner: Owner, prefix: Prefix) -> None:
        owners = self._prefixes[prefix]
        owners.remove(owner)
        if owner not in owners:
            owner.prefixes.discard(prefix)
        if not owners:
            del self._prefixes[prefix]
            self._lengths[prefix.family][prefix.length] -= 1

    def _remove_address(self, owner: Owner, address: bytes) -> None:
        owners = list(self._exact[address])
        owners.remove(owner)
        if owner not in owners:
            owner.addresses.discard(address)
        if owners:
            self._exact[address] = tuple(owners)
        else:
            del self._exact[address]
