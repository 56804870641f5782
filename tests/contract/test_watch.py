"""What every datastore promises of watches: each sentence of the protocol, on each implementation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.stores import HISTORY, POLICY, SET, SOON, TIER, collect, forget, policy, tier
from tortie.datastore import Change, Datastore
from tortie.errors import Conflict, Expired, NotFound
from tortie.model import Key


def test_an_empty_listing_has_a_revision_to_watch_from(datastore: Datastore) -> None:
    page = datastore.list(TIER)
    assert (page.records, page.more) == ((), "")
    watch = datastore.watch([TIER], page.revision)
    assert watch.poll(0) == ()
    made = datastore.create(tier("a"), b"1")
    assert watch.poll(SOON) == (Change(made.key, made, made.revision),)
    assert watch.poll(0) == ()
    watch.close()


def test_a_watch_sees_every_change_once_and_in_order(datastore: Datastore) -> None:
    start = datastore.list(TIER).revision
    early = datastore.watch([TIER], start)
    first = datastore.create(tier("a"), b"1")
    second = datastore.update(tier("a"), b"2", first.revision)
    other = datastore.create(tier("b"), b"3")
    datastore.delete(tier("a"))
    again = datastore.create(tier("a"), b"4")
    late = datastore.watch([TIER], start)
    for watch in (early, late):
        changes = collect(watch, 5)
        assert [(change.key, change.record) for change in changes] == [
            (tier("a"), first),
            (tier("a"), second),
            (tier("b"), other),
            (tier("a"), None),
            (tier("a"), again),
        ]
        assert [change.revision for change in changes if change.record] == [
            record.revision for record in (first, second, other, again)
        ]
        assert len({change.revision for change in changes}) == 5
        assert watch.poll(0) == ()
        watch.close()


def test_a_watch_starts_after_its_revision(datastore: Datastore) -> None:
    datastore.create(tier("a"), b"1")
    middle = datastore.list(TIER).revision
    later = datastore.create(tier("b"), b"2")
    watch = datastore.watch([TIER], middle)
    assert [change.record for change in collect(watch, 1)] == [later]
    watch.close()


def test_a_listing_joins_its_watch_without_gap_or_overlap(datastore: Datastore) -> None:
    state = {}
    for name in "abc":
        datastore.create(tier(name), b"1")
    page = datastore.list(TIER, limit=1)
    datastore.delete(tier("b"))
    datastore.create(tier("aa"), b"2")
    state.update({record.key: record for record in page.records})
    revision = page.revision
    while page.more:
        page = datastore.list(TIER, limit=1, token=page.more)
        state.update({record.key: record for record in page.records})
    watch = datastore.watch([TIER], revision)
    for change in collect(watch, 2):
        if change.record is None:
            del state[change.key]
        else:
            state[change.key] = change.record
    assert tuple(state[key] for key in sorted(state)) == datastore.list(TIER).records
    watch.close()


def test_a_watch_keeps_to_its_kinds_and_to_the_order_of_each(datastore: Datastore) -> None:
    watch = datastore.watch([TIER, POLICY], datastore.list(TIER).revision)
    made = [
        datastore.create(tier("a"), b""),
        datastore.create(Key(SET, "shop", "unseen"), b""),
        datastore.create(policy("shop", "a"), b""),
        datastore.create(tier("b"), b""),
    ]
    wanted = [record for record in made if record.key.kind is not SET]
    changes = collect(watch, 3)
    for kind in (TIER, POLICY):  # the order of different kinds is not promised
        assert [change.record for change in changes if change.key.kind is kind] == [
            record for record in wanted if record.key.kind is kind
        ]
    assert watch.poll(0) == ()
    watch.close()


def test_a_refused_write_is_no_change(datastore: Datastore) -> None:
    datastore.create(tier("a"), b"1")
    watch = datastore.watch([TIER], datastore.list(TIER).revision)
    with pytest.raises(Conflict):
        datastore.create(tier("a"), b"2")
    with pytest.raises(Conflict):
        datastore.update(tier("a"), b"2", "999")
    with pytest.raises(NotFound):
        datastore.delete(tier("b"))
    assert watch.poll(0) == ()
    watch.close()


def test_watching_from_a_forgotten_revision_expires(datastore: Datastore) -> None:
    start = datastore.list(TIER).revision
    datastore.create(tier("a"), b"1")
    forget(datastore)
    with pytest.raises(Expired):
        datastore.watch([TIER], start)


@pytest.mark.parametrize("revision", ["999999999", "word", "", "-1"])
def test_watching_from_a_revision_that_never_was_expires(datastore: Datastore, revision: str) -> None:
    with pytest.raises(Expired):
        datastore.watch([TIER], revision)


def test_a_watch_left_behind_expires_even_if_its_kinds_were_quiet(datastore: Datastore) -> None:
    watch = datastore.watch([POLICY], datastore.list(POLICY).revision)
    forget(datastore)
    with pytest.raises(Expired):
        watch.poll(0)
    watch.close()


def test_a_watch_that_keeps_up_never_expires(datastore: Datastore) -> None:
    watch = datastore.watch([POLICY], datastore.list(POLICY).revision)
    for _ in range(HISTORY):
        datastore.create(tier("a"), b"")
        datastore.delete(tier("a"))
        assert watch.poll(0) == ()
    made = datastore.create(policy("shop", "a"), b"")
    assert [change.record for change in collect(watch, 1)] == [made]
    watch.close()


def test_a_change_wakes_a_waiting_poll(datastore: Datastore) -> None:
    watch = datastore.watch([TIER], datastore.list(TIER).revision)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(watch.poll, SOON)
        made = datastore.create(tier("a"), b"")
        assert [change.record for change in waiting.result(SOON)] == [made]
    watch.close()


@pytest.mark.parametrize("whole", [False, True], ids=["watch", "datastore"])
def test_close_wakes_a_waiting_poll(datastore: Datastore, *, whole: bool) -> None:
    watch = datastore.watch([TIER], datastore.list(TIER).revision)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(watch.poll, 1e9)
        assert not watch.closed
        (datastore if whole else watch).close()
        assert waiting.result(SOON) == ()
    assert watch.poll(1e9) == ()
    assert watch.closed
    watch.close()
