"""What every datastore promises of records and listings: each sentence of the protocol, on each implementation."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.stores import POLICY, SET, SOON, TIER, collect, forget, is_name, policy, tier
from tortie.datastore import Datastore, Record
from tortie.errors import Conflict, Expired, Invalid, NotFound, Unavailable
from tortie.model import Key

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
    if not is_name(datastore, other):
        with pytest.raises((Invalid, NotFound)):
            datastore.create(other, b"2")
        return
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
    every = [("a", "z"), ("a", "é"), ("a-b", "a"), ("a.b", "a"), ("b", "A"), ("b", "a"), ("b", "a-"), ("b", "a0")]
    names = [pair for pair in every if is_name(datastore, policy(*pair))]
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
