"""Errors say what, where, and how to mend it."""

from __future__ import annotations

import pytest

from tortie.errors import Conflict, Expired, Invalid, NotFound, Problem, Unavailable


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("no action"), "no action"),
        (Problem("no action", path="spec.ingress[0]"), "spec.ingress[0]: no action"),
        (Problem("no action", file="a.yaml"), "a.yaml: no action"),
        (Problem("no action", "spec", file="a.yaml", line=3, column=5), "a.yaml:3:5: spec: no action"),
        (Problem("no action", line=3), "3: no action"),
        (Problem("no action", mend="add one"), "no action"),
    ],
)
def test_text_of_a_problem(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_whoever_knows_the_place_fills_it_in() -> None:
    problem = Problem("unexpected `=`", column=6).at(line=2, column=1).at(file="a.yaml", path="spec.selector")
    assert (problem.file, problem.line, problem.column, problem.path) == ("a.yaml", 2, 6, "spec.selector")


def test_a_place_that_is_known_stays() -> None:
    problem = Problem("no", path="spec", file="a.yaml", line=2)
    assert problem.at(file="b.yaml", line=9, column=4, path="metadata") == problem  # a column belongs to its line


def test_invalid_lists_every_problem_with_its_hint() -> None:
    error = Invalid(Problem("no action", path="spec", mend="add `action: Allow`"), Problem("no name"))
    assert str(error) == "spec: no action; add `action: Allow`\nno name"
    assert [problem.what for problem in error.problems] == ["no action", "no name"]


def test_invalid_because() -> None:
    assert str(Invalid.because("no name", path="metadata", mend="give it one")) == "metadata: no name; give it one"


def test_invalid_needs_a_problem() -> None:
    with pytest.raises(ValueError, match="at least one problem"):
        Invalid()


@pytest.mark.parametrize(
    ("error", "kind"),
    [(Invalid, ValueError), (NotFound, LookupError), (Conflict, Exception), (Unavailable, Exception)],
)
def test_errors_are_caught_as_python_errors(error: type[Exception], kind: type[Exception]) -> None:
    assert issubclass(error, kind)
    assert not issubclass(Expired, error)
