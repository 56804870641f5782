"""`calicoctl create`: store new resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tortie.cli.change.careful import carefully
from tortie.cli.change.writes import EMPTY, checked_store, given, kinds_of, write_all
from tortie.cli.connect import connected
from tortie.cli.flags import Parsed
from tortie.cli.output.summary import Report
from tortie.cli.targets import Target
from tortie.datastore import Client
from tortie.errors import Conflict
from tortie.model import Key

__all__ = ["run"]


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Create what the files have; with `--skip-exists`, what exists already counts as done."""
    if not (targets := given("create", parsed)):
        return EMPTY
    with connected(parsed, environ) as client:
        return carefully(parsed, environ, client, lambda acting: _created(acting, targets, parsed), kinds_of(targets))


def _created(client: Client, targets: Sequence[Target], parsed: Parsed) -> Report:
    skipped: list[Key] = []

    def create(target: Target) -> None:
        try:
            client.create(target.known_key, target.known_document)
        except Conflict:
            if not parsed.on("skip-exists"):
                raise
            skipped.append(target.known_key)

    client.initialise()
    report = write_all("create", targets, create, checked_store(parsed, client.store))
    notes = "".join(f"note: {key} exists, and is left as it is\n" for key in skipped)
    return report._replace(err=notes + report.err)
