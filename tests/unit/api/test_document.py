"""Documents: where their values are."""

from __future__ import annotations

import pytest

from tortie.api import Document, document_of, read_documents
from tortie.errors import Problem

TEXT = """\
kind: Tier
metadata:
  labels: {a.b/c: 'd e'}
spec:
  list: ["one", two]
"""


@pytest.mark.parametrize(
    ("path", "column", "position"),
    [
        ("", 0, (1, 1)),
        ("kind", 0, (1, 7)),
        ("kind#", 0, (1, 1)),
        ("kind", 3, (1, 9)),
        ("metadata.labels.a.b/c", 0, (3, 19)),
        ("metadata.labels.a.b/c", 1, (3, 20)),
        ("metadata.labels.a.b/c#", 0, (3, 12)),
        ("spec.list[0]", 2, (5, 12)),
        ("spec.list[1]", 1, (5, 17)),
        ("spec.list[7]", 3, (5, 9)),
        ("spec.missing.deeper", 0, (5, 3)),
        ("status", 0, (1, 1)),
    ],
)
def test_a_position_is_the_values_or_that_of_what_is_around_it(
    path: str, column: int, position: tuple[int, int]
) -> None:
    (document,) = read_documents(TEXT, "f")
    assert document.position(path, column) == position


def test_items_of_lists_have_their_own_root() -> None:
    first, second = read_documents("- kind: A\n- kind: B\n", "f")
    assert (first.position("kind"), second.position("kind")) == ((1, 9), (2, 9))
    assert second.position("") == (2, 3)


def test_data_without_text_has_no_positions() -> None:
    document = document_of({"kind": "Tier", "apiVersion": 5}, "f")
    assert (document.kind, document.api_version, document.position("kind")) == ("Tier", "", (0, 0))
    assert document.at(Problem("wrong"), "kind") == Problem("wrong", file="f")


def test_a_problem_gets_file_line_and_column() -> None:
    (document,) = read_documents(TEXT, "f")
    assert document.at(Problem("wrong"), "kind", 2) == Problem("wrong", file="f", line=1, column=8)
    assert isinstance(document, Document)
