"""A cluster in trouble: members lost, frozen, elected, compacted and restarted; no change is lost, none comes twice.

A writer counts on several keys with compare-and-swap while watches follow, one that begins at each member. In the end
every watch has seen exactly the writes that were acknowledged, in their order, and the syncer's receiver holds what the
store holds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.etcd.faults import FAULTS, LONG, Trial, Writer, eventually, leader
from tests.etcd.relay import relay
from tests.etcds import Etcd, cluster, compact, put, wait_for, wipe
from tortie.datastore import Change, EtcdSettings, Record, Syncer, SyncState
from tortie.datastore.etcd import EtcdDatastore
from tortie.datastore.etcd_watch import EtcdWatch
from tortie.errors import NotFound, Unavailable
from tortie.model import Key, Kind

KINDS = (Kind.TIER, Kind.GLOBAL_NETWORK_SET)
KEYS = [Key(kind, "", name) for kind in KINDS for name in "abc"]
pytestmark = pytest.mark.timeout(300)


def counted(count: int) -> tuple[Key, bytes]:
    return KEYS[count % len(KEYS)], str(count).encode()


@dataclass(slots=True)
class Follower:
    """Polls a watch as the syncer does, through every outage."""

    watch: EtcdWatch
    seen: list[Change] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def has_reached(self, revision: int) -> bool:
        return bool(self.seen) and int(self.seen[-1].revision) >= revision

    def __call__(self) -> None:
        while not self.done.is_set():
            try:
                self.seen += self.watch.poll(0.2)
            except Unavailable:
                self.done.wait(0.1)


@dataclass(slots=True)
class Receiver:
    """What a syncer told, as the agent takes it; a key told at a revision that is known is told twice."""

    syncer: Syncer
    held: dict[Key, Record] = field(default_factory=dict)
    twice: list[Key] = field(default_factory=list)
    lost_sight: bool = False

    def __call__(self) -> None:
        was_in_sync = False
        for batch in self.syncer:
            self.lost_sight |= was_in_sync and not batch.in_sync and any(r is None for _, r in batch.updates)
            was_in_sync |= batch.in_sync
            for key, record in batch.updates:
                known = self.held.pop(key, None)
                if known == record:
                    self.twice.append(key)
                if record is not None:
                    self.held[key] = record


@dataclass(slots=True)
class Watched:
    """Everything that runs while a fault happens."""

    members: list[Etcd]
    settings: EtcdSettings
    writer: Writer
    followers: list[Follower]
    receiver: Receiver

    def followed(self) -> Etcd:
        return leader(self.members)

    def see_outage(self) -> None:
        held = dict(self.receiver.held)
        eventually(lambda: self.receiver.syncer.status.state is SyncState.WAIT_FOR_READY, "the outage is not noticed")
        assert held.keys() <= self.receiver.held.keys()

    def see_silence(self) -> None:
        newest = max(self.writer.written)
        for follower in self.followers:
            eventually(partial(follower.has_reached, newest), "a watch stays with the member that is silent")


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Etcd]]:
    with cluster(tmp_path_factory.mktemp("cluster"), members=3) as found:
        yield found


@pytest.fixture
def trial(members: list[Etcd]) -> Iterator[Watched]:
    settings = EtcdSettings(",".join(etcd.url for etcd in members))
    for etcd in members:  # each is back from the fault of the test before
        wait_for(etcd.settings)
    wipe(members[0])
    stores = [EtcdDatastore(settings) for _ in range(len(members) + 2)]
    start = stores[0].list(Kind.TIER).revision
    followers = []
    for place, store in enumerate(stores[:3]):
        watch = store.watch(KINDS, start)
        assert isinstance(watch, EtcdWatch)
        store._calls.place = place
        followers.append(Follower(watch))
    writer, receiver = Writer(stores[3], counted), Receiver(Syncer(stores[4], KINDS))
    running: list[Callable[[], None]] = [*followers, writer, receiver]
    threads = [threading.Thread(target=each, daemon=True) for each in running]
    for thread in threads:
        thread.start()
    yield Watched(members, settings, writer, followers, receiver)
    writer.done.set()
    for follower in followers:
        follower.done.set()
    receiver.syncer.close()
    for thread in threads:
        thread.join(LONG)
    for store in stores:
        store.close()


def listed(store: EtcdDatastore) -> dict[Key, Record]:
    return {record.key: record for kind in KINDS for record in store.list(kind).records}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_change_is_lost_and_none_comes_twice(trial: Watched, fault: Callable[[Trial], None]) -> None:
    trial.writer.progress(40)
    fault(trial)
    trial.writer.progress(40)
    trial.writer.stop()
    wait_for(trial.settings)
    store = EtcdDatastore(trial.settings)
    written = trial.writer.written
    last = max(int(record.revision) for record in listed(store).values())
    for follower in trial.followers:
        eventually(partial(follower.has_reached, last), "a watch does not catch up")
        told = [int(change.revision) for change in follower.seen]
        assert told == sorted(set(told))
        seen = {int(c.revision): (c.key, c.record.value) for c in follower.seen if c.record is not None}
        assert written.items() <= seen.items()
        assert len(seen) - len(written) <= 1  # the write that was under way when the writer was stopped
    eventually(lambda: trial.receiver.held == listed(store), "the syncer's receiver does not hold what is stored")
    store.close()
    assert (trial.receiver.twice, trial.receiver.lost_sight) == ([], False)


# --- one client cut off -------------------------------------------------------------------------------------------


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Etcd]:
    with cluster(tmp_path) as (etcd,):
        yield etcd


def test_what_was_compacted_while_the_wire_was_cut_is_listed_again(one: Etcd) -> None:
    direct = EtcdDatastore(one.settings)
    for key in KEYS:
        direct.create(key, b"1")
    with relay(one.client) as wire:
        store = EtcdDatastore(EtcdSettings(wire.url))
        receiver = Receiver(Syncer(store, KINDS))
        threading.Thread(target=receiver, daemon=True).start()
        eventually(lambda: len(receiver.held) == len(KEYS), "the syncer does not begin")
        wire.cut()
        eventually(lambda: receiver.syncer.status.state is SyncState.WAIT_FOR_READY, "the outage is not noticed")
        direct.delete(KEYS[0])
        direct.update(KEYS[1], b"2", direct.get(KEYS[1]).revision)
        compact(one)
        assert len(receiver.held) == len(KEYS)
        wire.mend()
        eventually(lambda: KEYS[0] not in receiver.held, "what is gone is not told")
        eventually(lambda: receiver.held[KEYS[1]].value == b"2", "what is new is not told")
        assert (receiver.twice, len(receiver.held)) == ([], len(KEYS) - 1)
        receiver.syncer.close()
        store.close()
    direct.close()


def test_a_wire_that_falls_silent_is_noticed_and_the_other_member_asked(one: Etcd) -> None:
    with relay(one.client) as first, relay(one.client) as second:
        store = EtcdDatastore(EtcdSettings(f"{first.url},{second.url}"))
        store._calls.place = 0
        watch = store.watch([Kind.TIER], store.list(Kind.TIER).revision)
        assert watch.poll(0) == ()
        first.hold()
        put(one, "/calico/resources/v3/projectcalico.org/tiers/a", "1")
        began = time.monotonic()
        assert [change.key.name for change in watch.poll(LONG)] == ["a"]
        assert time.monotonic() - began < 30  # ten seconds until the ping, five until it counts as lost, and some
        assert store.get(Key(Kind.TIER, "", "a")).value == b"1"
        store.close()


def test_an_answer_that_got_lost_is_not_a_conflict(one: Etcd, monkeypatch: pytest.MonkeyPatch) -> None:
    """The write is done, its answer never comes: what is asked again finds its own work."""
    with relay(one.client) as deaf, relay(one.client) as sound:
        store = EtcdDatastore(EtcdSettings(f"{deaf.url},{sound.url}"))
        ask = store._calls._channels[0].unary_unary

        def swallow(method: str, **serializers: Any) -> Callable[..., object]:
            def asked(request: object, **options: Any) -> object:
                answer = ask(method, **serializers)(request, **options)
                if "Txn" in method:
                    deaf.cut()  # the wire is cut, and the true answer lost
                    return ask(method, **serializers)(request, **options)
                return answer

            return asked

        def unanswered(act: Callable[[], Record]) -> Record:
            store._calls.place = 0
            with monkeypatch.context() as patch:
                patch.setattr(store._calls._channels[0], "unary_unary", swallow)
                done = act()
            assert store._calls.place == 1
            deaf.mend()
            return done

        key = Key(Kind.TIER, "", "a")
        made = unanswered(lambda: store.create(key, b"1"))
        assert made == store.get(key)
        changed = unanswered(lambda: store.update(key, b"2", made.revision))
        assert changed == store.get(key)
        assert changed.value == b"2"
        assert unanswered(lambda: store.delete(key)) == changed
        with pytest.raises(NotFound):
            store.get(key)
        store.close()
