"""What a person reads when a command fails."""

from __future__ import annotations

import io

import pytest

from tortie.cli.output.problems import ERROR, guarded, lines_of, print_error
from tortie.errors import Conflict, Expired, Invalid, NotFound, Problem, Unavailable


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (
            Invalid(Problem("`=` is no operator", "spec.selector", "write `==`", "a.yaml", 3, 14)),
            ["a.yaml:3:14: spec.selector: `=` is no operator", "  write `==`"],
        ),
        (
            Invalid(Problem("one", file="a.yaml", line=1), Problem("two", file="b.yaml", line=2, column=5)),
            ["a.yaml:1: one", "b.yaml:2:5: two"],
        ),
        (NotFound("there is no endpoint `rde`"), ["there is no endpoint `rde`"]),
        (Conflict("changed meanwhile"), ["changed meanwhile"]),
        (Expired("list again"), ["list again"]),
        (Unavailable("the datastore is locked"), ["the datastore is locked"]),
        (FileNotFoundError(2, "No such file or directory", "x.yaml"), ["x.yaml: no such file or directory"]),
        (OSError(28, "No space left on device"), ["no space left on device"]),
        (Unavailable(), ["Unavailable"]),
    ],
)
def test_lines(error: Exception, lines: list[str]) -> None:
    assert list(lines_of(error)) == lines


def test_print_error_prints_one_line_each() -> None:
    stream = io.StringIO()
    print_error(Invalid.because("what", mend="how"), stream)
    assert stream.getvalue() == "what\n  how\n"


def test_guarded_keeps_the_exit_code() -> None:
    assert guarded(lambda: 1) == 1


def test_guarded_tells_known_errors(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> int:
        raise NotFound("nobody there")

    assert guarded(fail) == ERROR
    assert capsys.readouterr().err == "nobody there\n"


def test_guarded_leaves_faults_of_the_program_alone() -> None:
    def fail() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        guarded(fail)


def test_guarded_ends_quietly_when_interrupted(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    assert guarded(interrupted) == 130
    assert capsys.readouterr().err == ""
