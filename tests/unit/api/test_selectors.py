"""Selectors as fields: where their faults are in the file."""

from __future__ import annotations

import pytest

from tests.unit.api.cases import faults, policy
from tortie.api import document_of
from tortie.api.fields import Fields
from tortie.api.report import Report
from tortie.api.selectors import read_namespace_selector, read_selector


def read(text: str) -> Fields:
    return Fields(Report(document_of({})), {"selector": text})


@pytest.mark.parametrize(
    ("spec", "position"),
    [
        pytest.param("selector: a = 'b'", (4, 20), id="plain"),
        pytest.param("selector: 'a = 5'", (4, 21), id="single-quotes"),
        pytest.param('selector: "a = 5"', (4, 21), id="double-quotes"),
        pytest.param("selector: 'a = ''b'''", (4, 18), id="escaped-quotes-point-at-the-start"),
        pytest.param('selector: "\\x61 = 5"', (4, 18), id="escapes-point-at-the-start"),
        pytest.param("selector: a\n  = 'b'", (4, 18), id="folded-points-at-the-start"),
    ],
)
def test_the_column_is_the_faults_own_where_the_text_stands_on_one_line(spec: str, position: tuple[int, int]) -> None:
    (found,) = faults(policy(spec))
    assert (found.line, found.column) == position


@pytest.mark.parametrize(
    ("text", "problems"),
    [("", 0), ("has(a)", 0), ("a =", 1), ("global()", 1), ("a == 'global('", 1), ("global(", 2), (" " * 1025, 1)],
)
def test_a_selector_parses_and_does_not_say_global(text: str, problems: int) -> None:
    found = read(text)
    assert read_selector(found, "selector") == text
    assert len(found.report.problems) == problems


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("global()", 0),
        (" global( )", 0),
        ("!global()", 1),
        ("global() && has(a)", 1),
        ("a == 'global('", 1),
        ("all()", 0),
    ],
)
def test_a_namespace_selector_is_global_alone_or_not_at_all(text: str, problems: int) -> None:
    found = read(text)
    assert read_namespace_selector(found, "selector") == text
    assert len(found.report.problems) == problems


def test_lengths_need_not_be_limited() -> None:
    found = read(" " * 5000)
    read_selector(found, "selector", limited=False)
    assert found.report.problems == []
