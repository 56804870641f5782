"""Expression nodes: their text, what they refuse, and how they are walked."""

from __future__ import annotations

import pytest

from tortie.errors import Invalid
from tortie.selector.syntax import (
    All,
    And,
    Comparison,
    Compound,
    Expression,
    Global,
    Has,
    Leaf,
    Membership,
    Not,
    Operator,
    Or,
    fold,
    leaves,
)

A, B, C = Has("a"), Has("b"), Has("c")
NESTED = Or((And((A, Not(B))), Not(Or((C, All())))))


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (All(), "all()"),
        (Global(), "global()"),
        (A, "has(a)"),
        (Comparison("a", Operator.EQUAL, "x"), 'a == "x"'),
        (Comparison("a", Operator.NOT_EQUAL, ""), 'a != ""'),
        (Comparison("a", Operator.CONTAINS, "it's"), 'a contains "it\'s"'),
        (Comparison("a", Operator.STARTS_WITH, '"'), "a starts with '\"'"),
        (Comparison("a", Operator.ENDS_WITH, "x"), 'a ends with "x"'),
        (Membership("a", frozenset()), "a in {}"),
        (Membership("a", frozenset("yx"), is_negated=True), 'a not in {"x", "y"}'),
        (Not(A), "!has(a)"),
        (Not(Not(A)), "!!has(a)"),
        (And((A, B, C)), "(has(a) && has(b) && has(c))"),
        (Not(Or((A, B))), "!(has(a) || has(b))"),
        (NESTED, "((has(a) && !has(b)) || !(has(c) || all()))"),
    ],
)
def test_text(node: Expression, text: str) -> None:
    assert str(node) == text


@pytest.mark.parametrize("key", ["", " ", "a b", "a\n", "é", "a$", "a" * 513, "a'"])
def test_what_is_no_label_name(key: str) -> None:
    with pytest.raises(Invalid, match="not a label name"):
        Has(key)
    with pytest.raises(Invalid, match="not a label name"):
        Comparison(key, Operator.EQUAL, "x")
    with pytest.raises(Invalid, match="not a label name"):
        Membership(key, frozenset())


@pytest.mark.parametrize(
    ("value", "why"), [("\"'", "both kinds of quotes"), ("\ud800", "not Unicode"), ("é\udfff", "not Unicode")]
)
def test_values_that_cannot_be_written(value: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        Comparison("a", Operator.EQUAL, value)
    with pytest.raises(Invalid, match=why):
        Membership("a", frozenset({"x", value}))


@pytest.mark.parametrize("terms", [(), (A,)])
def test_one_term_is_not_joined(terms: tuple[Expression, ...]) -> None:
    with pytest.raises(ValueError, match="want 2 or more"):
        And(terms)
    with pytest.raises(ValueError, match="want 2 or more"):
        Or(terms)


def test_leaves_come_from_left_to_right() -> None:
    assert list(leaves(NESTED)) == [A, B, C, All()]


def test_fold_goes_bottom_up_and_keeps_the_order() -> None:
    def leaf(node: Leaf) -> str:
        return str(node)

    def compound(node: Compound, parts: list[str]) -> str:
        return f"{type(node).__name__}[{' '.join(parts)}]"

    assert fold(NESTED, leaf, compound) == "Or[And[has(a) Not[has(b)]] Not[Or[has(c) all()]]]"
