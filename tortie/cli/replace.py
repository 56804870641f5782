"""`calicoctl replace`: update resources that are there."""

from __future__ import annotations

from collections.abc import Mapping

from tortie.cli.connect import connected
from tortie.cli.flags import Parsed
from tortie.cli.summary import Outcome, Report, replace_report
from tortie.cli.targets import reason, repeated, single_kind, warned
from tortie.cli.writes import EMPTY, REFUSED, given, policy_warnings

__all__ = ["run"]


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Replace what the files have, all of which has to exist."""
    if not (targets := given("replace", parsed)):
        return EMPTY
    unscoped = [target.error for target in targets if target.error]
    errors, warnings = [], repeated(targets)
    handled = []
    with connected(parsed, environ) as client:
        client.initialise()
        for target in targets:
            try:
                if not target.error:
                    warnings += warned(client.update(target.known_key, target.known_document))
                    handled.append(target)
            except REFUSED as error:
                errors.append(reason(error))
        warnings += policy_warnings(client.store, handled)
    outcome = Outcome(len(targets), len(targets) - len(unscoped), single_kind(targets), errors)
    report = replace_report(outcome, unscoped)
    return report._replace(err=warnings + report.err)
