"""What every datastore promises: each sentence of the protocol, on each implementation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tortie.datastore import Change, Datastore, MemoryDatastore, Record, SqliteDatastore, Watch
from tortie.errors import Conflict, Expired, NotFound, Unavailable
from tortie.model import Key, Kind

HISTORY = 40
SOON = 20.0  # seconds; reached only by a failing test
POLICY, SET, TIER = Kind.NETWORK_POLICY, Kind.NETWORK_SET, Kind.TIER


def memory_datastore(_: Path) -> Datastore:
    return MemoryDatastore(history=HISTORY)


def sqlite_datastore(directory: Path) -> Datastore:
    return SqliteDatastore(directory / "store.db", history=HISTORY)


@pytest.fixture(params=[memory_datastore, sqlite_datastore])
def datastore(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Datastore]:
    make: Callable[[Path], Datastore] = request.param
    store = make(tmp_path)
    yield store
    store.close()


def tier(name: str) -> Key:
    return Key(TIER, "", name)


def policy(namespace: str, name: str) -> Key:
    return Key(POLICY, namespace, name)


def forget(store: Datastore) -> None:
    """Make the store compact away everything that happened before."""
    for _ in range(HISTORY + 1):
        store.create(tier("filler"), b"")
        store.delete(tier("filler"))


def collect(watch: Watch, count: int) -> Sequence[Change]:
    seen: list[Change] = []
    while len(seen) < count:
        changes = watch.poll(SOON)
        assert changes, f"only {len(seen)} of {count} changes came"
        seen.extend(changes)
    return seen


# --- one record ---------------------------------------------------------------------------------------------------


def test_get_returns_what_was_created(datastore: Datastore) -> None:
    created = datastore.create(policy("shop", "db"), b'{"a":1}')
    assert (created.key, created.value) == (policy("shop", "db"), b'{"a":1}')
    assert datastore.get(policy("shop", "db")) == created


def test_any_bytes_are_kept(datastore: Datastore) -> None:
    values = [b"", bytes(range(256)), b"x" * 1_000_000]
    for number, value in enumerate(values):
        datastore.create(tier(f"t{number}"), value)
    assert [record.value for record in datastore.list(TIER).records] == values


def test_get_of_what_is_absent(datastore: Datastore) -> None:
    with pytest.raises(NotFound, match="Tier/none does not exist"):
        datastore.get(tier("none"))


@pytest.mark.parametrize(
    "other", [Key(SET, "shop", "db"), policy("shop", "db2"), policy("shop2", "db"), policy("Shop", "db")]
)
def test_keys_differ_by_kind_namespace_and_name(datastore: Datastore, other: Key) -> None:
    first = datastore.create(policy("shop", "db"), b"1")
    second = datastore.create(other, b"2")
    assert (datastore.get(first.key), datastore.get(other)) == (first, second)


def test_create_of_what_exists_conflicts_and_changes_nothing(datastore: Datastore) -> None:
    first = datastore.create(tier("a"), b"1")
    with pytest.raises(Conflict, match="Tier/a exists already"):
        datastore.create(tier("a"), b"2")
    assert datastore.get(tier("a")) == first


def test_update_at_its_revision_replaces(datastore: Datastore) -> None:
    first = datastore.create(tier("a"), b"1")
    second = datastore.update(tier("a"), b"2", first.revision)
    assert second.value == b"2"
    assert second.revision != first.revision
    assert datastore.get(tier("a")) == second


def test_update_to_the_same_value_is_a_change(datastore: Datastore) -> None:
    first = datastore.create(tier("a"), b"1")
    assert datastore.update(tier("a"), b"1", first.revision).revision != first.revision


@pytest.mark.parametrize("revision", ["", "0", "999999999", "word", "01"])
def test_update_at_another_revision_conflicts(datastore: Datastore, revision: str) -> None:
    first = datastore.create(tier("a"), b"1")
    with pytest.raises(Conflict, match="Tier/a is at revision"):
        datastore.update(tier("a"), b"2", revision)
    assert datastore.get(tier("a")) == first


def test_update_of_what_is_absent(datastore: Datastore) -> None:
    with pytest.raises(NotFound):
        datastore.update(tier("a"), b"2", "1")


def test_update_after_an_update_conflicts(datastore: Datastore) -> None:
    first = datastore.create(tier("a"), b"1")
    second = datastore.update(tier("a"), b"2", first.revision)
    with pytest.raises(Conflict):
        datastore.update(tier("a"), b"3", first.revision)
    assert datastore.get(tier("a")) == second


@pytest.mark.parametrize("conditional", [True, False])
def test_delete_returns_the_record_as_it_was(datastore: Datastore, *, conditional: bool) -> None:
    first = datastore.create(tier("a"), b"1")
    assert datastore.delete(tier("a"), first.revision if conditional else "") == first
    with pytest.raises(NotFound):
        datastore.get(tier("a"))


def test_delete_at_another_revision_conflicts(datastore: Datastore) -> None:
    first = datastore.create(tier("a"), b"1")
    second = datastore.update(tier("a"), b"2", first.revision)
    with pytest.raises(Conflict):
        datastore.delete(tier("a"), first.revision)
    assert datastore.get(tier("a")) == second


@pytest.mark.parametrize("revision", ["", "1"])
def test_delete_of_what_is_absent(datastore: Datastore, revision: str) -> None:
    with pytest.raises(NotFound):
        datastore.delete(tier("a"), revision)


def test_created_again_is_another_revision(datastore: Datastore) -> None:
    first = datastore.create(tier("a"), b"1")
    datastore.delete(tier("a"))
    again = datastore.create(tier("a"), b"1")
    assert again.revision != first.revision
    with pytest.raises(Conflict):
        datastore.update(tier("a"), b"2", first.revision)


# --- listing ------------------------------------------------------------------------------------------------------


def test_list_is_in_byte_order_of_namespace_then_name(datastore: Datastore) -> None:
    names = [("a", "z"), ("a", "é"), ("a-b", "a"), ("a.b", "a"), ("b", "A"), ("b", "a"), ("b", "a-"), ("b", "a0")]
    for namespace, name in reversed(names):
        datastore.create(policy(namespace, name), b"")
    listed = [(record.key.namespace, record.key.name) for record in datastore.list(POLICY).records]
    assert listed == names
    assert names == sorted(names, key=lambda pair: (pair[0].encode(), pair[1].encode()))


def test_list_keeps_to_its_kind_and_namespace(datastore: Datastore) -> None:
    wanted = datastore.create(policy("shop", "a"), b"")
    other = datastore.create(policy("shop2", "a"), b"")
    datastore.create(Key(SET, "shop", "a"), b"")
    assert datastore.list(POLICY, "shop").records == (wanted,)
    assert datastore.list(POLICY).records == (wanted, other)
    assert datastore.list(POLICY, "sho").records == ()


def test_list_without_a_limit_is_one_page(datastore: Datastore) -> None:
    for number in range(30):
        datastore.create(tier(f"t{number:02}"), b"")
    page = datastore.list(TIER)
    assert (len(page.records), page.more) == (30, "")


@pytest.mark.parametrize(("limit", "sizes"), [(1, [1, 1, 1, 1]), (2, [2, 2]), (3, [3, 1]), (4, [4]), (5, [4])])
def test_pages_hold_at_most_limit_records(datastore: Datastore, limit: int, sizes: list[int]) -> None:
    for name in "abcd":
        datastore.create(tier(name), b"")
    pages = [datastore.list(TIER, limit=limit)]
    while pages[-1].more:
        pages.append(datastore.list(TIER, limit=limit, token=pages[-1].more))
    assert [len(page.records) for page in pages] == sizes
    assert tuple(record for page in pages for record in page.records) == datastore.list(TIER).records


def test_pages_belong_to_one_snapshot_whatever_is_written_meanwhile(datastore: Datastore) -> None:
    for name in ("b", "d", "f", "h"):
        datastore.create(policy("shop", name), b"old")
    before = datastore.list(POLICY)
    page = datastore.list(POLICY, limit=1)
    seen = list(page.records)
    for name in ("d", "h"):
        changed = datastore.update(policy("shop", name), b"new", datastore.get(policy("shop", name)).revision)
        datastore.update(policy("shop", name), b"newer", changed.revision)
    datastore.delete(policy("shop", "f"))
    datastore.create(policy("shop", "f"), b"another")
    datastore.create(policy("shop", "c"), b"another")
    datastore.delete(policy("shop", "b"))
    while page.more:
        page = datastore.list(POLICY, limit=1, token=page.more)
        assert page.revision == before.revision
        seen.extend(page.records)
    assert tuple(seen) == before.records


def test_pages_of_a_namespace(datastore: Datastore) -> None:
    for namespace in ("a", "b", "c"):
        for name in "xyz":
            datastore.create(policy(namespace, name), b"")
    first = datastore.list(POLICY, "b", limit=2)
    datastore.delete(policy("b", "z"))
    second = datastore.list(POLICY, "b", limit=2, token=first.more)
    assert [str(record.key) for record in (*first.records, *second.records)] == [
        f"NetworkPolicy/b/{name}" for name in "xyz"
    ]
    assert second.more == ""


def test_a_token_whose_snapshot_is_forgotten_expires(datastore: Datastore) -> None:
    for name in "abc":
        datastore.create(tier(name), b"")
    token = datastore.list(TIER, limit=1).more
    forget(datastore)
    with pytest.raises(Expired):
        datastore.list(TIER, limit=1, token=token)


@pytest.mark.parametrize("token", ["nonsense", "1", "x:/a", "999999999:/a"])
def test_a_token_that_was_never_given_expires(datastore: Datastore, token: str) -> None:
    datastore.create(tier("a"), b"")
    with pytest.raises(Expired):
        datastore.list(TIER, limit=1, token=token)


# --- watching -----------------------------------------------------------------------------------------------------


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


def test_a_watch_keeps_to_its_kinds_in_one_order(datastore: Datastore) -> None:
    watch = datastore.watch([TIER, POLICY], datastore.list(TIER).revision)
    made = [
        datastore.create(tier("a"), b""),
        datastore.create(Key(SET, "shop", "unseen"), b""),
        datastore.create(policy("shop", "a"), b""),
        datastore.create(tier("b"), b""),
    ]
    wanted = [record for record in made if record.key.kind is not SET]
    assert [change.record for change in collect(watch, 3)] == wanted
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
        (datastore if whole else watch).close()
        assert waiting.result(SOON) == ()
    assert watch.poll(1e9) == ()
    watch.close()


# --- several at once ----------------------------------------------------------------------------------------------


def test_concurrent_compare_and_swap_loses_no_update(datastore: Datastore) -> None:
    threads, rounds = 4, 9  # within what the history keeps
    datastore.create(tier("counter"), b"0")
    watch = datastore.watch([TIER], datastore.list(TIER).revision)

    def count() -> None:
        done = 0
        while done < rounds:
            found = datastore.get(tier("counter"))
            try:
                datastore.update(found.key, str(int(found.value) + 1).encode(), found.revision)
            except Conflict:
                continue
            done += 1

    with ThreadPoolExecutor(threads) as pool:
        for future in [pool.submit(count) for _ in range(threads)]:
            future.result(SOON)
    assert datastore.get(tier("counter")).value == str(threads * rounds).encode()
    values = [int(change.record.value) for change in collect(watch, threads * rounds) if change.record]
    assert values == list(range(1, threads * rounds + 1))
    watch.close()


def test_one_of_many_creators_wins(datastore: Datastore) -> None:
    barrier = threading.Barrier(4)

    def attempt(number: int) -> Record | None:
        barrier.wait(SOON)
        try:
            return datastore.create(tier("a"), str(number).encode())
        except Conflict:
            return None

    with ThreadPoolExecutor(4) as pool:
        won = [record for record in pool.map(attempt, range(4)) if record is not None]
    assert won == [datastore.get(tier("a"))]


def test_after_close_every_call_is_unavailable(datastore: Datastore) -> None:
    calls: list[Callable[[], object]] = [
        lambda: datastore.get(tier("a")),
        lambda: datastore.list(TIER),
        lambda: datastore.create(tier("b"), b""),
        lambda: datastore.update(tier("a"), b"", "1"),
        lambda: datastore.delete(tier("a")),
        lambda: datastore.watch([TIER], "1"),
    ]
    datastore.create(tier("a"), b"")
    datastore.close()
    for call in calls:
        with pytest.raises(Unavailable, match="closed"):
            call()
    datastore.close()
