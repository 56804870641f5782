"""The parts of an agent, by the reference system's names: whether each is live and ready, and why not. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tortie.model import AgentSettings

__all__ = ["MAIN_LOOP", "Part", "State", "parts_of", "table", "unlimited"]

MAIN_LOOP = "InternalDataplaneMainLoop"
"""What carries news through the engine into the kernel; the one part whose steps have a time limit."""
_LEAST = 20.0  # seconds that the watchdog leaves at least
_HEADINGS = ("COMPONENT", "TIMEOUT", "LIVENESS", "READINESS", "DETAIL")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: the seconds that a step of it may take (0: any), why it is not live or not ready ("" where it is).

    `detail` is what else is to be said of it.
    """

    name: str
    timeout: float = 0.0
    not_live: str = ""
    not_ready: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """What an agent's parts are judged by; each text is a reason, "" where there is none.

    `busy` are the seconds that the step of work has taken that is under way. `policy` tells why the datastore's policy
    is not known, `interfaces` why the host's interfaces are not. `is_enforced` tells whether the kernel has policy.
    """

    busy: float = 0.0
    kernel: str = ""
    policy: str = ""
    interfaces: str = ""
    statuses: str = ""
    is_enforced: bool = False


def parts_of(state: State, settings: AgentSettings) -> tuple[Part, ...]:
    """Return the parts; the first that is not ready is the one that the others wait for.

    Source: enforcement.md 7.8.
    """
    limit = _limit(settings)
    stuck = f"a step of work has taken {state.busy:.0f} seconds" if 0 < limit <= state.busy else ""
    lacks = state.kernel or ("" if state.is_enforced else "the kernel does not have the policy yet")
    return (
        Part("FelixStartup"),
        Part("InterfaceMonitor", not_ready=state.interfaces),
        Part("CalculationGraph", not_ready=state.policy),
        Part(MAIN_LOOP, limit, stuck, lacks),
        Part("EndpointStatus", detail=state.statuses),
    )


def unlimited(settings: AgentSettings) -> Mapping[str, str]:
    """Return, by name, what is wrong with time limits that are for no part that has one."""
    names = settings.health_timeouts.keys() - {MAIN_LOOP}
    return {name: f"`{name}` is no part of this agent with a time limit: `{MAIN_LOOP}` is" for name in sorted(names)}


def table(parts: Iterable[Part]) -> str:
    """Return the parts as lines of text that a person reads."""
    rows = [_HEADINGS, *map(_row, parts)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join(f"{line}\n" for line in _lines(rows, widths))


def _lines(rows: Iterable[tuple[str, ...]], widths: list[int]) -> Iterator[str]:
    for row in rows:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(part: Part) -> tuple[str, ...]:
    return (
        part.name,
        f"{part.timeout:g}s" if part.timeout else "-",
        "timed out" if part.not_live else "reporting live",
        "reporting non-ready" if part.not_ready else "reporting ready",
        part.not_live or part.not_ready or part.detail,
    )


def _limit(settings: AgentSettings) -> float:
    """Return how long a step of the main loop may take; the watchdog, where an override says nothing."""
    if (found := settings.health_timeouts.get(MAIN_LOOP)) is not None:
        return found
    return max(_LEAST, settings.watchdog_seconds) if settings.watchdog_seconds else 0.0
