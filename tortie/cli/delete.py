"""`calicoctl delete`: remove resources."""

from __future__ import annotations

from collections.abc import Mapping

from tortie.cli.connect import connected
from tortie.cli.flags import Parsed
from tortie.cli.summary import Outcome, Report, delete_report
from tortie.cli.targets import Target, named, reason, referred, single_kind
from tortie.cli.writes import EMPTY, REFUSED
from tortie.datastore import Client
from tortie.errors import Invalid, NotFound

__all__ = ["run"]


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Remove what the files or the words name; with `--skip-not-exists`, what is gone already counts as done."""
    if not (targets := _targets(parsed)):
        return EMPTY
    errors, notes = [], ""
    with connected(parsed, environ) as client:
        for target in targets:
            try:
                _delete(client, target)
            except REFUSED as error:
                if isinstance(error, NotFound) and parsed.on("skip-not-exists"):
                    notes += f"note: {target.key} is not there, and counts as deleted\n"
                else:
                    errors.append(reason(error))
    report = delete_report(Outcome(len(targets), len(targets) - len(errors), single_kind(targets), errors))
    return report._replace(err=notes + report.err)


def _targets(parsed: Parsed) -> list[Target]:
    if parsed.text("filename"):
        return referred(parsed, "delete")
    if len(parsed.words) < 2:  # noqa: PLR2004 - a kind and a name
        raise Invalid.because("nothing to delete was named", mend="calicoctl delete KIND NAME..., or -f FILE")
    return named(parsed.words, parsed)


def _delete(client: Client, target: Target) -> None:
    if target.error:
        raise Invalid.because(target.error)
    client.delete(target.known_key, target.revision)
