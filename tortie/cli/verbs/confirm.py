"""`calicoctl confirm`: let the change stand that was written with `--confirm`, undo it, or tell of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from tortie.cli.change.confirmable import author, time_of_day
from tortie.cli.connect import connected
from tortie.cli.flags import Parsed
from tortie.cli.output.summary import Report
from tortie.datastore import PENDING_KEY, Datastore, PendingChange, confirm, pending_in, undo
from tortie.errors import Invalid, NotFound

__all__ = ["run"]

_CHOICES = ("rollback", "status", "forget")
_NONE = "no change waits for confirmation\n"


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Confirm the change that waits, or do what a flag says instead."""
    chosen = [name for name in _CHOICES if parsed.on(name)]
    if len(chosen) > 1 or parsed.words:
        what = f"`{parsed.words[0]}` means nothing here" if parsed.words else f"`--{chosen[0]}` or `--{chosen[1]}`"
        raise Invalid.because(what, mend="calicoctl confirm, with one of --rollback, --status and --forget, or none")
    with connected(parsed, environ) as client:
        match chosen:
            case ["status"]:
                return _status(client.store)
            case ["rollback"]:
                return _rolled_back(client.store, author(environ))
            case ["forget"]:
                client.store.delete(PENDING_KEY)
                return Report("the change is forgotten: what was written stays\n")
            case _:
                found = confirm(client.store)
                return Report(f"Successfully confirmed {len(found.touched)} resource(s) of {found.author}\n")


def _status(store: Datastore) -> Report:
    found = pending_in(store)
    return Report("".join(f"{line}\n" for line in _lines(found[0])) if found is not None else _NONE)


def _lines(change: PendingChange) -> Iterator[str]:
    if change.undone_by:
        yield f"{change.undone_by} is undoing the change of {change.author}"
    elif change.until < time_of_day(datetime.now(UTC)):
        yield f"the change of {change.author} was to be undone at {change.until}, and no agent has done so yet"
    else:
        yield f"the change of {change.author} waits for confirmation until {change.until}"
    followers = ", ".join(change.followers)
    yield f"agents follow it, {followers} among them" if followers else "no agent has said that it follows it"
    for each in change.touched:
        yield f"  {each.key}"


def _rolled_back(store: Datastore, by: str) -> Report:
    found = pending_in(store)
    if found is None:
        raise NotFound(_NONE.strip())
    done = undo(store, found[0].id, by)
    lines = [f"restored {key}" for key in done.restored]
    lines += [f"left {key}: somebody wrote it since" for key in done.left]
    return Report("".join(f"{line}\n" for line in lines))
