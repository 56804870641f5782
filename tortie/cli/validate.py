"""`calicoctl validate`: find what is wrong with files, without a datastore."""

from __future__ import annotations

from collections.abc import Mapping

from tortie.cli.flags import Parsed
from tortie.cli.summary import Report
from tortie.cli.targets import Target
from tortie.cli.writes import write_all

__all__ = ["run"]


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:  # noqa: ARG001 - no datastore is asked
    """Check what the files have by the rules that hold when it is created."""

    def act(target: Target) -> None:
        """Do nothing more: what was read has been checked."""

    return write_all("validate", parsed, lambda: act)
