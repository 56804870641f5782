"""Readers of fields: wrong types, unknown names, and names in any case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tortie.api import document_of
from tortie.api.fields import Fields, type_name
from tortie.api.report import Report

WORDS = {"One": "One", "Two": "Two"}


def fields(**data: Any) -> Fields:
    return Fields(Report(document_of({})), data, "spec")


READERS: dict[str, Callable[[Fields], Any]] = {
    "text": lambda found: found.text("f"),
    "integer": lambda found: found.integer("f", 1, 9),
    "number": lambda found: found.number("f"),
    "flag": lambda found: found.flag("f"),
    "texts": lambda found: [text for text, _ in found.texts("f")],
    "strings": lambda found: found.strings("f"),
    "choice": lambda found: found.choice("f", WORDS),
    "each": lambda found: len(list(found.each("f"))),
}


@pytest.mark.parametrize(
    ("reader", "value", "wanted"),
    [
        ("text", "a", "a"),
        ("text", None, ""),
        ("integer", 5, 5),
        ("integer", 5.0, 5),
        ("integer", None, None),
        ("number", 5, 5.0),
        ("number", -1.5, -1.5),
        ("number", None, None),
        ("flag", True, True),
        ("flag", None, False),
        ("texts", ["a", "b"], ["a", "b"]),
        ("texts", None, []),
        ("strings", {"a": "b", "c": None}, {"a": "b", "c": ""}),
        ("strings", None, {}),
        ("choice", "One", "One"),
        ("choice", "", None),
        ("choice", None, None),
        ("each", [{}, {"a": 1}], 2),
    ],
)
def test_a_field_of_the_wanted_type_is_read(reader: str, value: object, wanted: object) -> None:
    found = fields(f=value)
    assert READERS[reader](found) == wanted
    found.close()
    assert found.report.problems == []


@pytest.mark.parametrize(
    ("reader", "value", "what"),
    [
        ("text", 5, "cannot unmarshal number 5 into `f`, which is text"),
        ("text", True, "cannot unmarshal bool into `f`"),
        ("text", "\ud800", "half of a character"),
        ("integer", "5", "cannot unmarshal string into `f`"),
        ("integer", 10, "cannot unmarshal number 10: `f` is 1 to 9"),
        ("integer", 1.5, "cannot unmarshal number 1.5"),
        ("integer", True, "cannot unmarshal bool"),
        ("number", "5", "cannot unmarshal string"),
        ("number", float("nan"), "finite"),
        ("number", 10**400, "finite"),
        ("flag", "true", "cannot unmarshal string into `f`, which is true or false"),
        ("texts", "a", "cannot unmarshal string into `f`, which is a list"),
        ("texts", [5], "cannot unmarshal number 5 into `f[0]`"),
        ("texts", {}, "cannot unmarshal object"),
        ("strings", [], "cannot unmarshal array"),
        ("strings", {"a": 5}, "cannot unmarshal number 5 into `a`"),
        ("choice", "one", 'f `one` is not known; supported values: "One", "Two"'),
        ("choice", 5, "cannot unmarshal number"),
        ("each", [None], "cannot unmarshal null into `f[0]`, which is an object"),
    ],
)
def test_a_field_of_another_type_is_a_problem(reader: str, value: object, what: str) -> None:
    found = fields(f=value)
    READERS[reader](found)
    (problem,) = found.report.problems
    assert what in problem.what
    assert problem.path.startswith("spec.f")


def test_a_needed_choice_that_is_missing_is_a_problem() -> None:
    found = fields()
    assert found.choice("f", WORDS, needed=True) is None
    assert [problem.what for problem in found.report.problems] == ['`f` is missing; supported values: "One", "Two"']


def test_names_match_in_any_case() -> None:
    found = fields(NAME="a")
    assert found.text("name") == "a"
    found.close()
    assert found.report.problems == []


def test_two_names_that_differ_only_in_case_are_refused() -> None:
    found = fields(name="a", Name="b")
    assert found.text("name") == "a"
    found.close()
    (problem,) = found.report.problems
    assert "already set in map" in problem.what


@pytest.mark.parametrize(
    ("key", "mend"),
    [
        ("selektor", "write `selector`"),
        ("ports", "it belongs in `source` or `destination`"),
        ("xyz", "known here: `order`, `selector`"),
    ],
)
def test_an_unknown_name_is_a_problem_with_a_hint(key: str, mend: str) -> None:
    found = fields(**{key: 1})
    found.text("selector")
    found.number("order")
    found.close()
    (problem,) = found.report.problems
    assert problem.what == f"field in document is not recognized or is in the wrong location: {key}"
    assert problem.mend == mend


def test_ignored_names_are_known() -> None:
    found = fields(other=1)
    found.ignore("other")
    found.close()
    assert found.report.problems == []


def test_absent_objects_have_no_fields() -> None:
    assert fields().fields("f") is None
    assert fields(f={}).fields("f") is not None
    assert fields(f=5).fields("f") is None
    assert fields(f=0).has("f", "g")


@pytest.mark.parametrize(
    ("value", "name"),
    [(True, "bool"), (1, "number"), (1.5, "number"), ("", "string"), ([], "array"), ({}, "object"), (None, "null")],
)
def test_types_are_called_as_in_json(value: object, name: str) -> None:
    assert type_name(value) == name
