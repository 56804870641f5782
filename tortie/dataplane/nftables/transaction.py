"""Changes → one ordered list of operations that the kernel takes or refuses as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from .objects import Chain, Counter, Element, Object, Rule, Set, Table

Named: TypeAlias = Table | Counter | Set | Chain

__all__ = ["Elements", "Operation", "Transaction", "Verb"]


class Verb(StrEnum):
    """What an operation does to its object."""

    ADD = "add"
    DELETE = "delete"
    FLUSH = "flush"  # of a chain: all its rules; of a set: all its elements


@dataclass(frozen=True, slots=True)
class Elements:
    """Elements of one set that are added, or deleted, together."""

    set: Set
    items: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of a transaction; elements of one set make one step."""

    verb: Verb
    object: Table | Chain | Rule | Set | Counter | Elements


class Transaction:
    """Changes collected in any order, and ordered so that referents come before their users and go after them.

    Adding an object that is there already with the same properties changes nothing (an element with other data is
    refused: delete it in the same transaction). The order is: the table that was there goes (only after
    `replace_table`); table, counters, sets and chains are made; chains to be rewritten or deleted are emptied; elements
    are deleted, then added; rules are added; sets, chains and counters are deleted.
    """

    __slots__ = ("_added", "_dropped", "_elements", "_flushed", "_gone", "_replaces", "_rules")

    def __init__(self) -> None:
        self._replaces = False
        self._added: dict[type, dict[str, Named]] = {Table: {}, Counter: {}, Set: {}, Chain: {}}
        self._dropped: dict[type, dict[str, Named]] = {Set: {}, Chain: {}, Counter: {}, Table: {}}
        self._rules: dict[str, list[Rule]] = {}
        self._flushed: dict[tuple[type, str], Chain | Set] = {}
        self._elements: dict[str, tuple[Set, list[Element]]] = {}
        self._gone: dict[str, tuple[Set, list[Element]]] = {}

    def replace_table(self) -> None:
        """Delete the table with all it holds, if it is there, before anything else is done; then make it."""
        self._replaces = True

    def add(self, thing: Object) -> None:
        """Make an object; a rule is appended to its chain."""
        if isinstance(thing, Element):
            self.add_elements((thing,))
        elif isinstance(thing, Rule):
            self._rules.setdefault(thing.chain, []).append(thing)
        else:
            self._added[type(thing)][thing.name] = thing

    def add_elements(self, elements: Iterable[Element]) -> None:
        """Make many elements."""
        _gather(self._elements, elements)

    def delete(self, thing: Table | Counter | Set | Chain | Element) -> None:
        """Remove an object, a chain with its rules, a set with its elements; of an element the data is not asked."""
        if isinstance(thing, Element):
            self.delete_elements((thing,))
        else:
            self._dropped[type(thing)][thing.name] = thing

    def delete_elements(self, elements: Iterable[Element]) -> None:
        """Remove many elements."""
        _gather(self._gone, elements)

    def rewrite(self, chain: str, rules: Iterable[Rule]) -> None:
        """Replace all rules of a chain (which exists, or is added too)."""
        self.flush(Chain(chain))
        self._rules[chain] = list(rules)

    def flush(self, thing: Chain | Set) -> None:
        """Remove all rules that a chain, or all elements that a set has now; those added in this transaction stay."""
        self._flushed[type(thing), thing.name] = thing

    def __bool__(self) -> bool:
        """Tell whether there is anything to do."""
        return next(self.operations(), None) is not None

    def operations(self) -> Iterator[Operation]:
        """Yield the operations in the order that the kernel needs."""
        if self._replaces:  # added first so that there is one to delete
            yield from (Operation(verb, Table()) for verb in (Verb.ADD, Verb.DELETE, Verb.ADD))
        for kind in self._added.values():
            yield from (Operation(Verb.ADD, thing) for thing in kind.values())
        if not self._replaces:
            yield from (Operation(Verb.FLUSH, thing) for thing in self._flushed.values())
        yield from (Operation(Verb.FLUSH, chain) for chain in self._dropped[Chain].values())
        yield from (Operation(Verb.DELETE, Elements(a_set, tuple(run))) for a_set, run in self._gone.values())
        yield from (Operation(Verb.ADD, Elements(a_set, tuple(run))) for a_set, run in self._elements.values())
        for rules in self._rules.values():
            yield from (Operation(Verb.ADD, rule) for rule in rules)
        for kind in self._dropped.values():
            yield from (Operation(Verb.DELETE, thing) for thing in kind.values())


def _gather(runs: dict[str, tuple[Set, list[Element]]], elements: Iterable[Element]) -> None:
    for a_set, run in groupby(elements, key=itemgetter(0)):
        runs.setdefault(a_set.name, (a_set, []))[1].extend(run)
