"""What a selector says: frozen expression nodes whose `str()` is the canonical text.

A node is valid from birth: its label name is one, and its values can be written. The nodes nest as deep as their
text does, so whoever walks them keeps a stack of their own: see `leaves` and `fold`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, TypeVar

from tortie.errors import Invalid

__all__ = [
    "LABEL_CHARACTERS",
    "MAX_LABEL",
    "SURROGATE",
    "All",
    "And",
    "Comparison",
    "Compound",
    "Expression",
    "Global",
    "Has",
    "Leaf",
    "Membership",
    "Not",
    "Operator",
    "Or",
    "fold",
    "leaves",
]

LABEL_CHARACTERS = "A-Za-z0-9_./-"
MAX_LABEL = 512  # characters
SURROGATE = re.compile("[\ud800-\udfff]")  # half a character: no UTF-8, hence no document, can hold one

_LABEL = re.compile(rf"[{LABEL_CHARACTERS}]{{1,{MAX_LABEL}}}")

_T = TypeVar("_T")


class Operator(StrEnum):
    """How a label is compared with one value; the value is the canonical spelling."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    CONTAINS = "contains"
    STARTS_WITH = "starts with"
    ENDS_WITH = "ends with"


@dataclass(frozen=True, slots=True)
class All:
    """Matches everything."""

    def __str__(self) -> str:
        return "all()"


@dataclass(frozen=True, slots=True)
class Global:
    """Matches everything; in a rule's namespace selector it is rewritten to mean what has no namespace."""

    def __str__(self) -> str:
        return "global()"


@dataclass(frozen=True, slots=True)
class Has:
    """The label is present, whatever its value."""

    key: str

    def __post_init__(self) -> None:
        _check_key(self.key)

    def __str__(self) -> str:
        return f"has({self.key})"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The label compares so with the value; an absent label is unequal to every value and nothing else."""

    key: str
    operator: Operator
    value: str

    def __post_init__(self) -> None:
        _check_key(self.key)
        _check_value(self.value)

    def __str__(self) -> str:
        return f"{self.key} {self.operator} {_quoted(self.value)}"


@dataclass(frozen=True, slots=True)
class Membership:
    """The label's value is one of the values; negated: it is none of them, or the label is absent."""

    key: str
    values: frozenset[str]
    is_negated: bool = False

    def __post_init__(self) -> None:
        _check_key(self.key)
        for value in self.values:
            _check_value(value)

    def __str__(self) -> str:
        # Code points sort as their UTF-8 bytes do.
        members = ", ".join(_quoted(value) for value in sorted(self.values))
        return f"{self.key} {'not in' if self.is_negated else 'in'} {{{members}}}"


@dataclass(frozen=True, slots=True)
class Not:
    """The term does not match."""

    term: Expression

    @property
    def terms(self) -> tuple[Expression]:
        """The one term, as the other compounds have several."""
        return (self.term,)

    def __str__(self) -> str:
        return _text(self)


@dataclass(frozen=True, slots=True)
class And:
    """All of the two or more terms match."""

    terms: tuple[Expression, ...]

    def __post_init__(self) -> None:
        _check_terms(self.terms)

    def __str__(self) -> str:
        return _text(self)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the two or more terms matches."""

    terms: tuple[Expression, ...]

    def __post_init__(self) -> None:
        _check_terms(self.terms)

    def __str__(self) -> str:
        return _text(self)


Leaf: TypeAlias = All | Global | Has | Comparison | Membership
Compound: TypeAlias = Not | And | Or
Expression: TypeAlias = Leaf | Compound


def leaves(expression: Expression) -> Iterator[Leaf]:
    """Return the expression's leaves, from left to right."""
    pending: list[Expression] = [expression]
    while pending:
        node = pending.pop()
        if isinstance(node, Compound):
            pending.extend(reversed(node.terms))
        else:
            yield node


def fold(expression: Expression, leaf: Callable[[Leaf], _T], compound: Callable[[Compound, list[_T]], _T]) -> _T:
    """Return what `compound` makes, bottom-up, of a node and of what its terms came to, in order; `leaf` begins."""
    pending: list[tuple[Expression, bool]] = [(expression, False)]
    made: list[_T] = []
    while pending:
        node, are_terms_made = pending.pop()
        if not isinstance(node, Compound):
            made.append(leaf(node))
        elif are_terms_made:
            first = len(made) - len(node.terms)
            made[first:] = [compound(node, made[first:])]
        else:
            pending.append((node, True))
            pending.extend((term, False) for term in reversed(node.terms))
    return made.pop()


def _text(expression: Compound) -> str:
    pieces: list[str] = []
    pending: list[Expression | str] = [expression]
    while pending:
        item = pending.pop()
        if isinstance(item, Not):
            pending += (item.term, "!")
        elif isinstance(item, And | Or):
            pending.append(")")
            joint = " && " if isinstance(item, And) else " || "
            for term in reversed(item.terms):
                pending += (term, joint)
            pending[-1] = "("
        else:
            pieces.append(str(item))
    return "".join(pieces)


def _quoted(value: str) -> str:
    return f"'{value}'" if '"' in value else f'"{value}"'


def _check_key(key: str) -> None:
    if not _LABEL.fullmatch(key):
        raise Invalid.because(
            f"`{key[:MAX_LABEL]}` is not a label name",
            mend=f"use 1 to {MAX_LABEL} letters, digits, `_`, `.`, `/` or `-`",
        )


def _check_value(value: str) -> None:
    if '"' in value and "'" in value:
        raise Invalid.because(
            f"a selector cannot name the value `{value}`, which holds both kinds of quotes",
            mend="compare with a part of it: `contains`, `starts with` or `ends with`",
        )
    if not value.isascii() and SURROGATE.search(value):
        raise Invalid.because(f"a selector cannot name the value {value!a}, which is not Unicode text")


def _check_terms(terms: tuple[Expression, ...]) -> None:
    if len(terms) < 2:  # noqa: PLR2004 - a single term is written as itself
        raise ValueError(f"{len(terms)} terms are not joined: want 2 or more")
