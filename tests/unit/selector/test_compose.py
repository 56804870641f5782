"""Selectors made without text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.selector.cases import KEYS, LABELS, SELECTORS, TREES, VALUES, is_plain
from tortie.errors import Invalid
from tortie.selector import Selector, conjunction, equals, has, is_in, negation, parse

PLAIN = TREES.filter(is_plain).map(Selector)


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        (has("a"), "has(a)"),
        (equals("a", "x"), 'a == "x"'),
        (equals("a", 'say "x"'), "a == 'say \"x\"'"),
        (is_in("a", ["y", "x", "y"]), 'a in {"x", "y"}'),
        (is_in("a", ()), "a in {}"),
        (conjunction(), "all()"),
        (conjunction(has("a")), "has(a)"),
        (conjunction(has("a"), has("b"), has("c")), "(has(a) && has(b) && has(c))"),
        (conjunction(parse("has(a) && has(b)"), has("c")), "((has(a) && has(b)) && has(c))"),
        (conjunction(parse(""), has("c")), "(all() && has(c))"),
        (negation(has("a")), "!has(a)"),
        (negation(negation(has("a"))), "has(a)"),
        (negation(parse("has(a) || has(b)")), "!(has(a) || has(b))"),
    ],
)
def test_text(selector: Selector, text: str) -> None:
    assert str(selector) == text


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(Invalid, match="both kinds of quotes"):
        equals("a", "\"'")
    with pytest.raises(Invalid, match="both kinds of quotes"):
        is_in("a", ["x", "\"'"])
    with pytest.raises(Invalid, match="not a label name"):
        has("a b")


@given(KEYS, VALUES, st.lists(VALUES), LABELS)
def test_leaves_read_as_themselves_and_match(key: str, value: str, values: list[str], labels: dict[str, str]) -> None:
    for selector, matches in [
        (has(key), key in labels),
        (equals(key, value), labels.get(key) == value),
        (is_in(key, values), labels.get(key) in values),
    ]:
        assert parse(str(selector)) == selector
        assert selector.matches(labels) is matches


@given(st.lists(PLAIN, max_size=4))
def test_compositions_read_as_themselves(selectors: list[Selector]) -> None:
    joined = conjunction(*selectors)
    assert parse(str(joined)) == joined
    assert parse(str(negation(joined))) == negation(joined)


@given(st.lists(SELECTORS, max_size=4), LABELS)
def test_compositions_match_what_they_say(selectors: list[Selector], labels: dict[str, str]) -> None:
    joined = conjunction(*selectors)
    assert joined.matches(labels) is all(selector.matches(labels) for selector in selectors)
    assert negation(joined).matches(labels) is not joined.matches(labels)
