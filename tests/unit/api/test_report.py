"""The problems of one document, collected with their places."""

from __future__ import annotations

import pytest

from tortie.api import document_of, read_documents
from tortie.api.report import Report
from tortie.errors import Invalid, Problem


def test_a_report_without_problems_passes() -> None:
    Report(document_of({})).check()


def test_problems_are_told_in_the_order_of_the_file() -> None:
    (document,) = read_documents("kind: A\nmetadata: {name: b, namespace: c}\nspec: {d: e}\n", "f")
    report = Report(document)
    report.add("spec.d#", "second", "mend it")
    report.add("kind", "first")
    with pytest.raises(Invalid) as error:
        report.check()
    assert error.value.problems == (
        Problem("first", "A/c/b kind", file="f", line=1, column=7),
        Problem("second", "A/c/b spec.d", "mend it", file="f", line=3, column=8),
    )


@pytest.mark.parametrize(
    ("data", "subject"),
    [({}, ""), ({"kind": "A"}, "A"), ({"kind": 5, "metadata": []}, ""), ({"metadata": {"name": 5}, "kind": "A"}, "A")],
)
def test_the_subject_is_as_much_as_the_document_tells(data: dict[str, object], subject: str) -> None:
    assert Report(document_of(data)).subject == subject


@pytest.mark.parametrize(("given", "mend"), [("deny", "write `Deny`"), ("xyz", "")])
def test_an_unknown_word_is_told_with_the_known_ones(given: str, mend: str) -> None:
    report = Report(document_of({}))
    report.choose("p", "the action", given, ("Deny", "Pass"))
    (problem,) = report.problems
    assert problem.what == f'the action `{given}` is not known; supported values: "Deny", "Pass"'
    assert problem.mend == mend
