"""What a match requires at the least; lets indexes skip what cannot match.

The law: what `selector.matches(labels)`, `needs(selector).admits(labels)`. The reverse does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tortie.selector.selector import Selector
from tortie.selector.syntax import And, Comparison, Compound, Has, Leaf, Membership, Not, Operator, fold, leaves

__all__ = ["Anything", "HasKey", "HasValue", "Needs", "Nothing", "keys", "needs", "values"]


@dataclass(frozen=True, slots=True)
class Anything:
    """Any labels may match."""

    def admits(self, labels: Mapping[str, str]) -> bool:  # noqa: ARG002 - one of the four answers
        """Return True."""
        return True


@dataclass(frozen=True, slots=True)
class Nothing:
    """No labels can match."""

    def admits(self, labels: Mapping[str, str]) -> bool:  # noqa: ARG002 - one of the four answers
        """Return False."""
        return False


@dataclass(frozen=True, slots=True)
class HasKey:
    """Only labels that have the key can match."""

    key: str

    def admits(self, labels: Mapping[str, str]) -> bool:
        """Return whether the labels have the key."""
        return self.key in labels


@dataclass(frozen=True, slots=True)
class HasValue:
    """Only labels that give the key one of the values can match; there is at least one value."""

    key: str
    values: frozenset[str]

    def admits(self, labels: Mapping[str, str]) -> bool:
        """Return whether the labels give the key one of the values."""
        return labels.get(self.key) in self.values


Needs: TypeAlias = Anything | Nothing | HasKey | HasValue

# All that a match requires: the values that each key may have, None for any value. The whole is None where nothing
# can match. A pair of them is what an expression requires and what its negation requires.
_Required: TypeAlias = dict[str, frozenset[str] | None] | None
_Pair: TypeAlias = tuple[_Required, _Required]


def keys(selector: Selector) -> frozenset[str]:
    """Return every label name that the selector mentions."""
    return frozenset(
        leaf.key for leaf in leaves(selector.expression) if isinstance(leaf, Has | Comparison | Membership)
    )


def values(selector: Selector) -> dict[str, frozenset[str]]:
    """Return the values that the selector compares each label with for equality, negated or not."""
    found: dict[str, frozenset[str]] = {}
    for leaf in leaves(selector.expression):
        match leaf:
            case Membership(key, compared):
                found[key] = found.get(key, frozenset()) | compared
            case Comparison(key, Operator.EQUAL | Operator.NOT_EQUAL, value):
                found[key] = found.get(key, frozenset()) | {value}
    return found


def needs(selector: Selector) -> Needs:
    """Return the most selective condition that every match fulfils: few values before many, values before a key.

    Of equally selective conditions it is the one on the first key in alphabetical order.
    """
    required, _ = fold(selector.expression, _leaf, _compound)
    if required is None:
        return Nothing()
    if not required:
        return Anything()
    by_values = [(len(values), key, values) for key, values in required.items() if values is not None]
    if not by_values:
        return HasKey(min(required))
    _, key, values = min(by_values, key=lambda found: found[:2])
    return HasValue(key, values)


def _leaf(leaf: Leaf) -> _Pair:
    match leaf:
        case Membership(key, values, is_negated):
            member: _Required = {key: values} if values else None
            return ({}, member) if is_negated else (member, {})
        case Comparison(key, Operator.EQUAL, value):
            return {key: frozenset((value,))}, {}
        case Comparison(key, Operator.NOT_EQUAL, value):
            return {}, {key: frozenset((value,))}
        case Comparison(key) | Has(key):
            return {key: None}, {}
        case _:  # all() and global()
            return {}, None


def _compound(node: Compound, parts: list[_Pair]) -> _Pair:
    positive, negative = [part[0] for part in parts], [part[1] for part in parts]
    if isinstance(node, Not):
        return negative[0], positive[0]
    if isinstance(node, And):
        return _every(positive), _some(negative)
    return _some(positive), _every(negative)


def _every(parts: list[_Required]) -> _Required:
    """Return what is required where all of the parts are."""
    merged: dict[str, frozenset[str] | None] = {}
    for part in parts:
        if part is None:
            return None
        for key, values in part.items():
            known = merged.get(key)
            merged[key] = both = values if known is None else known if values is None else known & values
            if both is not None and not both:
                return None
    return merged


def _some(parts: list[_Required]) -> _Required:
    """Return what is required where one of the parts is: what they have in common."""
    possible = [part for part in parts if part is not None]
    if not possible:
        return None
    merged = dict(possible[0])
    for part in possible[1:]:
        for key, known in list(merged.items()):
            if key not in part:
                del merged[key]
                continue
            values = part[key]
            merged[key] = None if known is None or values is None else known | values
    return merged
