"""A change that is undone unless it is confirmed: its record first, then, once an agent follows it, the change."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import uuid4

from tortie.api import duration
from tortie.cli.output.summary import Report
from tortie.datastore import (
    Datastore,
    PendingChange,
    Record,
    Touched,
    carry_out,
    check_none_waits,
    digest,
    pending_of,
    propose,
    undo,
)
from tortie.errors import Conflict, Expired, Invalid, Unavailable
from tortie.model import Key

__all__ = ["MOST_SECONDS", "PATIENCE", "author", "confirmable", "time_of_day", "waiting_seconds"]

PATIENCE = 3.0
"""Seconds that an agent has to say that it follows."""

LEAST_SECONDS, MOST_SECONDS = 1.0, 24 * 3600.0

Changes = Mapping[Key, tuple[Record | None, Record | None]]


def waiting_seconds(text: str) -> float:
    """Return how long a change waits for confirmation; raises Invalid."""
    try:
        seconds = duration(text)
    except ValueError:
        seconds = 0.0
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        what = f"`--confirm {text}`: want a duration, from 1s to {MOST_SECONDS / 3600:.0f}h"
        raise Invalid.because(what, mend="for example 60s, 5m or 1h30m")
    return seconds


def author(environ: Mapping[str, str]) -> str:
    """Return who writes, as others are told: the user and the machine."""
    user = environ.get("SUDO_USER") or environ.get("USER") or "somebody"
    return f"{user}@{platform.node().lower()}"


def time_of_day(moment: datetime) -> str:
    """Return a moment of UTC as the record of a change tells it; later ones are greater as text."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def confirmable(
    store: Datastore, changes: Changes, seconds: float, report: Report, environ: Mapping[str, str]
) -> Report:
    """Carry out what a command has tried, undone after some seconds unless confirmed; return what to tell of it.

    Args:
        store: where to.
        changes: what was there of each key, and what is to be.
        seconds: how long it waits.
        report: of the command, as it was tried.
        environ: the environment, which tells who that is.

    Raises:
        Conflict: another change waits, or somebody changed the same at the same moment. Nothing was written.
        Invalid: the datastore cannot keep it. Nothing was written.
        Unavailable: the datastore does not answer; what was written is undone at the deadline.
    """
    touched = tuple(
        Touched(key, before, digest(after.value) if after is not None else "")
        for key, (before, after) in changes.items()
        if (before and before.value) != (after and after.value)
    )
    if not touched:
        check_none_waits(store)  # of whose words these may be the same again
        return report._replace(out=f"{report.out}nothing changes, so that there is nothing to confirm\n")
    until = time_of_day(datetime.now(UTC) + timedelta(seconds=seconds))
    change = PendingChange(str(uuid4()), seconds, until, author(environ), touched)
    followers = _proposed(store, change)
    try:
        carry_out(store, change, {each.key: changes[each.key][1] for each in touched})
    except Unavailable as error:
        raise Unavailable(f"{error}; agents undo at {until} what was written of it") from error
    lines = [f"{each.key} {_effect(each)}" for each in touched]
    lines.append(f"undone at {until}, after {seconds:g} seconds, unless you confirm: calicoctl confirm")
    if followers:
        lines.append(f"agents follow it, {followers[0]} among them")
    warning = "" if followers else _nobody()
    return report._replace(out=report.out + "".join(f"{line}\n" for line in lines), err=report.err + warning)


def _proposed(store: Datastore, change: PendingChange) -> tuple[str, ...]:
    """Store the record, and return the agents that say within a while that they follow it."""
    record = propose(store, change)
    try:
        return _followers(store, record)
    except (KeyboardInterrupt, Unavailable):
        undo(store, change.id, change.author)
        raise


def _followers(store: Datastore, record: Record) -> tuple[str, ...]:
    until = monotonic() + PATIENCE
    try:
        watch = store.watch([record.key.kind], record.revision)
        try:
            while (left := until - monotonic()) > 0:
                for each in watch.poll(left):
                    if each.record is None or (found := pending_of(each.record.value)).undone_by:
                        raise Conflict("the change was undone before it was written; try again")
                    if found.followers:
                        return found.followers
        finally:
            watch.close()
    except Expired:  # so many writes meanwhile: nobody has answered as far as we know
        pass
    return ()


def _effect(each: Touched) -> str:
    if not each.after:
        return "deleted"
    return "created" if each.before is None else "changed"


def _nobody() -> str:
    return (
        f"warning: no agent has answered within {PATIENCE:g} seconds\n"
        "  the first that follows this datastore undoes the change; or: calicoctl confirm --rollback\n"
    )
