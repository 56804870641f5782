"""The course of create, apply and validate: act on every resource of the files, then tell how it went."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tortie.cli.flags import Parsed
from tortie.cli.output.problems import lines_of
from tortie.cli.output.summary import Outcome, Report, write_report
from tortie.cli.requests import request_problems
from tortie.cli.targets import Target, admitted, reason, repeated, single_kind, warned
from tortie.datastore import Datastore, Written
from tortie.errors import Conflict, Expired, Invalid, NotFound, Problem, Unavailable
from tortie.model import TIERED_KINDS, Kind

__all__ = [
    "EMPTY",
    "REFUSED",
    "checked_store",
    "given",
    "kinds_of",
    "need_files",
    "policy_warnings",
    "write_all",
]

REFUSED = (Conflict, Invalid, NotFound)
"""What keeps one resource from being written, and not the next."""

RULED_KINDS = (*TIERED_KINDS, Kind.PROFILE)
"""Kinds with rules as Calico writes them."""

EMPTY = Report("No resources specified\n")


def need_files(verb: str, parsed: Parsed) -> None:
    """Raise Invalid where no file is named, or words stand beside it, as a shell's `-f *.yaml` leaves them."""
    if not parsed.text("filename"):
        raise Invalid.because("no file was given", mend=f"calicoctl {verb} -f FILE, a directory, or `-`")
    if parsed.words:
        what = f"`-f` takes one file, and `{parsed.words[0]}` was given too"
        raise Invalid.because(what, mend=f"name a directory, or call `calicoctl {verb}` once for each file")


def given(verb: str, parsed: Parsed) -> list[Target]:
    """Return what the files have, all of it well written; raises Invalid with every problem."""
    need_files(verb, parsed)
    return admitted(parsed, verb)


def kinds_of(targets: Iterable[Target]) -> frozenset[Kind]:
    """Return the kinds of resources that are acted on."""
    return frozenset(target.info.kind for target in targets)


def write_all(
    verb: str, targets: Sequence[Target], act: Callable[[Target], Written | None], store: Datastore | None = None
) -> Report:
    """Return the report of acting on every resource of the files; one that fails does not keep others from it.

    Args:
        verb: what is done.
        targets: what `given` has returned.
        act: does it to one resource.
        store: whose labels selectors are held against afterwards; None leaves that out.
    """
    errors, warnings = [], repeated(targets)
    handled = []
    for target in targets:
        try:
            if target.error:
                errors.append(target.error)
            else:
                done = act(target)
                warnings += warned(done) if done else ""
                handled.append(target)
        except REFUSED as error:
            errors.append(reason(error))
    warnings += policy_warnings(store, handled)
    report = write_report(verb, Outcome(len(targets), len(targets) - len(errors), single_kind(targets), errors))
    return report._replace(err=warnings + report.err)


def checked_store(parsed: Parsed, store: Datastore) -> Datastore | None:
    """Return the store whose labels selectors are to be held against; None where that is not wanted."""
    return None if parsed.on("skip-selector-check") else store


def policy_warnings(store: Datastore | None, targets: Sequence[Target]) -> str:
    """Return a warning for each rule that is not enforced as written, and each selector that matches nothing stored."""
    ruled = [target for target in targets if target.info.kind in RULED_KINDS]
    blind = ((target, found) for target in ruled for found in request_problems(target.known_document))
    told = [_warning(target, found) for target, found in blind]
    return "".join(told) + _vain_warnings(store, targets) + _reach_warnings(store, targets)


def _vain_warnings(store: Datastore | None, targets: Sequence[Target]) -> str:
    """Return a warning for each untracked policy that selects host endpoints on which it does nothing."""
    untracked = [each for each in targets if (each.document or {}).get("spec", {}).get("doNotTrack")]
    if store is None or not untracked:
        return ""
    from tortie.cli.change.vain import vain_problems  # noqa: PLC0415 - few policies are untracked

    try:
        found = [_warning(each, problem) for each in untracked for problem in vain_problems(store, each)]
    except (Unavailable, Expired) as error:  # what was to be written is
        return f"note: whether `doNotTrack` has an effect was not looked at: {error}\n"
    return "".join(found)


def _reach_warnings(store: Datastore | None, targets: Sequence[Target]) -> str:
    from tortie.cli.change.policy_selectors import SELECTING_KINDS  # noqa: PLC0415 - only policies select

    chosen = [target for target in targets if target.info.kind in SELECTING_KINDS]
    if store is None or not chosen:
        return ""
    from tortie.cli.change.reach import Reach  # noqa: PLC0415 - as above

    try:
        reach = Reach(store, [target.known_document for target in chosen])
    except (Unavailable, Expired) as error:  # what was to be written is
        return f"note: whether selectors match anything was not looked at: {error}\n"
    return "".join(_warning(target, found) for target in chosen for found in reach.problems(target.known_document))


def _warning(target: Target, found: Problem) -> str:
    placed = Problem(found.what, f"{target.key} {found.path}", found.mend)
    if target.source is not None:
        placed = target.source.at(placed, found.path)
    first, *rest = lines_of(Invalid(placed))
    return "".join(f"{line}\n" for line in (f"warning: {first}", *rest))
