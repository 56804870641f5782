"""The lines that tell how a command went. Source: calicoctl specification 11."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["PAST", "Outcome", "Report", "delete_report", "replace_report", "write_report"]

PAST = {
    "create": "created",
    "apply": "applied",
    "validate": "validated",
    "replace": "replaced",
    "delete": "deleted",
}


class Report(NamedTuple):
    """What goes to standard output and standard error, and the exit code."""

    out: str = ""
    err: str = ""
    code: int = 0


class Outcome(NamedTuple):
    """How many of a command's resources there were and were handled; `kind` is "" where they are of several kinds."""

    total: int
    handled: int
    kind: str
    errors: Sequence[str] = ()

    @property
    def quoted(self) -> str:
        """Return the kind in quotes, a space after it; empty where there are several."""
        return f"'{self.kind}' " if self.kind else ""


def write_report(verb: str, outcome: Outcome) -> Report:
    """Return the report of create, apply or validate."""
    errors = f"[{' '.join(outcome.errors)}]\n"
    if not outcome.errors:
        return Report(f"Successfully {PAST[verb]} {outcome.handled} {outcome.quoted}resource(s)\n")
    if not outcome.handled:
        return Report(err=f"failed to {verb} {_all(outcome)}: {errors}", code=1)
    if outcome.handled > len(outcome.errors):
        return Report(_partly(PAST[verb], outcome), f"hit error: {errors}", 1)
    return Report(err=f"hit error: {errors}", code=1)


def replace_report(outcome: Outcome, failures: Sequence[str]) -> Report:
    """Return the report of replace; `failures` are of resources that could not even be tried."""
    if not outcome.errors and not failures:
        return Report(f"Successfully replaced {outcome.handled} {outcome.quoted}resource(s)\n")
    if not outcome.handled and not outcome.errors:
        return Report(err=f"failed to replace {_all(outcome)}: {failures[-1]}\n", code=1)
    return Report(_partly("replaced", outcome), f"hit error: {(*failures, *outcome.errors)[-1]}\n", 1)


def delete_report(outcome: Outcome) -> Report:
    """Return the report of delete: what was deleted, and one line for each failure."""
    out = f"Successfully deleted {outcome.handled} {outcome.quoted}resource(s)\n" if outcome.handled else ""
    err = "".join(f"Failed to delete {outcome.quoted}resource: {error}\n" for error in outcome.errors)
    return Report(out, f"{err}\n" if err else "", 1 if err else 0)


def _all(outcome: Outcome) -> str:
    if outcome.total == 1:
        return f"{outcome.quoted}resource"
    return f"any {outcome.quoted}resources"


def _partly(past: str, outcome: Outcome) -> str:
    return f"Partial success: {past} the first {outcome.handled} out of {outcome.total} {outcome.quoted}resources:\n"
