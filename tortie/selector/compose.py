"""Selectors made without text, from label names, values and other selectors."""

from __future__ import annotations

from collections.abc import Iterable

from tortie.selector.selector import Selector
from tortie.selector.syntax import All, And, Comparison, Expression, Has, Membership, Not, Operator

__all__ = ["conjunction", "equals", "has", "is_in", "negated", "negation"]


def has(key: str) -> Selector:
    """Return the selector of what has the label.

    Raises:
        Invalid: when the key is not a label name.
    """
    return Selector(Has(key))


def equals(key: str, value: str) -> Selector:
    """Return the selector of what has the label with that value.

    Raises:
        Invalid: when the key is not a label name, or the value holds both kinds of quotes and so cannot be written.
    """
    return Selector(Comparison(key, Operator.EQUAL, value))


def is_in(key: str, values: Iterable[str]) -> Selector:
    """Return the selector of what has the label with one of the values; without values it matches nothing.

    Raises:
        Invalid: as `equals`.
    """
    return Selector(Membership(key, frozenset(values)))


def conjunction(*selectors: Selector) -> Selector:
    """Return the selector of what all of the selectors match: `all()` of none, the selector itself of one."""
    if len(selectors) == 1:
        return selectors[0]
    return Selector(And(tuple(selector.expression for selector in selectors)) if selectors else All())


def negation(selector: Selector) -> Selector:
    """Return the selector of what the selector does not match."""
    return Selector(negated(selector.expression))


def negated(expression: Expression) -> Expression:
    """Return the expression that matches what this one does not; never a double negation.

    The text of a double negation, `!!x`, reads as `x`: what is composed must read as itself.
    """
    return expression.term if isinstance(expression, Not) else Not(expression)
