"""Which selectors match which labelled items, kept as both come and go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Generic, TypeVar

from tortie.model import Labels
from tortie.selector import Anything, HasKey, HasValue, Needs, Nothing, Selector, keys, needs

__all__ = ["LabelIndex"]

S = TypeVar("S", bound=Hashable)
T = TypeVar("T", bound=Hashable)

_Bucket = tuple[str, str | None]


class LabelIndex(Generic[S, T]):
    """Selectors of type S against items of type T.

    A selector waits under the labels that any match of it must carry, so that an item meets only selectors that
    could match it; an item is listed under the keys that some selector mentions, so that a new selector meets only
    items that could match. Where an item's labels change, only selectors that mention one of those are asked again.
    `stale` collects the items whose matches changed; the reader empties it.
    """

    def __init__(self) -> None:
        self.stale: set[T] = set()
        self._labels: dict[T, Labels] = {}
        self._matches: dict[T, set[S]] = {}
        self._selectors: dict[S, Selector] = {}
        self._waiting: dict[_Bucket, set[S]] = defaultdict(set)
        self._waiting_for_any: set[S] = set()
        self._mentioning: dict[str, set[S]] = defaultdict(set)
        self._carriers: dict[str, dict[str, set[T]]] = {}

    @property
    def items(self) -> Mapping[T, Labels]:
        """Return the items with their labels."""
        return self._labels

    @property
    def selectors(self) -> Mapping[S, Selector]:
        """Return the selectors by id."""
        return self._selectors

    def matches(self, item: T) -> frozenset[S]:
        """Return the ids of the selectors that match an item; none for an unknown one."""
        return frozenset(self._matches.get(item, ()))

    def matching(self, selector: S) -> set[T]:
        """Return the items that a known selector matches."""
        known = self._selectors[selector]
        return {item for item in self._could_match(needs(known)) if selector in self._matches[item]}

    def put_item(self, item: T, labels: Labels) -> None:
        """Add an item, or give it other labels."""
        old = self._labels.get(item)
        if old == labels:
            return
        self._unlist(item)
        self._labels[item] = labels
        for key in labels.keys() & self._carriers.keys():
            self._carriers[key].setdefault(labels[key], set()).add(item)
        asked = None if old is None else self._asking_of(old, labels)
        if asked is not None and not asked:
            return
        found = {id_ for id_ in self._candidates(labels, asked) if self._selectors[id_].matches(labels)}
        if asked is not None:
            found |= self._matches[item] - asked
        if found != self._matches.get(item):
            self.stale.add(item)
        self._matches[item] = found

    def drop_item(self, item: T) -> None:
        """Remove an item, if it is there."""
        self._unlist(item)
        if self._labels.pop(item, None) is not None:
            del self._matches[item]
            self.stale.add(item)

    def put_selector(self, id_: S, selector: Selector) -> None:
        """Add a selector, or replace the one of that id."""
        if self._selectors.get(id_) == selector:
            return
        self.drop_selector(id_)
        self._selectors[id_] = selector
        need = needs(selector)
        self._wait(id_, need)
        for key in keys(selector):
            self._mentioning[key].add(id_)
        for item in self._could_match(need):
            if selector.matches(self._labels[item]):
                self._matches[item].add(id_)
                self.stale.add(item)

    def drop_selector(self, id_: S) -> None:
        """Remove a selector, if it is there."""
        selector = self._selectors.get(id_)
        if selector is None:
            return
        need = needs(selector)
        for item in self._could_match(need):
            if id_ in self._matches[item]:
                self._matches[item].discard(id_)
                self.stale.add(item)
        del self._selectors[id_]
        for bucket in _buckets(need):
            self._waiting[bucket].discard(id_)
            if not self._waiting[bucket]:
                del self._waiting[bucket]
        self._waiting_for_any.discard(id_)
        for key in keys(selector):
            self._mentioning[key].discard(id_)
            if not self._mentioning[key]:
                del self._mentioning[key]

    def _asking_of(self, old: Labels, new: Labels) -> AbstractSet[S]:
        """Return the selectors that mention a key whose value differs."""
        changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)} & self._mentioning.keys()
        found = [self._mentioning[key] for key in changed]
        return found[0] if len(found) == 1 else set[S]().union(*found)

    def _wait(self, id_: S, need: Needs) -> None:
        if isinstance(need, Anything):
            self._waiting_for_any.add(id_)
        for bucket in _buckets(need):
            self._waiting[bucket].add(id_)

    def _candidates(self, labels: Labels, among: AbstractSet[S] | None) -> Iterator[S]:
        """Yield the selectors that could match the labels, all or those of some."""
        waiting = [self._waiting_for_any]
        if self._waiting:
            for key, value in labels.items():
                waiting += [self._waiting[bucket] for bucket in ((key, None), (key, value)) if bucket in self._waiting]
        for each in waiting:
            yield from each if among is None else each & among

    def _could_match(self, need: Needs) -> Iterator[T]:
        if isinstance(need, HasValue):
            carriers = self._listed(need.key)
            for value in need.values:
                yield from carriers.get(value, ())
        elif isinstance(need, HasKey):
            for items in self._listed(need.key).values():
                yield from items
        elif not isinstance(need, Nothing):
            yield from self._labels

    def _listed(self, key: str) -> dict[str, set[T]]:
        """Return the items that carry a key, by its value; lists them when nobody asked for the key before."""
        if key not in self._carriers:
            carriers: dict[str, set[T]] = {}
            for item, labels in self._labels.items():
                if (value := labels.get(key)) is not None:
                    carriers.setdefault(value, set()).add(item)
            self._carriers[key] = carriers
        return self._carriers[key]

    def _unlist(self, item: T) -> None:
        labels = self._labels.get(item, {})
        for key in labels.keys() & self._carriers.keys():
            carriers = self._carriers[key][labels[key]]
            carriers.discard(item)
            if not carriers:
                del self._carriers[key][labels[key]]


def _buckets(need: Needs) -> list[_Bucket]:
    """Return under which labels a selector with this need waits; none where it waits under all or no items."""
    if isinstance(need, HasKey):
        return [(need.key, None)]
    if isinstance(need, HasValue):
        return [(need.key, value) for value in need.values]
    return []
