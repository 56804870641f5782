"""`calicoctl validate`: find what is wrong with files, without a datastore."""

from __future__ import annotations

from collections.abc import Mapping

from tortie.cli.change.writes import EMPTY, given, write_all
from tortie.cli.flags import Parsed
from tortie.cli.output.summary import Report
from tortie.cli.targets import Target
from tortie.datastore import identifier
from tortie.errors import Invalid
from tortie.model import FOREIGN_KINDS

__all__ = ["run"]


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:  # noqa: ARG001 - no datastore is asked
    """Check what the files have by the rules that hold when it is created."""

    def act(target: Target) -> None:
        """Do nothing more: what was read has been checked, where we know how."""
        if target.info.kind in FOREIGN_KINDS:
            what = "Tortie manages no addresses or routes, and cannot tell whether it is right"
            raise Invalid.because(f"operation validate is not supported on {identifier(target.known_key)}: {what}")

    targets = given("validate", parsed)
    return write_all("validate", targets, act) if targets else EMPTY
