"""Does this expression match these labels?

An expression is compiled to a decision diagram: each cell tests one label and says where to go when the test holds and
when it does not, so that evaluation stops as early as the language does, never recurses, and negation costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from tortie.selector.syntax import All, And, Comparison, Compound, Expression, Global, Has, Leaf, Membership, Operator

__all__ = ["Test", "compile_test"]

Labels: TypeAlias = Mapping[str, str]
Test: TypeAlias = Callable[[Labels], bool]
Cell: TypeAlias = "bool | tuple[Test, Cell, Cell]"  # the answer, or: a test, where to go if it holds, and if not


def compile_test(expression: Expression) -> Test:
    """Return the function that tells whether labels match the expression."""
    entry = _diagram(expression)
    if isinstance(entry, bool):
        return _always if entry else _never
    first, yes, no = entry
    if yes is True and no is False:
        return first

    def matches(labels: Labels) -> bool:
        cell: Cell = entry
        while not isinstance(cell, bool):
            test, yes, no = cell
            cell = yes if test(labels) else no
        return cell

    return matches


def _diagram(expression: Expression) -> Cell:
    """Return the diagram's entry; it is built from right to left, so that a cell's successors exist before it.

    A pending `None` stands for the entry of the term on the right, which is the cell made last.
    """
    entry: Cell = True
    pending: list[tuple[Expression, Cell | None, Cell | None]] = [(expression, True, False)]
    while pending:
        node, known_yes, known_no = pending.pop()
        yes = entry if known_yes is None else known_yes
        no = entry if known_no is None else known_no
        if not isinstance(node, Compound):
            entry = _cell(node, yes, no)
        elif isinstance(node, And):
            pending.extend((term, None, no) for term in node.terms[:-1])
            pending.append((node.terms[-1], yes, no))
        elif len(node.terms) == 1:
            pending.append((node.terms[0], no, yes))
        else:
            pending.extend((term, yes, None) for term in node.terms[:-1])
            pending.append((node.terms[-1], yes, no))
    return entry


def _cell(leaf: Leaf, yes: Cell, no: Cell) -> Cell:
    match leaf:
        case All() | Global():
            return yes
        case Has(key):
            return (lambda labels: key in labels), yes, no
        case Membership(key, values, is_negated):
            # An absent label is in no set of values, as None is not.
            test: Test = lambda labels: labels.get(key) in values  # noqa: E731 - a closure for the hot path
            return (test, no, yes) if is_negated else (test, yes, no)
        case Comparison(key, Operator.NOT_EQUAL, value):
            return _comparison(key, Operator.EQUAL, value), no, yes
        case Comparison(key, operator, value):
            return _comparison(key, operator, value), yes, no


def _comparison(key: str, operator: Operator, value: str) -> Test:
    if operator is Operator.EQUAL:
        return lambda labels: labels.get(key) == value
    if operator is Operator.CONTAINS:
        return lambda labels: (found := labels.get(key)) is not None and value in found
    if operator is Operator.STARTS_WITH:
        return lambda labels: (found := labels.get(key)) is not None and found.startswith(value)
    return lambda labels: (found := labels.get(key)) is not None and found.endswith(value)


def _always(_labels: Labels) -> bool:
    return True


def _never(_labels: Labels) -> bool:
    return False
