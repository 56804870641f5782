"""Changes that wait for confirmation, in the datastore: proposed, carried out, confirmed or undone.

At most one waits at a time. Its record is there before anything is written, so that whoever hears of the change has
heard of the record. Every step is a compare-and-swap, and can be repeated by anybody: nothing is lost by a process that
ends in between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tortie.datastore.pending import PENDING_KEY, PendingChange, Touched, pending_of
from tortie.datastore.protocol import Datastore, Record
from tortie.errors import Conflict, Invalid, NotFound
from tortie.model import Key

__all__ = ["Undone", "carry_out", "check_none_waits", "confirm", "note", "pending_in", "propose", "undo"]

_NOTHING = "no change waits for confirmation"


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of the resources of a change that was undone: put back, or left as somebody wrote them since."""

    restored: tuple[Key, ...]
    left: tuple[Key, ...]


def pending_in(store: Datastore) -> tuple[PendingChange, Record] | None:
    """Return the change that waits, with its record; None where none does.

    Raises:
        Invalid: what is stored there cannot be understood.
        Unavailable: the datastore does not answer.
    """
    try:
        record = store.get(PENDING_KEY)
    except NotFound:
        return None
    return pending_of(record.value), record


def propose(store: Datastore, change: PendingChange) -> Record:
    """Store the record of a change of which nothing is written yet.

    Raises:
        Invalid: the datastore has no place for it.
        Conflict: another change waits.
        Unavailable: the datastore does not answer.
    """
    if not store.holds(PENDING_KEY.kind):
        what = "this datastore cannot keep a change that waits for confirmation"
        raise Invalid.because(what, mend="leave out `--confirm`")
    try:
        return store.create(PENDING_KEY, change.encode())
    except Conflict:
        raise _another(pending_in(store)) from None


def check_none_waits(store: Datastore) -> None:
    """Raise Conflict where a change waits; Invalid and Unavailable as `pending_in` does."""
    if store.holds(PENDING_KEY.kind) and (found := pending_in(store)) is not None:
        raise _another(found)


def note(store: Datastore, id_: str, edit: Callable[[PendingChange], PendingChange]) -> PendingChange:
    """Edit the record of a change, whatever others do to it meanwhile; return what it says now.

    Raises:
        NotFound: that change does not wait (any more).
        Invalid: what is stored there cannot be understood.
        Unavailable: the datastore does not answer.
    """
    while True:
        found = pending_in(store)
        if found is None or found[0].id != id_:
            raise NotFound(_NOTHING)
        change, record = found
        edited = edit(change)
        if edited == change:
            return change
        try:
            store.update(PENDING_KEY, edited.encode(), record.revision)
        except (Conflict, NotFound):
            continue
        return edited


def carry_out(store: Datastore, change: PendingChange, wanted: Mapping[Key, Record | None]) -> PendingChange:
    """Write what a proposed change is about (None: delete), and note the revisions.

    Raises:
        Conflict: somebody else changed one of the resources meanwhile, or undid the change. Nothing of it stays.
        Invalid: the datastore takes no such value. Nothing of it stays.
        Unavailable: the datastore does not answer; what was written is undone at the deadline.
    """
    revisions: dict[Key, str] = {}
    for each in change.touched:
        try:
            revisions[each.key] = _write(store, each, wanted[each.key])
        except (Conflict, NotFound, Invalid) as error:
            undo(store, change.id, change.author, change.noted(revisions))
            if isinstance(error, Invalid):
                raise
            what = f"somebody else changed {each.key} at the same moment, and nothing was written; try again"
            raise Conflict(what) from error
    written = change.noted(revisions)
    try:
        if not (noted := note(store, change.id, lambda found: found.noted(revisions))).undone_by:
            return noted
    except NotFound:
        pass
    for each in reversed(written.touched):
        _restore(store, each)
    raise Conflict("the change was undone while it was written; try again")


def confirm(store: Datastore) -> PendingChange:
    """Let the change that waits stand, and return it.

    Raises:
        NotFound: none waits.
        Conflict: somebody has begun to undo it.
        Invalid: what is stored there cannot be understood.
        Unavailable: the datastore does not answer.
    """
    while True:
        found = pending_in(store)
        if found is None:
            raise NotFound(f"{_NOTHING}: it was confirmed, or undone in the meantime")
        change, record = found
        if change.undone_by:
            raise Conflict(f"it is too late: {change.undone_by} is undoing the change of {change.author}")
        try:
            store.delete(PENDING_KEY, record.revision)
        except (Conflict, NotFound):
            continue
        return change


def undo(store: Datastore, id_: str, by: str, known: PendingChange | None = None) -> Undone:
    """Put back what a change wrote, but for what somebody wrote since, and remove its record.

    Args:
        store: where.
        id_: the change's.
        by: who does that.
        known: the change with revisions that the record may lack.

    Raises:
        NotFound: that change does not wait (any more).
        Invalid: what is stored there cannot be understood.
        Unavailable: the datastore does not answer; somebody has to go on later.
    """
    revisions = {each.key: each.revision for each in known.touched if each.revision} if known is not None else {}
    change = note(store, id_, lambda found: replace(found.noted(revisions), undone_by=found.undone_by or by))
    restored: list[Key] = []
    left: list[Key] = []
    for each in reversed(change.touched):
        (restored if _restore(store, each) else left).append(each.key)
    _remove(store, id_)
    return Undone(tuple(restored), tuple(left))


def _remove(store: Datastore, id_: str) -> None:
    """Remove the record of a change, where nobody was faster."""
    while (found := pending_in(store)) is not None and found[0].id == id_:
        try:
            store.delete(PENDING_KEY, found[1].revision)
        except (Conflict, NotFound):
            continue


def _write(store: Datastore, each: Touched, wanted: Record | None) -> str:
    """Write one resource as it is wanted, where it is still as it was; return the revision, "" of a deletion."""
    if wanted is None:
        store.delete(each.key, each.before.revision if each.before is not None else "")
        return ""
    if each.before is None:
        return store.create(each.key, wanted.value).revision
    return store.update(each.key, wanted.value, each.before.revision).revision


def _restore(store: Datastore, each: Touched) -> bool:
    """Put back one resource; return whether it is as it was before the change."""
    while True:
        try:
            now: Record | None = store.get(each.key)
        except NotFound:
            now = None
        if not each.is_written(now):
            return each.is_as_before(now)
        try:
            if now is None and each.before is not None:
                store.create(each.key, each.before.value)
            elif now is not None and each.before is None:
                store.delete(each.key, now.revision)
            elif now is not None and each.before is not None:
                store.update(each.key, each.before.value, now.revision)
        except (Conflict, NotFound):
            continue
        return True


def _another(found: tuple[PendingChange, Record] | None) -> Conflict:
    """Return why a change cannot wait beside the one that does; None: that has just ended."""
    about = f" of {found[0].author}, until {found[0].until}" if found is not None else ""
    mend = "end it first with `calicoctl confirm`, or `calicoctl confirm --rollback`"
    return Conflict(f"another change waits for confirmation{about}; {mend}")
