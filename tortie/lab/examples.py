"""The guide's examples as a table: what is applied, and which connections the guide says live and die by it."""

from __future__ import annotations

from dataclasses import dataclass

from tortie.lab.expected import Question
from tortie.lab.probe import ProbeProtocol

__all__ = ["EXAMPLES", "NOTHING", "Example", "Promise"]


@dataclass(frozen=True, slots=True)
class Promise:
    """A connection, and whether the guide says that it gets there."""

    question: Question
    allowed: bool


@dataclass(frozen=True, slots=True)
class Example:
    """One example of the guide; `explained` is a source and a destination whose verdict on TCP is told in full."""

    name: str
    title: str
    promises: tuple[Promise, ...]
    file: str = ""
    explained: tuple[str, str, int] | None = None


RED, BLUE, GREEN = "production/red", "production/blue", "production/green"
PARTNER, LEGACY = "partners/blue", "production/legacy"
DATABASE, FRONTEND, INTERNET = "production/database", "production/frontend", "internet"
REDIS, WEB, POSTGRES, SSH = 6379, 80, 5432, 22


def yes(source: str, destination: str, port: int, version: int = 4) -> Promise:
    """Return the promise that a TCP connection gets there."""
    return Promise(Question(source, destination, ProbeProtocol.TCP, port, version), allowed=True)


def no(source: str, destination: str, port: int, version: int = 4) -> Promise:
    """Return the promise that a TCP connection does not get there."""
    return Promise(Question(source, destination, ProbeProtocol.TCP, port, version), allowed=False)


NOTHING = Example(
    "G9",
    "No policy yet: pods are open, the virtual machine is closed",
    (yes(BLUE, RED, REDIS), yes(PARTNER, RED, REDIS, 6), yes(RED, INTERNET, WEB), no(GREEN, LEGACY, SSH)),
)
EXAMPLES = (
    Example(
        "E1",
        "Same namespace: red takes TCP 6379 from the blue ones beside it",
        (yes(BLUE, RED, REDIS), yes(BLUE, RED, REDIS, 6), no(GREEN, RED, REDIS), no(PARTNER, RED, REDIS)),
        "e1-same-namespace.yaml",
        (PARTNER, RED, REDIS),
    ),
    Example(
        "E2",
        "Other namespaces: the same, from the blue ones of circles",
        (yes(PARTNER, RED, REDIS), yes(PARTNER, RED, REDIS, 6), no(BLUE, RED, REDIS)),
        "e2-other-namespaces.yaml",
    ),
    Example(
        "E3",
        "Global deny: red refuses blue everywhere, and all that nothing allows",
        (no(BLUE, RED, REDIS), no(PARTNER, RED, REDIS, 6), no(GREEN, RED, REDIS), yes(BLUE, GREEN, WEB)),
        "e3-global-deny.yaml",
    ),
    Example(
        "E4",
        "Global deny by namespace: the rule names the blue ones of circles",
        (no(PARTNER, RED, REDIS), no(BLUE, RED, REDIS), yes(PARTNER, GREEN, WEB)),
        "e4-global-deny-by-namespace.yaml",
    ),
    Example(
        "E5",
        "CIDR: red opens connections to 1.2.3.0/24, and nowhere else",
        (yes(RED, INTERNET, WEB), no(RED, INTERNET, WEB, 6), no(RED, GREEN, WEB), yes(GREEN, RED, REDIS)),
        "e5-cidr.yaml",
    ),
    Example(
        "E6",
        "Order: the lower number is asked first; inside is allowed, the rest denied",
        (yes(GREEN, RED, REDIS), yes(PARTNER, RED, REDIS, 6), no(INTERNET, RED, REDIS)),
        "e6-order.yaml",
    ),
    Example(
        "E7",
        "Log: each attempt of the frontend on the database is logged, then denied",
        (no(FRONTEND, DATABASE, POSTGRES), no(FRONTEND, DATABASE, POSTGRES, 6), yes(FRONTEND, RED, REDIS)),
        "e7-log.yaml",
    ),
    Example(
        "E8",
        "Established: an open connection outlives a new deny, a new one fails",
        (no(BLUE, RED, REDIS), no(BLUE, RED, REDIS, 6)),
        "e3-global-deny.yaml",
    ),
)
"""E1 to E8, each to be applied on its own."""
