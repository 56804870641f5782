"""A lab and its answers as they are printed."""

from __future__ import annotations

import json

import pytest

from tortie.lab import Answer, External, Host, Lab, Listener, Outcome, ProbeProtocol, Running, Workload, allocated
from tortie.lab.compare import Comparison
from tortie.lab.expected import Evaluated, Question
from tortie.lab.text import comparison_document, comparison_lines, labs_lines, members_lines
from tortie.model import Verdict

LAB = allocated(
    Lab(
        "guide",
        (Host("node-1"),),
        workloads=(Workload("red", "production", "node-1", listen=(Listener.parse("tcp/6379"),)),),
        externals=(External("internet"),),
    )
)
EVALUATED = Evaluated(Verdict.ALLOW, "node-1", "r1", "ingress rule 1 of NetworkPolicy/production/a-rather-long-name")


def comparison(answer: Answer, *, port: int = 6379) -> Comparison:
    protocol = ProbeProtocol.TCP if port else ProbeProtocol.ICMP
    detail = "connected" if answer is Answer.ANSWERED else "no answer"
    return Comparison(Question("blue", "red", protocol, port), Outcome(answer, detail, 0.0012), EVALUATED)


def test_both_answers_stand_below_one_another() -> None:
    assert comparison_lines(comparison(Answer.ANSWERED)) == [
        "blue -> red  tcp/6379  IPv4",
        "  measured   answered    connected within 1.2 ms",
        "  evaluated  allow       node-1: ingress rule 1 of",
        "                         NetworkPolicy/production/a-rather-long-name",
        "  they agree",
    ]


def test_a_difference_cannot_be_overlooked() -> None:
    lines = comparison_lines(comparison(Answer.DROPPED, port=0))
    assert lines[0] == "blue -> red  icmp  IPv4"
    assert lines[1] == "  measured   dropped     no answer"
    assert lines[-1] == "  THEY DISAGREE"


@pytest.mark.parametrize(("answer", "agrees"), [(Answer.ANSWERED, True), (Answer.DROPPED, False)])
def test_the_document_says_the_same_and_is_json(answer: Answer, *, agrees: bool) -> None:
    found = json.loads(json.dumps(comparison_document(comparison(answer))))
    assert (found["source"], found["destination"], found["protocol"], found["port"]) == ("blue", "red", "tcp", 6379)
    assert found["measured"]["allowed"] is agrees
    assert found["evaluated"] == {
        "verdict": "allow",
        "allowed": True,
        "host": "node-1",
        "rule": "r1",
        "reason": "ingress rule 1 of NetworkPolicy/production/a-rather-long-name",
    }
    assert found["agrees"] is agrees


def test_who_is_in_a_lab() -> None:
    assert members_lines(LAB) == [
        "NAME            TYPE      HOST    ADDRESS     LISTENS",
        "node-1          host              172.30.0.1",
        "internet        external          172.31.0.1",
        "production/red  pod       node-1  10.1.0.1    tcp/6379",
    ]


def test_labs_that_are_up() -> None:
    assert labs_lines([Running(LAB)]) == ["NAME   HOSTS  WORKLOADS  EXTERNAL", "guide  1      1          1"]
    assert labs_lines([]) == ["NAME  HOSTS  WORKLOADS  EXTERNAL"]
