"""`calicoctl apply`: make the datastore hold what the files have."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tortie.cli.connect import connected
from tortie.cli.flags import Parsed
from tortie.cli.summary import Report
from tortie.cli.targets import Target
from tortie.cli.writes import write_all
from tortie.datastore import Written

__all__ = ["run"]


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Create what the files have, or update what is there already; what is the same is not written again."""
    with connected(parsed, environ) as client:

        def opened() -> Callable[[Target], Written]:
            client.initialise()
            return lambda target: client.apply(target.known_key, target.known_document)

        return write_all("apply", parsed, opened)
