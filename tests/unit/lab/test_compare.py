"""When a measurement agrees with the evaluator, and which questions there are."""

from __future__ import annotations

import pytest

from tortie.lab import Answer, Host, Lab, Listener, Outcome, ProbeProtocol, Workload
from tortie.lab.compare import Comparison, every_question
from tortie.lab.expected import Evaluated, Question
from tortie.model import Verdict


@pytest.mark.parametrize(
    ("answer", "verdict", "agrees"),
    [
        (Answer.ANSWERED, Verdict.ALLOW, True),
        (Answer.REFUSED, Verdict.ALLOW, True),  # it got there, and nobody listens
        (Answer.DROPPED, Verdict.ALLOW, False),
        (Answer.UNREACHABLE, Verdict.ALLOW, False),
        (Answer.ANSWERED, Verdict.DENY, False),
        (Answer.REFUSED, Verdict.DENY, False),
        (Answer.DROPPED, Verdict.DENY, True),
        (Answer.UNREACHABLE, Verdict.DENY, True),
    ],
)
def test_agreement(answer: Answer, verdict: Verdict, *, agrees: bool) -> None:
    found = Comparison(Question("a", "b"), Outcome(answer, "", 0.0), Evaluated(verdict, "", "", ""))
    assert found.agrees is agrees


@pytest.mark.parametrize(
    ("answer", "passed"), [(Answer.ANSWERED, True), (Answer.REFUSED, False), (Answer.DROPPED, False)]
)
def test_where_somebody_listens_a_refusal_is_a_firewalls(answer: Answer, *, passed: bool) -> None:
    allowed = Evaluated(Verdict.ALLOW, "", "", "")
    assert Comparison(Question("a", "b"), Outcome(answer, "", 0.0), allowed, listens=True).passed is passed


def test_every_source_asks_every_listening_port_of_every_other_member() -> None:
    red = Workload("red", "production", "node-1", listen=(Listener.parse("tcp/6379"), Listener.parse("udp/53")))
    lab = Lab("guide", (Host("node-1"),), workloads=(red, Workload("blue", "production", "node-1")))
    assert every_question(lab) == tuple(
        Question(source, "production/red", protocol, port, version)
        for protocol, port in ((ProbeProtocol.TCP, 6379), (ProbeProtocol.UDP, 53))
        for source in ("node-1", "production/blue")
        for version in (4, 6)
    )
