"""What several tests of selectors share: the tables of the specification, random selectors, and a naive matcher."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

from tortie.selector import Selector
from tortie.selector.syntax import (
    All,
    And,
    Comparison,
    Expression,
    Global,
    Has,
    Membership,
    Not,
    Operator,
    Or,
)

INVALID = [
    *("b == b", "b", "a b", "a ==", "== 'x'", "'x' == a", "a = 'x'", "a == 'x", "a == \"x'", "a == x1", "a === 'x'"),
    *("a !== 'x'", "a ! = 'x'", "a & b", "has(a) & has(b)", "has(a) | has(b)", "has(a) &&", "|| has(a)", "has()"),
    *("has(a", "has a", "has (a)", "has('a')", "has(a b)", "all", "all ()", "all(x)", "global", "global(a)", "()"),
    *("(has(a)", "has(a))", "!", "a in 'x'", "a in {x}", "a in {'x' 'y'}", "a in {,}", "a in {'x',,'y'}", "a in {'x'"),
    *("a not {'x'}", "a not", "a Contains 'x'", "a inx {'x'}", "a starts'x'", "a ends 'x'", "a < 'x'"),
    *("a == 'x' b == 'y'", "a == 'x', b == 'y'", "has(a) and has(b)", "not has(a)", "a\n== 'x'", "has(a)\n"),
    *("a$b == 'x'", "a:b == 'x'", "café == 'x'", "a == 5", "a == true", "a*", "%", "a" * 513 + " == 'x'"),
    *("has(a) has(b)", "all()all()", "a contains {'x'}", "a == {'x'}"),
]

KEYS = st.sampled_from(["a", "b", "in", "not", "has", "all", "contains", "projectcalico.org/namespace", "-/.", "9"])
VALUES = st.sampled_from(["", "x", "y", "xy", "all()", 'say "x"', "it's", "é\n", "}", "&&"]) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="'\""), max_size=4
)
LABELS = st.dictionaries(KEYS, VALUES, max_size=5)

LEAVES: st.SearchStrategy[Expression] = st.one_of(
    st.just(All()),
    st.just(Global()),
    st.builds(Has, KEYS),
    st.builds(Comparison, KEYS, st.sampled_from(Operator), VALUES),
    st.builds(Membership, KEYS, st.frozensets(VALUES, max_size=3), st.booleans()),
)


def _compounds(terms: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(terms, min_size=2, max_size=4).map(tuple)
    return st.one_of(st.builds(Not, terms), st.builds(And, several), st.builds(Or, several))


TREES: st.SearchStrategy[Expression] = st.recursive(LEAVES, _compounds, max_leaves=12)
SELECTORS = TREES.map(Selector)


def naive_match(node: Expression, labels: Mapping[str, str]) -> bool:  # noqa: PLR0911 - the table, row by row
    """Return what the table of the specification says, in the plainest way."""
    match node:
        case All() | Global():
            return True
        case Has(key):
            return key in labels
        case Not(term):
            return not naive_match(term, labels)
        case And(terms):
            return all(naive_match(term, labels) for term in terms)
        case Or(terms):
            return any(naive_match(term, labels) for term in terms)
        case Membership(key, values, is_negated):
            if key not in labels:
                return is_negated
            return (labels[key] in values) is not is_negated
        case Comparison(key, operator, value):
            if key not in labels:
                return operator is Operator.NOT_EQUAL
            found = labels[key]
            return {
                Operator.EQUAL: found == value,
                Operator.NOT_EQUAL: found != value,
                Operator.CONTAINS: value in found,
                Operator.STARTS_WITH: found[: len(value)] == value,
                Operator.ENDS_WITH: found[len(found) - len(value) :] == value if len(value) <= len(found) else False,
            }[operator]


def is_plain(node: Expression) -> bool:
    """Tell whether no negation stands directly in another: only the text of `!(!x)` reads as something shorter."""
    match node:
        case Not(Not()):
            return False
        case Not() | And() | Or():
            return all(is_plain(term) for term in node.terms)
        case _:
            return True
