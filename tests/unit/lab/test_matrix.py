"""The table of who reaches whom, as it is printed."""

from __future__ import annotations

from tortie.lab import Answer, Outcome, ProbeProtocol
from tortie.lab.compare import Comparison
from tortie.lab.expected import Evaluated, Question
from tortie.lab.matrix import cells, matrix_lines
from tortie.model import Verdict


def comparison(source: str, version: int, *, passed: bool, expected: bool | None = None) -> Comparison:
    verdict = Verdict.ALLOW if (passed if expected is None else expected) else Verdict.DENY
    answer = Answer.ANSWERED if passed else Answer.DROPPED
    question = Question(source, "production/red", ProbeProtocol.TCP, 6379, version)
    return Comparison(question, Outcome(answer, "", 0.0), Evaluated(verdict, "", "", ""))


ROWS = [
    comparison("blue", 4, passed=True),
    comparison("blue", 6, passed=True),
    comparison("green", 4, passed=False),
    comparison("green", 6, passed=False),
    comparison("four", 4, passed=True),
    comparison("four", 6, passed=False),
    comparison("six", 4, passed=False),
    comparison("six", 6, passed=True),
    comparison("wrong", 4, passed=True),
    comparison("wrong", 6, passed=True, expected=False),
]


def test_the_table() -> None:
    before = {**cells(ROWS), (("production/red", "tcp/6379"), "green"): "+"}
    assert matrix_lines(ROWS, before) == [
        "from  1 blue  2 green  3 four  4 six  5 wrong",
        "to                                      1   2   3   4   5",
        "production/red              tcp/6379    +  +>-  4   6   +!",
        "",
        "+ reaches   - does not   4, 6 only by that IP version   ! evaluated otherwise",
        "+>- reached before, does not now",
    ]


def test_nothing_is_marked_as_changed_where_there_is_no_before() -> None:
    assert not any(">" in line for line in matrix_lines(ROWS))


def test_many_sources_with_long_names_stay_within_the_terminal() -> None:
    names = [f"production/a-workload-with-a-rather-long-name-{number}" for number in range(20)]
    lines = matrix_lines([comparison(name, 4, passed=True) for name in names])
    assert max(map(len, lines)) <= 80
    assert all(any(name in line for line in lines) for name in names)
