"""Tokens to a selector: what parses, to which canonical text, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.selector.cases import INVALID, LABELS, TREES, is_plain, naive_match
from tortie.errors import Invalid
from tortie.selector import Selector, keys, needs, normalise, parse, with_prefix
from tortie.selector.syntax import Expression

DEEP = 5_000


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("", "all()"),
        (" \t", "all()"),
        ("all( )", "all()"),
        ("has( a )", "has(a)"),
        ("a=='b'", 'a == "b"'),
        ("a in {}", "a in {}"),
        ("a in { 'b' , 'a' , }", 'a in {"a", "b"}'),
        ("a in {'\U0001f600','\uffee'}", 'a in {"\uffee", "\U0001f600"}'),
        ("a starts   with'x'", 'a starts with "x"'),
        ("a endswith 'x'", 'a ends with "x"'),
        ("!a == 'b'", '!a == "b"'),
        ("!!!has(a)", "!has(a)"),
        ("!(!(!has(a)))", "!!!has(a)"),
        ("!((has(a)))", "!has(a)"),
        ("!(has(a) || has(b)) && has(c)", "(!(has(a) || has(b)) && has(c))"),
        ("has(a) && has(b) && has(c)", "(has(a) && has(b) && has(c))"),
        ("has(a) && (has(b) && has(c))", "(has(a) && (has(b) && has(c)))"),
        ("has(a) && has(b) || has(c) && has(d)", "((has(a) && has(b)) || (has(c) && has(d)))"),
        ("not in {'x'}", 'not in {"x"}'),
        ("not not in {'x'}", 'not not in {"x"}'),
        ("has(all)", "has(all)"),
        ("a == 'b\nc'", 'a == "b\nc"'),
    ],
)
def test_canonical_text(text: str, canonical: str) -> None:
    assert str(parse(text)) == canonical


@pytest.mark.parametrize("text", INVALID)
def test_what_is_no_selector(text: str) -> None:
    with pytest.raises(Invalid):
        parse(text)


@pytest.mark.parametrize("blank", ["\n", "\r", "\x0b", "\x0c", "\u00a0", "\u2003"])
def test_only_space_and_tab_are_blanks(blank: str) -> None:
    with pytest.raises(Invalid):
        parse(f"has(a){blank}&& has(b)")


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (" a=='b'\n", 'a == "b"'),
        ("\u2003all( )\u2003", "all()"),
        ("", "all()"),
        (" a = 'b'\n", "a = 'b'"),
    ],
)
def test_normalise(text: str, canonical: str) -> None:
    assert normalise(text) == canonical


@given(TREES.filter(is_plain))
def test_canonical_text_reads_as_itself(tree: Expression) -> None:
    selector = Selector(tree)
    again = parse(str(selector))
    assert again == selector
    assert again.expression == tree
    assert again.id == selector.id


@given(TREES, LABELS)
def test_canonical_text_means_the_same(tree: Expression, labels: dict[str, str]) -> None:
    """Holds of double negations too, whose text is shortened by reading it."""
    assert parse(str(Selector(tree))).matches(labels) is naive_match(tree, labels)


@given(st.text() | st.text(alphabet="ab \t'\"=!&|(){},\n\ud800") | st.lists(st.sampled_from(
    ["has(", "all(", "global(", "a", "in", "not", "starts", "with", "'x'", "==", "!=", "!", "&&", "||", "(", ")", "{",
     "}", ",", " "]
)).map("".join))  # fmt: skip
def test_any_text_is_a_selector_or_invalid(text: str) -> None:
    try:
        selector = parse(text)
    except Invalid as invalid:
        column = invalid.problems[0].column
    else:
        assert parse(str(selector)).matches({"a": "x"}) is selector.matches({"a": "x"})
        return
    assert 1 <= column <= len(text) + 1


def test_equal_selectors_are_one_object() -> None:
    assert parse("a=='b'") is parse('(a == "b")')


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("!" * (2 * DEEP + 1) + "has(a)", False),
        ("(" * DEEP + "has(a)" + ")" * DEEP, True),
        ("!(" * DEEP + "has(a)" + ")" * DEEP, True),
        ("!(has(b)||" * DEEP + "has(a)" + ")" * DEEP, True),
        ("(has(a)&&" * DEEP + "has(b)" + ")" * DEEP, False),
        ("has(b)||(has(a)&&(" * DEEP + "has(a)" + "))" * DEEP, True),
    ],
    ids=["negations", "parentheses", "double negations", "alternatives", "conjunctions", "both"],
)
def test_nesting_has_no_limit(text: str, matches: bool) -> None:
    selector = parse(text)
    assert selector.matches({"a": "x"}) is matches
    assert parse(str(selector)).matches({"a": "x"}) is matches
    assert {"a"} <= keys(selector) <= {"a", "b"}
    assert needs(selector).admits({"a": "x"}) or not matches
    assert with_prefix(selector, "p.").matches({"p.a": "x"}) is matches


@pytest.mark.parametrize("text", ["(" * DEEP, "!(" * DEEP, "(" * DEEP + "a", "has(a)" + ")" * DEEP])
def test_deep_faults_are_reported(text: str) -> None:
    with pytest.raises(Invalid):
        parse(text)
