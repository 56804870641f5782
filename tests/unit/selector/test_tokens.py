"""Text to tokens: kinds, texts and columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.errors import Invalid
from tortie.selector.tokens import Kind, fault, tokens


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("", []),
        (" \t ", []),
        ("a=='b'", [Kind.LABEL, Kind.EQUAL, Kind.STRING]),
        ('a!="b"', [Kind.LABEL, Kind.NOT_EQUAL, Kind.STRING]),
        ("!!a", [Kind.NOT, Kind.NOT, Kind.LABEL]),
        ("!=!", [Kind.NOT_EQUAL, Kind.NOT]),
        ("has(a)&&all()||global()", [Kind.HAS, Kind.LABEL, Kind.CLOSE, Kind.AND, Kind.ALL, Kind.CLOSE, Kind.OR,
                                      Kind.GLOBAL, Kind.CLOSE]),
        ("has (", [Kind.LABEL, Kind.OPEN]),
        ("xhas(", [Kind.LABEL, Kind.OPEN]),
        ("a contains'x'", [Kind.LABEL, Kind.CONTAINS, Kind.STRING]),
        ("a containsx", [Kind.LABEL, Kind.LABEL]),
        ("a starts with", [Kind.LABEL, Kind.STARTS_WITH]),
        ("a startswith", [Kind.LABEL, Kind.STARTS_WITH]),
        ("a ends\t with", [Kind.LABEL, Kind.ENDS_WITH]),
        ("a not in{}", [Kind.LABEL, Kind.NOT_IN, Kind.OPEN_SET, Kind.CLOSE_SET]),
        ("a notin{,", [Kind.LABEL, Kind.NOT_IN, Kind.OPEN_SET, Kind.COMMA]),
        ("in in", [Kind.LABEL, Kind.IN]),
        ("not not in", [Kind.LABEL, Kind.NOT_IN]),
        ("== in", [Kind.EQUAL, Kind.LABEL]),
        ("a In", [Kind.LABEL, Kind.LABEL]),
    ],
)  # fmt: skip
def test_kinds(text: str, kinds: list[Kind]) -> None:
    assert [token.kind for token in tokens(text)] == [*kinds, Kind.END]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("  a == 'b'", [("a", 3), ("==", 5), ("b", 8), ("", 11)]),
        ("''", [("", 1), ("", 3)]),
        ('"it\'s"\t)', [("it's", 1), (")", 8), ("", 9)]),
        ("'a\nb'", [("a\nb", 1), ("", 6)]),
        ("a starts  with ", [("a", 1), ("starts  with", 3), ("", 16)]),
    ],
)
def test_texts_and_columns(text: str, found: list[tuple[str, int]]) -> None:
    assert [(token.text, token.column) for token in tokens(text)] == found


@pytest.mark.parametrize("length", [1, 512])
def test_a_label_name_within_the_limit(length: int) -> None:
    assert next(tokens("a" * length)).text == "a" * length


@pytest.mark.parametrize(
    ("text", "column", "what"),
    [
        ("b = 'x'", 3, "unexpected `=`"),
        ("a == 'x", 6, "never closed"),
        ("a == \"x'", 6, "never closed"),
        ("a\n", 2, "goes on after the line"),
        ("a\x0b", 2, "unexpected `\\x0b`"),
        ("café", 4, "unexpected `é`"),
        ("has(a) && " + "b" * 513, 11, "513 characters"),
        ("a == 'x\ud800'", 8, "not Unicode"),
    ],
)
def test_what_starts_no_token(text: str, column: int, what: str) -> None:
    with pytest.raises(Invalid) as caught:
        list(tokens(text))
    (problem,) = caught.value.problems
    assert problem.column == column
    assert what in problem.what
    assert problem.mend


@given(st.text(alphabet=" \tab'\"=!&|(){},notinhas"))
def test_columns_point_at_the_text(text: str) -> None:
    try:
        found = list(tokens(text))
    except Invalid:
        return
    for token in found:
        quoted = token.kind is Kind.STRING
        assert text[token.column - 1 + quoted :].startswith(token.text)


@pytest.mark.parametrize(
    ("text", "column", "shown"),
    [
        ("a = 'x'", 3, "`a = 'x'`"),
        ("a\n= 'x'", 2, "`a\\n= 'x'`"),
        ("é = 'x'", 1, "`é = 'x'`"),
        ("a" * 300, 1, "`" + "a" * 100 + "…`"),
        ("a" * 300, 301, "`…" + "a" * 100 + "`"),
    ],
)
def test_a_fault_shows_the_text_on_one_line(text: str, column: int, shown: str) -> None:
    (problem,) = fault(text, column, "wrong", "mend").problems
    assert problem.what == f"{shown} is not a selector: wrong"
    assert (problem.column, problem.mend) == (column, "mend")
