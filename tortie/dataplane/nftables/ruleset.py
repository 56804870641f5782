"""All that the table holds, or should hold, as values: what a comparison takes and a listing shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from .objects import Chain, Counter, Element, Key, Object, Rule, Set, Table, Verdict

__all__ = ["Actual", "ActualRule", "Ruleset", "Span", "ruleset", "span"]


Span: TypeAlias = tuple[Key, Key]
"""Where an element begins and ends (inclusive); both are the same where it is no range."""


@dataclass(frozen=True, slots=True)
class ActualRule:
    """A rule as the kernel has it: what tells it from others (`expressions.fingerprint`), and its comment."""

    fingerprint: bytes
    comment: str
    handle: int


@dataclass(frozen=True, slots=True)
class Actual:
    """What the kernel's table holds, as of a generation; empty, and not `present`, where there is no table.

    Sets whose types are not among ours have an empty key, and their elements are left out.
    """

    generation: int
    present: bool = False
    counters: Mapping[str, Counter] = field(default_factory=dict)
    sets: Mapping[str, Set] = field(default_factory=dict)
    chains: Mapping[str, Chain] = field(default_factory=dict)
    rules: Mapping[str, tuple[ActualRule, ...]] = field(default_factory=dict)
    elements: Mapping[str, Mapping[Span, int | Verdict | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ruleset:
    """The wanted content of the table: objects by name, rules by chain and in order, elements by set.

    The order of the mappings is that of creation, which is how the kernel lists them.
    """

    table: Table = field(default_factory=Table)
    counters: Mapping[str, Counter] = field(default_factory=dict)
    sets: Mapping[str, Set] = field(default_factory=dict)
    chains: Mapping[str, Chain] = field(default_factory=dict)
    rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    elements: Mapping[str, Collection[Element]] = field(default_factory=dict)


def ruleset(objects: Iterable[Object]) -> Ruleset:
    """Return the ruleset made of the objects; rules and elements stand in the order given."""
    table = Table()
    counters: dict[str, Counter] = {}
    sets: dict[str, Set] = {}
    chains: dict[str, Chain] = {}
    rules: dict[str, list[Rule]] = {}
    elements: dict[str, list[Element]] = {}
    for thing in objects:
        match thing:
            case Table():
                table = thing
            case Counter():
                counters[thing.name] = thing
            case Set():
                sets[thing.name] = thing
            case Chain():
                chains[thing.name] = thing
            case Rule():
                rules.setdefault(thing.chain, []).append(thing)
            case Element():
                elements.setdefault(thing.set.name, []).append(thing)
    frozen_rules = {chain: tuple(items) for chain, items in rules.items()}
    frozen_elements = {name: tuple(items) for name, items in elements.items()}
    return Ruleset(table, counters, sets, chains, frozen_rules, frozen_elements)


def span(element: Element) -> Span:
    """Return where the element begins and ends."""
    return element.key, element.key if element.end is None else element.end
