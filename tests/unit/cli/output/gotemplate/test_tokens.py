"""Template text taken apart."""

from __future__ import annotations

import pytest

from tortie.cli.output.gotemplate.tokens import Type, tokens, unquoted
from tortie.errors import Invalid


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain", "plain"),
        ("a {{- 1 -}} b", "ab"),
        ("a {{-1}} b", "a  b"),
        ("a\n {{- /* a note */ -}} \n b", "ab"),
        ("a {{/* a note */}} b", "a  b"),
        ("a {{- 1}} b", "a b"),
        ("}} and {", "}} and {"),
        ("", ""),
    ],
)
def test_text_around_actions(template: str, text: str) -> None:
    assert "".join(token.text for token in tokens(template) if token.type is Type.TEXT) == text


def test_words_of_an_action() -> None:
    found = [(token.type, token.text) for token in tokens('{{$x := .A.B | f "a\\tb" 1.5 (.)}}')]
    assert [(kind, text) for kind, text in found if kind is not Type.SPACE] == [
        (Type.OPEN, "{{"),
        (Type.VARIABLE, "$x"),
        (Type.SIGN, ":="),
        (Type.FIELD, ".A"),
        (Type.FIELD, ".B"),
        (Type.SIGN, "|"),
        (Type.WORD, "f"),
        (Type.STRING, "a\tb"),
        (Type.NUMBER, "1.5"),
        (Type.SIGN, "("),
        (Type.SIGN, "."),
        (Type.SIGN, ")"),
        (Type.CLOSE, "}}"),
    ]


def test_lines_are_counted() -> None:
    assert [token.line for token in tokens("a\n{{\n1}}") if token.type is Type.NUMBER] == [3]


@pytest.mark.parametrize(
    ("constant", "meaning"),
    [('"a\\n\\x41\\u00e9\\101"', "a\nAéA"), ("`raw\\n`", "raw\\n"), ("'a'", "97"), ("'\\n'", "10"), ('"\\""', '"')],
)
def test_constants(constant: str, meaning: str) -> None:
    assert unquoted(constant, 1) == meaning


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{{", "unclosed action"),
        ("a\n{{1 §}}", "unexpected `§` in an action"),
        ('{{"\\q"}}', "unknown escape"),
        ('{{"\\ud800"}}', "is no character"),
        ("{{'ab'}}", "is not one character"),
        ("{{/* a */ 1}}", "a comment ends with"),
    ],
)
def test_what_cannot_be_read(template: str, what: str) -> None:
    with pytest.raises(Invalid, match=what):
        list(tokens(template))
