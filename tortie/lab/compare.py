"""What is measured beside what is evaluated, for one connection or for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from tortie.lab.expected import Evaluated, Expectation, Question
from tortie.lab.lab import Running
from tortie.lab.probe import Answer, Outcome, Probe, ProbeProtocol
from tortie.lab.topology import Lab

__all__ = ["Comparison", "compare", "every_question"]

_VERSIONS = (4, 6)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question with both answers.

    Where nobody `listens`, "refused" is the destination's own word: the question got there. Where somebody does, it is
    a firewall's (`FilterDenyAction: Reject`).
    """

    question: Question
    measured: Outcome
    evaluated: Evaluated
    listens: bool = False

    @property
    def passed(self) -> bool:
        """Whether the packets got there and back."""
        return self.measured.allowed or (self.measured.answer is Answer.REFUSED and not self.listens)

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return self.passed == self.evaluated.allowed


def compare(running: Running, expectation: Expectation, questions: Iterable[Question]) -> tuple[Comparison, ...]:
    """Return both answers to each question, in their order; the measurements are made side by side."""
    asked = tuple(questions)
    evaluated = [expectation.ask(question) for question in asked]
    measured = running.measure([_probe(running, expectation, question) for question in asked])
    listens = [expectation.listens(question) for question in asked]
    return tuple(Comparison(*row) for row in zip(asked, measured, evaluated, listens, strict=True))


def every_question(lab: Lab) -> tuple[Question, ...]:
    """Return a question for each source, each listening port of each other member, and each IP version."""
    return tuple(
        Question(source.reference, target.reference, ProbeProtocol(listener.protocol), listener.port, version)
        for target in lab.members
        for listener in target.listen
        for source in lab.members
        if source is not target
        for version in _VERSIONS
    )


def _probe(running: Running, expectation: Expectation, question: Question) -> Probe:
    near, far = map(ip_address, expectation.addresses(question))
    return Probe(running.namespace(question.source), far, question.protocol, question.port, source=near)
