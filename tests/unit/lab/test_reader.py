"""Reading a document field by field."""

from __future__ import annotations

import pytest

from tortie.errors import Invalid
from tortie.lab.reader import read_document


def test_values_are_read() -> None:
    fields = read_document("{a: x, b: 7, c: {d: e}, f: null, g: [x, y]}", "f").fields("a", "b", "c", "f", "g")
    assert list(fields) == ["a", "b", "c", "g"]
    assert fields["a"].text() == "x"
    assert fields["b"].integer() == 7
    assert fields["c"].texts() == {"d": "e"}
    assert fields["g"].all_parsed(str.upper) == ("X", "Y")


def test_reading_goes_on_after_a_problem() -> None:
    document = read_document("a: [1]\nb: x\nc: [3, x]", "f")
    fields = document.fields("a", "b", "c")
    assert fields["a"].text() == ""
    assert fields["b"].integer() == 0
    assert fields["c"].all_parsed(str.upper) == ("X",)
    assert [(problem.file, problem.line, problem.column) for problem in document.problems] == [
        ("f", 1, 4),
        ("f", 2, 4),
        ("f", 3, 5),
    ]


@pytest.mark.parametrize("text", ["a: [", "--- a\n--- b", "", "a: !!python/object:os.x {", "\x00"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_document(text, "f")
