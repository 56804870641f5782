"""`calicoctl delete`: remove resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tortie.cli.change.careful import carefully
from tortie.cli.change.node_parts import delete_parts
from tortie.cli.change.writes import EMPTY, REFUSED, kinds_of
from tortie.cli.connect import connected
from tortie.cli.flags import Parsed
from tortie.cli.output.summary import Outcome, Report, delete_report
from tortie.cli.targets import Target, named, reason, referred, single_kind
from tortie.datastore import Client
from tortie.errors import Invalid, NotFound
from tortie.model import Kind

__all__ = ["run"]


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Remove what the files or the words name; with `--skip-not-exists`, what is gone already counts as done."""
    if not (targets := _targets(parsed)):
        return EMPTY
    is_gone_fine = parsed.on("skip-not-exists")

    def act(client: Client) -> Report:
        return _deleted(client, targets, is_gone_fine=is_gone_fine)

    with connected(parsed, environ) as client:
        return carefully(parsed, environ, client, act, kinds_of(targets))


def _deleted(client: Client, targets: Sequence[Target], *, is_gone_fine: bool) -> Report:
    errors, notes = [], ""
    left: list[str] = []
    for target in targets:
        try:
            _delete(client, target)
            if target.info.kind is Kind.NODE:
                went, stayed = delete_parts(client, target.known_key.name)
                notes += "".join(f"note: {note}\n" for note in went)
                left += stayed
        except REFUSED as error:
            if isinstance(error, NotFound) and is_gone_fine:
                notes += f"note: {target.key} is not there, and counts as deleted\n"
            else:
                errors.append(reason(error))
    handled = len(targets) - len(errors)
    report = delete_report(Outcome(len(targets), handled, single_kind(targets), [*errors, *left]))
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
