"""Each function that templates may call."""

from __future__ import annotations

import pytest

from tortie.cli.output.gotemplate.functions import FUNCTIONS
from tortie.errors import Invalid


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("and", (1, 0, 2), 0),
        ("and", (1, 2), 2),
        ("or", (0, "", 3), 3),
        ("or", (0, ""), ""),
        ("not", ([],), True),
        ("len", ("é",), 2),
        ("len", ({"a": 1},), 1),
        ("index", ({"a": {"b": 1}}, "a", "b"), 1),
        ("index", ({"a": 1}, "z"), ""),
        ("index", ([5, 6], 1), 6),
        ("slice", ("hello", 1, 3), "el"),
        ("slice", ([1, 2, 3], 1), [2, 3]),
        ("slice", ([1, 2],), [1, 2]),
        ("print", (1, 2, "a", 3), "1 2a3"),
        ("println", ("a", 1), "a 1\n"),
        ("printf", ("%s|%5s|%-5s|%d|%05d|%x|%%", "a", "b", "c", 7, 42, 255), "a|    b|c    |7|00042|ff|%"),
        ("printf", ("%v|%q|%t", None, 'd"', True), '<nil>|"d\\""|true'),
        ("printf", ("%.2f %g %d", 1.5, 1000000.0, "x"), "1.50 1e+06 %!d(string=x)"),
        ("printf", ("%s %s", "a"), "a %!s(MISSING)"),
        ("printf", ("a", 1), "a%!(EXTRA 1)"),
        ("printf", ("%.2s", "abc"), "ab"),
        ("html", ("<a>",), "&lt;a&gt;"),
        ("urlquery", ("a b&c",), "a+b%26c"),
        ("eq", (1, 2, 1), True),
        ("eq", (None, ""), False),
        ("ne", ("a", "b"), True),
        ("lt", (1, 1.5), True),
        ("le", ("a", "a"), True),
        ("gt", (2, 1), True),
        ("ge", (1, 2), False),
        ("join", (["a", "b"], "-"), "a-b"),
        ("join", ({"b": 1, "a": 2}, ","), "a=2,b=1"),
        ("join", ("", ","), ""),
        ("joinAndTruncate", (["aaaa", "bbbb"], ",", 8), "aaaa,..."),
        ("joinAndTruncate", (["a", "b"], ",", 80), "a,b"),
    ],
)  # fmt: skip
def test_value(name: str, arguments: tuple[object, ...], expected: object) -> None:
    assert FUNCTIONS[name](*arguments) == expected


@pytest.mark.parametrize(
    ("name", "arguments", "what"),
    [
        ("eq", (1,), "missing argument"),
        ("eq", (1, "a"), "incompatible types"),
        ("eq", ([], []), "incompatible types"),
        ("lt", (True, False), "invalid type"),
        ("lt", (None, 1), "invalid type"),
        ("index", (1, 1), "can't index item of type int"),
        ("index", ([1], "a"), "cannot index with type string"),
        ("index", ([1], -1), "out of range"),
        ("slice", (1, 1), "can't slice"),
        ("slice", ("abc", 9), "out of range"),
        ("slice", ("abc", 2, 1), "invalid slice index"),
        ("joinAndTruncate", ([], ",", "a"), "must be a number"),
    ],
)
def test_refused(name: str, arguments: tuple[object, ...], what: str) -> None:
    with pytest.raises(Invalid, match=what):
        FUNCTIONS[name](*arguments)
