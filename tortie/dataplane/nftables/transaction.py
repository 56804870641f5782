"""Changes → one ordered list of operations that the kernel takes or refuses as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from .objects import Chain, Counter, Element, Object, Rule, Set, Table

__all__ = ["Operation", "Transaction", "Verb"]


class Verb(StrEnum):
    """What an operation does to its object."""

    ADD = "add"
    DELETE = "delete"
    FLUSH = "flush"  # of a chain: all its rules; of a set: all its elements


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of a transaction."""

    verb: Verb
    object: Object


class Transaction:
    """Changes collected in any order, and ordered so that referents come before their users and go after them.

    Adding an object that is there already with the same properties changes nothing (an element with other data is
    refused: delete it in the same transaction). The order is: table, counters, sets and chains are made; chains to be
    rewritten or deleted are emptied; elements are deleted, then added; rules are added; sets, chains and counters are
    deleted.
    """

    __slots__ = ("_added", "_dropped", "_elements", "_flushed", "_gone", "_rules")

    def __init__(self) -> None:
        self._added: dict[type, dict[str, Object]] = {Table: {}, Counter: {}, Set: {}, Chain: {}}
        self._dropped: dict[type, dict[str, Object]] = {Set: {}, Chain: {}, Counter: {}, Table: {}}
        self._rules: dict[str, list[Rule]] = {}
        self._flushed: dict[str, Chain | Set] = {}
        self._elements: list[Element] = []
        self._gone: list[Element] = []

    def add(self, thing: Object) -> None:
        """Make an object; a rule is appended to its chain."""
        if isinstance(thing, Element):
            self._elements.append(thing)
        elif isinstance(thing, Rule):
            self._rules.setdefault(thing.chain, []).append(thing)
        else:
            self._added[type(thing)][thing.name] = thing

    def add_elements(self, elements: Iterable[Element]) -> None:
        """Make many elements."""
        self._elements.extend(elements)

    def delete(self, thing: Table | Counter | Set | Chain | Element) -> None:
        """Remove an object, a chain with its rules and a set with its elements; of an element the data is not asked."""
        if isinstance(thing, Element):
            self._gone.append(thing)
        else:
            self._dropped[type(thing)][thing.name] = thing

    def delete_elements(self, elements: Iterable[Element]) -> None:
        """Remove many elements."""
        self._gone.extend(elements)

    def rewrite(self, chain: str, rules: Iterable[Rule]) -> None:
        """Replace all rules of a chain (which exists, or is added too)."""
        self._flushed[chain] = Chain(chain)
        self._rules[chain] = list(rules)

    def flush(self, a_set: Set) -> None:
        """Remove all elements that a set has now; those added in this transaction stay."""
        self._flushed[a_set.name] = a_set

    def __len__(self) -> int:
        """Return how many operations there are."""
        return sum(1 for _ in self.operations())

    def operations(self) -> Iterator[Operation]:
        """Yield the operations in the order that the kernel needs."""
        for kind in self._added.values():
            yield from (Operation(Verb.ADD, thing) for thing in kind.values())
        yield from (Operation(Verb.FLUSH, thing) for thing in self._flushed.values())
        dropped = self._dropped[Chain].values()
        yield from (Operation(Verb.FLUSH, chain) for chain in dropped)
        yield from (Operation(Verb.DELETE, element) for element in self._gone)
        yield from (Operation(Verb.ADD, element) for element in self._elements)
        for rules in self._rules.values():
            yield from (Operation(Verb.ADD, rule) for rule in rules)
        for kind in self._dropped.values():
            yield from (Operation(Verb.DELETE, thing) for thing in kind.values())
