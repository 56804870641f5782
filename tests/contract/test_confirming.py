"""A change that waits for confirmation, on every datastore: carried out, confirmed, undone, and met by others."""

from __future__ import annotations

import pytest

from tests.contract.confirming import (
    AFTER,
    BEFORE,
    CHANGED,
    CREATED,
    DELETED,
    KEPT,
    change_of,
    filled,
    said,
    write,
)
from tests.contract.stores import SOON, TIER, collect
from tortie.datastore import (
    PENDING_KEY,
    Datastore,
    Undone,
    carry_out,
    confirm,
    note,
    pending_in,
    propose,
    undo,
)
from tortie.errors import Conflict, NotFound
from tortie.model import Kind


def test_carried_out_and_confirmed_it_stands(datastore: Datastore) -> None:
    change, wanted = change_of(filled(datastore))
    assert pending_in(datastore) is None
    record = propose(datastore, change)
    assert pending_in(datastore) == (change, record)
    assert said(datastore) == BEFORE
    done = carry_out(datastore, change, wanted)
    assert said(datastore) == AFTER
    assert {each.key: each.revision for each in done.touched} == {
        CHANGED: datastore.get(CHANGED).revision,
        CREATED: datastore.get(CREATED).revision,
        DELETED: "",
    }
    assert confirm(datastore) == done
    assert (pending_in(datastore), said(datastore)) == (None, AFTER)
    with pytest.raises(NotFound, match="no change waits for confirmation"):
        confirm(datastore)


def test_undone_all_is_as_it_was(datastore: Datastore) -> None:
    change, wanted = change_of(filled(datastore))
    before = {key: datastore.get(key).value for key in BEFORE}
    propose(datastore, change)
    carry_out(datastore, change, wanted)
    assert undo(datastore, "one", "node-1") == Undone((DELETED, CREATED, CHANGED), ())
    assert {key: datastore.get(key).value for key in said(datastore)} == before
    assert pending_in(datastore) is None
    with pytest.raises(NotFound):
        undo(datastore, "one", "node-1")


def test_a_watch_hears_of_the_record_before_the_change(datastore: Datastore) -> None:
    change, wanted = change_of(filled(datastore))
    watch = datastore.watch([TIER, Kind.PENDING_CHANGE], datastore.list(TIER).revision)
    propose(datastore, change)
    carry_out(datastore, change, wanted)
    undo(datastore, "one", "node-1")
    keys = [each.key for each in collect(watch, 10)]
    record = PENDING_KEY
    assert keys == [record, CHANGED, CREATED, DELETED, record, record, DELETED, CREATED, CHANGED, record]
    watch.close()


@pytest.mark.parametrize("noted", [True, False])
def test_undone_by_content_where_revisions_were_never_noted(datastore: Datastore, *, noted: bool) -> None:
    change, _ = change_of(filled(datastore))
    propose(datastore, change)
    write(datastore, CHANGED, "new")  # as its writer did, who then died
    if noted:
        note(datastore, "one", lambda found: found.noted({CHANGED: datastore.get(CHANGED).revision}))
    assert undo(datastore, "one", "node-1").left == ()
    assert said(datastore) == BEFORE


def test_what_somebody_wrote_since_is_left_and_named(datastore: Datastore) -> None:
    change, wanted = change_of(filled(datastore))
    propose(datastore, change)
    carry_out(datastore, change, wanted)
    write(datastore, CHANGED, "new")  # the same again is somebody's too
    write(datastore, DELETED, "theirs")
    write(datastore, KEPT, "theirs")
    assert undo(datastore, "one", "node-1") == Undone((CREATED,), (DELETED, CHANGED))
    assert said(datastore) == {KEPT: "theirs", CHANGED: "new", DELETED: "theirs"}


def test_a_second_change_has_to_wait(datastore: Datastore) -> None:
    change, _ = change_of(filled(datastore))
    propose(datastore, change)
    with pytest.raises(Conflict, match="another change waits for confirmation of me@here, until 2026-01-01T00:01:00Z"):
        propose(datastore, change)


def test_somebody_who_is_faster_leaves_nothing_of_it(datastore: Datastore) -> None:
    change, wanted = change_of(filled(datastore))
    propose(datastore, change)
    write(datastore, DELETED, "theirs")
    with pytest.raises(Conflict, match="somebody else changed Tier/deleted"):
        carry_out(datastore, change, wanted)
    assert said(datastore) == {**BEFORE, DELETED: "theirs"}
    assert pending_in(datastore) is None


def test_what_is_being_undone_cannot_be_confirmed(datastore: Datastore) -> None:
    change, wanted = change_of(filled(datastore))
    propose(datastore, change)
    carry_out(datastore, change, wanted)
    record = datastore.get(PENDING_KEY)
    datastore.update(PENDING_KEY, record.value.replace(b'"undoneBy":""', b'"undoneBy":"node-7"'), record.revision)
    with pytest.raises(Conflict, match="too late: node-7 is undoing the change of me@here"):
        confirm(datastore)
    assert undo(datastore, "one", "node-1").left == ()  # whoever began, anybody may go on
    assert said(datastore) == BEFORE


def test_a_writer_that_is_overtaken_by_the_deadline_takes_back_what_it_wrote(datastore: Datastore) -> None:
    change, wanted = change_of(filled(datastore))
    propose(datastore, change)
    undo(datastore, "one", "node-1")
    with pytest.raises(Conflict, match="undone while it was written"):
        carry_out(datastore, change, wanted)
    assert said(datastore) == BEFORE


def test_the_watch_of_a_record_tells_who_follows(datastore: Datastore) -> None:
    change, _ = change_of(filled(datastore))
    record = propose(datastore, change)
    watch = datastore.watch([Kind.PENDING_CHANGE], record.revision)
    note(datastore, "one", lambda found: found.noted({}))  # nothing to note is no write
    assert watch.poll(0) == ()
    datastore.update(PENDING_KEY, change.noted({CHANGED: "5"}).encode(), record.revision)
    assert [each.key for each in watch.poll(SOON)] == [PENDING_KEY]
    with pytest.raises(NotFound):
        note(datastore, "two", lambda found: found)
    watch.close()
