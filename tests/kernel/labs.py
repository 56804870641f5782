"""Labs for tests with real packets: the guide's, under policy that is put into the kernel without agents."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tortie.lab import Lab, load_lab
from tortie.lab.compare import Comparison
from tortie.lab.expected import Expectation, Question
from tortie.lab.kernels import enforce
from tortie.lab.policed import Policed, policed_up
from tortie.lab.probe import ProbeProtocol

__all__ = ["GUIDE", "both", "directly", "guide_lab", "reach", "under_policy", "unique"]

GUIDE = Path(__file__).parents[2] / "examples" / "guide"


def unique() -> str:
    """Return a lab's name that no other has."""
    return f"test-{os.getpid()}-{secrets.token_hex(3)}"


def directly(policed: Policed, expectation: Expectation) -> None:
    """Do the agents' work: put every host's policy into its kernel."""
    for host in policed.running.lab.hosts:
        enforce(policed.running, host.name, expectation.snapshot(host.name))


def guide_lab() -> Lab:
    """Return the guide's lab under a name of its own."""
    return replace(load_lab(GUIDE.parent / "labs" / "guide.yaml"), name=unique())


@contextmanager
def under_policy(lab: Lab) -> Iterator[Policed]:
    """Put a lab up, enforced without agents, for the length of a `with` block."""
    with policed_up(lab, enforce=directly) as policed:
        yield policed


def both(source: str, destination: str, port: int, protocol: str = "tcp") -> tuple[Question, Question]:
    """Return a question for IPv4 and IPv6 each."""
    four, six = (Question(source, destination, ProbeProtocol(protocol), port, version) for version in (4, 6))
    return four, six


def reach(policed: Policed, questions: Sequence[tuple[str, str, int]], protocol: str = "tcp") -> list[bool]:
    """Return which connections get there, by IPv4 and IPv6 alike, all as the evaluator says."""
    asked = [question for source, target, port in questions for question in both(source, target, port, protocol)]
    found = policed.compare(asked)
    assert [disagreement(each) for each in found if not each.agrees] == []
    pairs = list(zip(found[::2], found[1::2], strict=True))
    assert [disagreement(four) for four, six in pairs if four.passed != six.passed] == []
    return [four.passed for four, _ in pairs]


def disagreement(found: Comparison) -> str:
    return f"{found.question}: measured {found.measured.answer}, evaluated {found.evaluated}"
