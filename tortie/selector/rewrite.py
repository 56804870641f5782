"""Selectors rewritten on the tree, so that what stands inside a quoted value is never touched.

Source: api specification, 6.4.
"""

from __future__ import annotations

from dataclasses import replace

from tortie.selector.compose import negated
from tortie.selector.selector import Selector
from tortie.selector.syntax import All, And, Compound, Expression, Global, Leaf, Not, Or, fold

__all__ = ["replace_all", "replace_global", "with_prefix"]


def with_prefix(selector: Selector, prefix: str) -> Selector:
    """Return the selector with the prefix before every label name; `all()` and `global()` stay.

    Raises:
        Invalid: when a prefixed name is no label name, for instance too long.
    """

    def prefixed(leaf: Leaf) -> Expression:
        return leaf if isinstance(leaf, All | Global) else replace(leaf, key=prefix + leaf.key)

    return Selector(fold(selector.expression, prefixed, _rebuilt))


def replace_all(selector: Selector, by: Selector) -> Selector:
    """Return the selector with `by` in place of every `all()`, the one that an empty selector means included."""
    return _replaced(selector, All(), by)


def replace_global(selector: Selector, by: Selector) -> Selector:
    """Return the selector with `by` in place of every `global()`."""
    return _replaced(selector, Global(), by)


def _replaced(selector: Selector, what: Leaf, by: Selector) -> Selector:
    return Selector(fold(selector.expression, lambda leaf: by.expression if leaf == what else leaf, _rebuilt))


def _rebuilt(node: Compound, terms: list[Expression]) -> Expression:
    match node:
        case Not():
            return negated(terms[0])
        case And():
            return And(tuple(terms))
        case Or():
            return Or(tuple(terms))
