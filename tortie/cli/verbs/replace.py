"""`calicoctl replace`: update resources that are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tortie.cli.change.careful import carefully
from tortie.cli.change.writes import EMPTY, REFUSED, checked_store, given, kinds_of, policy_warnings
from tortie.cli.connect import connected
from tortie.cli.flags import Parsed
from tortie.cli.output.summary import Outcome, Report, replace_report
from tortie.cli.targets import Target, reason, repeated, single_kind, warned
from tortie.datastore import Client

__all__ = ["run"]


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Replace what the files have, all of which has to exist."""
    if not (targets := given("replace", parsed)):
        return EMPTY
    with connected(parsed, environ) as client:
        return carefully(parsed, environ, client, lambda acting: _replaced(acting, targets, parsed), kinds_of(targets))


def _replaced(client: Client, targets: Sequence[Target], parsed: Parsed) -> Report:
    unscoped = [target.error for target in targets if target.error]
    errors, warnings = [], repeated(targets)
    handled = []
    client.initialise()
    for target in targets:
        try:
            if not target.error:
                warnings += warned(client.update(target.known_key, target.known_document))
                handled.append(target)
        except REFUSED as error:
            errors.append(reason(error))
    warnings += policy_warnings(checked_store(parsed, client.store), handled)
    outcome = Outcome(len(targets), len(targets) - len(unscoped), single_kind(targets), errors)
    report = replace_report(outcome, unscoped)
    return report._replace(err=warnings + report.err)
