"""The mirror that a syncer keeps equals the store whenever it is quiet, whatever went wrong on the way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.datastore import (
    Batch,
    Change,
    MemoryDatastore,
    Page,
    Record,
    Syncer,
    SyncState,
    SyncStatus,
    Watch,
    syncer,
)
from tortie.errors import Expired, Unavailable
from tortie.model import Key, Kind

KINDS = (Kind.TIER, Kind.NETWORK_SET)
Step = Callable[["World"], None]


def tier(name: str) -> Key:
    return Key(Kind.TIER, "", name)


class World:
    """A datastore to which the next step of a script happens before each answer; a step may also be a failure."""

    def __init__(self, steps: Sequence[Step] = (), history: int = 1000, *, doubts_empty: bool = False) -> None:
        self.store = MemoryDatastore(history=history)
        self.steps = list(steps)
        self.mirror: dict[Key, Record] = {}
        self.waits: list[float] = []
        self.states: list[SyncStatus] = []
        self.synced = False
        self.syncer = Syncer(self, KINDS, wait=self.wait, dice=lambda: 1.0, doubts_empty=doubts_empty)

    def wait(self, seconds: float) -> None:
        self.states.append(self.syncer.status)
        self.waits.append(seconds)

    def happen(self) -> None:
        if self.steps:
            self.steps.pop(0)(self)

    def list(self, kind: Kind, namespace: str = "", *, limit: int = 0, token: str = "") -> Page:
        assert limit > 0
        self.happen()
        return self.store.list(kind, namespace, limit=2, token=token)

    def watch(self, kinds: Collection[Kind], revision: str) -> Watch:
        self.happen()
        return WorldWatch(self, self.store.watch(kinds, revision))

    def watch_each(self, listed: Mapping[Kind, str]) -> Watch:
        self.happen()
        return WorldWatch(self, self.store.watch_each(listed))

    def takes(self, kind: Kind) -> bool:
        return self.store.takes(kind)

    def rename_former(self, key: Key) -> bool:
        return self.store.rename_former(key)

    def holds(self, kind: Kind) -> bool:
        return self.store.holds(kind)

    def get(self, key: Key) -> Record:
        return self.store.get(key)

    def create(self, key: Key, value: bytes) -> Record:
        return self.store.create(key, value)

    def update(self, key: Key, value: bytes, revision: str) -> Record:
        return self.store.update(key, value, revision)

    def delete(self, key: Key, revision: str = "") -> Record:
        return self.store.delete(key, revision)

    def close(self) -> None:
        self.store.close()

    def everything(self) -> dict[Key, Record]:
        return {record.key: record for kind in KINDS for record in self.store.list(kind).records}

    def write(self, key: Key, value: bytes | None) -> None:
        found = self.everything().get(key)
        if value is None:
            if found is not None:
                self.store.delete(key)
        elif found is None:
            self.store.create(key, value)
        else:
            self.store.update(key, value, found.revision)

    def run(self) -> Sequence[Batch]:
        """Mirror until the script is over and everything is told."""
        batches = []
        for batch in self.syncer:
            batches.append(batch)
            self.synced = self.synced or batch.in_sync
            assert len({key for key, _ in batch.updates}) == len(batch.updates)
            for key, record in batch.updates:
                if record is None:
                    assert batch.in_sync, "a deletion was told from a partial view"
                    del self.mirror[key]  # what was never told is never told gone
                else:
                    assert self.mirror.get(key) != record, "told twice"
                    self.mirror[key] = record
        return batches


class WorldWatch:
    def __init__(self, world: World, watch: Watch) -> None:
        self.world = world
        self.inner = watch

    def poll(self, seconds: float) -> Sequence[Change]:
        assert seconds > 0
        more = bool(self.world.steps)
        self.world.happen()
        changes = self.inner.poll(0)
        if not changes:
            assert self.world.synced
            assert self.world.mirror == self.world.everything()
            assert self.world.syncer.status.state in (SyncState.IN_SYNC, SyncState.WAIT_FOR_READY)
            if not more:
                self.world.syncer.close()
        return changes

    @property
    def closed(self) -> bool:
        return self.inner.closed

    def close(self) -> None:
        self.inner.close()


def unavailable(_: World) -> None:
    raise Unavailable("the store is away; start it")


def expired(_: World) -> None:
    raise Expired("list again")


def nothing(_: World) -> None:
    pass


def write(key: Key, value: bytes | None) -> Step:
    return lambda world: world.write(key, value)


def writes(*changes: tuple[str, bytes | None]) -> Step:
    def all_of_them(world: World) -> None:
        for name, value in changes:
            world.write(tier(name), value)

    return all_of_them


KEYS = st.one_of(
    st.builds(tier, st.sampled_from("abcde")),
    st.builds(Key, st.just(Kind.NETWORK_SET), st.just("shop"), st.sampled_from("abc")),
)
STEPS = st.one_of(
    st.builds(write, KEYS, st.none() | st.binary(max_size=1)),
    st.sampled_from([unavailable, expired, nothing]),
)


@given(st.lists(STEPS, max_size=60), st.sampled_from([2, 5, 1000]))
def test_the_mirror_equals_the_store_at_every_quiet_point(steps: Sequence[Step], history: int) -> None:
    world = World(steps, history)
    world.run()
    assert world.mirror == world.everything()


def test_an_empty_store_is_in_sync_at_once() -> None:
    assert World().run() == [Batch((), in_sync=True)]


def test_changes_of_one_key_are_told_once() -> None:
    world = World([nothing, nothing, nothing, writes(("a", b"1"), ("a", b"2"), ("b", b"1"), ("b", None), ("c", b"1"))])
    first, second = world.run()
    assert first == Batch((), in_sync=True)
    assert [(str(key), record and record.value) for key, record in second.updates] == [
        ("Tier/a", b"2"),
        ("Tier/c", b"1"),
    ]


def test_a_page_is_told_before_the_listing_is_whole() -> None:
    world = World([writes(("a", b""), ("b", b""), ("c", b""))])
    assert [(len(batch.updates), batch.in_sync) for batch in world.run()] == [(2, False), (1, False), (0, True)]


def test_a_record_that_went_unseen_is_told_gone_after_the_next_whole_listing() -> None:
    lost = [writes(("a", None), ("d", b"1"), ("d", b"2"), ("d", b"3"))]  # more than the history keeps
    world = World([writes(("a", b"")), nothing, nothing, *lost, unavailable, nothing, unavailable], history=2)
    told = [batch for batch in world.run() if batch.updates]
    assert [[(key.name, record is None) for key, record in batch.updates] for batch in told] == [
        [("a", False)],
        [("d", False)],
        [("a", True)],
    ]


def test_an_outage_changes_nothing_and_is_reported() -> None:
    world = World([writes(("a", b"1")), nothing, nothing, unavailable, unavailable, writes(("a", b"2"))])
    told = [batch for batch in world.run() if batch.updates]
    assert [record and record.value for batch in told for _, record in batch.updates] == [b"1", b"2"]
    assert world.states == [SyncStatus(SyncState.WAIT_FOR_READY, "the store is away; start it")] * 2
    assert world.syncer.status == SyncStatus(SyncState.IN_SYNC)


def test_waits_grow_to_their_longest_and_begin_anew() -> None:
    world = World([*[unavailable] * 12, nothing, nothing, nothing, nothing, unavailable])
    world.run()
    assert world.waits == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30, 30, 0.1])


def test_a_wait_is_jittered_down_to_half() -> None:
    world = World([unavailable])
    world.syncer._dice = lambda: 0.0
    world.run()
    assert world.waits == pytest.approx([0.05])


def test_the_first_expiry_is_mended_at_once_the_next_after_a_wait() -> None:
    world = World([nothing, nothing, expired, nothing, nothing, expired])
    world.run()
    assert world.waits == pytest.approx([0.2])
    assert world.states == [SyncStatus(SyncState.RESYNC, "list again")]


LOST = [writes(("a", b"")), nothing, nothing, expired, writes(("a", None), ("default", b"")), nothing]


def test_a_store_that_lost_everything_is_taken_for_one_that_is_away() -> None:
    world = World([*LOST, nothing, nothing, writes(("b", b"")), nothing, nothing, nothing], doubts_empty=True)
    told = [[(key.name, record is None) for key, record in each.updates] for each in world.run() if each.updates]
    assert told == [[("a", False)], [("default", False)], [("b", False)], [("a", True)]]
    assert {state.state for state in world.states} == {SyncState.WAIT_FOR_READY}
    assert all(state.error.startswith("the datastore is empty, but was not before") for state in world.states)


@pytest.mark.parametrize("steps", [LOST, [expired, expired]])
def test_an_empty_store_is_believed_where_nothing_was_known_or_nobody_doubts(steps: Sequence[Step]) -> None:
    world = World(steps, doubts_empty=steps is not LOST)
    world.run()
    assert world.mirror == world.everything()


def test_everything_may_be_deleted_while_it_is_watched() -> None:
    world = World([writes(("a", b"")), nothing, nothing, writes(("a", None))], doubts_empty=True)
    world.run()
    assert world.mirror == {}


def test_kinds_without_a_place_in_the_store_are_not_asked_for() -> None:
    class Tiers(MemoryDatastore):
        def holds(self, kind: Kind) -> bool:
            return kind is Kind.TIER

        def list(self, kind: Kind, namespace: str = "", *, limit: int = 0, token: str = "") -> Page:
            assert kind is Kind.TIER
            return super().list(kind, namespace, limit=limit, token=token)

    syncer = Syncer(Tiers(), [Kind.POD, Kind.TIER])
    assert next(iter(syncer)).in_sync
    syncer.close()


def test_a_syncer_keeps_only_keys_and_revisions() -> None:
    world = World([writes(("a", b"x" * 1000))])
    world.run()
    assert world.syncer._known == {tier("a"): "1"}


def test_a_syncer_needs_a_kind() -> None:
    with pytest.raises(ValueError, match="at least one kind"):
        Syncer(MemoryDatastore(), [])


@pytest.mark.parametrize("away", [False, True])
def test_close_from_another_thread_ends_the_iteration(*, away: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncer, "FIRST_DELAY", 1e6)
    monkeypatch.setattr(syncer, "LONGEST_DELAY", 1e6)
    store = MemoryDatastore()
    if away:
        store.close()
    running = Syncer(store, KINDS)
    batches: Iterator[Batch] = iter(running)
    with ThreadPoolExecutor(1) as pool:
        if not away:
            assert next(batches) == Batch((), in_sync=True)
        waiting = pool.submit(lambda: list(batches))
        running.close()
        assert waiting.result(20.0) == []


@pytest.mark.timeout(20)
def test_a_datastore_that_is_closed_under_its_syncer_is_asked_again_only_after_waits() -> None:
    store = MemoryDatastore()
    outages: list[tuple[float, SyncStatus]] = []

    def wait(seconds: float) -> None:
        outages.append((seconds, running.status))
        if len(outages) == 3:
            running.close()

    running = Syncer(store, KINDS, wait=wait, dice=lambda: 1.0)
    batches = iter(running)
    assert next(batches) == Batch((), in_sync=True)
    store.close()
    assert list(batches) == []
    assert [seconds for seconds, _ in outages] == [0.1, 0.2, 0.4]
    assert all(status.state is SyncState.WAIT_FOR_READY and "closed" in status.error for _, status in outages)
