"""The course of create, apply and validate: act on every resource of the files, then tell how it went."""

from __future__ import annotations

from collections.abc import Callable

from tortie.cli.flags import Parsed
from tortie.cli.summary import Outcome, Report, write_report
from tortie.cli.targets import Target, admitted, reason, repeated, single_kind, warned
from tortie.datastore import Written
from tortie.errors import Conflict, Invalid, NotFound

__all__ = ["EMPTY", "REFUSED", "need_files", "write_all"]

REFUSED = (Conflict, Invalid, NotFound)
"""What keeps one resource from being written, and not the next."""

EMPTY = Report("No resources specified\n")


def need_files(verb: str, parsed: Parsed) -> None:
    """Raise Invalid where no file is named, or words stand beside it, as a shell's `-f *.yaml` leaves them."""
    if not parsed.text("filename"):
        raise Invalid.because("no file was given", mend=f"calicoctl {verb} -f FILE, a directory, or `-`")
    if parsed.words:
        what = f"`-f` takes one file, and `{parsed.words[0]}` was given too"
        raise Invalid.because(what, mend=f"name a directory, or call `calicoctl {verb}` once for each file")


def write_all(verb: str, parsed: Parsed, opened: Callable[[], Callable[[Target], Written | None]]) -> Report:
    """Return the report of acting on every resource of the files; one that fails does not keep others from it.

    Args:
        verb: what is done.
        parsed: the command line.
        opened: called once everything is known to be well written, returns what acts on one resource.
    """
    need_files(verb, parsed)
    targets = admitted(parsed)
    if not targets:
        return EMPTY
    act = opened()
    errors, warnings = [], repeated(targets)
    for target in targets:
        try:
            if target.error:
                errors.append(target.error)
            else:
                done = act(target)
                warnings += warned(done) if done else ""
        except REFUSED as error:
            errors.append(reason(error))
    report = write_report(verb, Outcome(len(targets), len(targets) - len(errors), single_kind(targets), errors))
    return report._replace(err=warnings + report.err)
