"""The commands of calicoctl that are about addresses, routes and clusters, which Tortie does not manage."""

from __future__ import annotations

from collections.abc import Mapping

from tortie.cli.flags import Parsed
from tortie.cli.output.summary import Report

__all__ = ["run"]

_INSTEAD = {
    ("node", "status"): "`tortie status` tells how this host's agent is",
    ("node", "diags"): "`tortie status` tells how this host's agent is",
    ("node", "run"): "`tortie agent` enforces policy on this host",
}


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:  # noqa: ARG001 - nothing is asked
    """Say so, and what there is instead."""
    command = parsed.words[:2]
    what = f"`calicoctl {' '.join(command)}` is not supported: Tortie does not manage addresses, routes or clusters"
    instead = _INSTEAD.get((command[0], command[-1]), "use the tool that set up this network")
    return Report(err=f"{what}\n  {instead}\n", code=1)
