"""A watch on a scripted etcd: where it goes on after each way of breaking, and what it delivers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import grpc
import pytest

from tortie.datastore import Change, Record
from tortie.datastore.etcd_calls import EtcdCalls
from tortie.datastore.etcd_keys import ROOT, path_of
from tortie.datastore.etcd_messages import RangeResponse, WatchResponse
from tortie.datastore.etcd_settings import EtcdSettings
from tortie.datastore.etcd_watch import QUEUE, EtcdWatch
from tortie.errors import Expired, Unavailable
from tortie.model import Key, Kind

CREATED = WatchResponse(created=True, header={"revision": 9000})
SOON = 20.0


class Broken(grpc.RpcError):
    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNAVAILABLE

    def details(self) -> str:
        return "the wire broke"


def tier(name: str) -> Key:
    return Key(Kind.TIER, "", name)


def events(*revisions: int, at: int = 0, fragment: bool = False) -> Any:
    found = [{"kv": {"key": path_of(tier(f"t{n}")), "value": b"v", "mod_revision": n}} for n in revisions]
    return WatchResponse(header={"revision": at or max(revisions)}, events=found, fragment=fragment)


def progress(revision: int) -> Any:
    return WatchResponse(header={"revision": revision})


class Stream:
    """Yields what is scripted; then breaks, or stays open until it is cancelled."""

    def __init__(self, script: Iterable[Any], requests: Iterator[Any], *, stays: bool) -> None:
        self.request = next(requests).create_request
        self.script, self.stays = list(script), stays
        self.given = 0
        self.cancelled = threading.Event()

    def __iter__(self) -> Iterator[Any]:
        for response in self.script:
            self.given += 1
            yield response
        if self.stays:
            self.cancelled.wait(SOON)
        raise Broken

    def cancel(self) -> None:
        self.cancelled.set()


class Calls(EtcdCalls):
    """An etcd of two members with a script for each stream; the last one stays open."""

    def __init__(self, *scripts: Iterable[Any]) -> None:
        super().__init__(EtcdSettings("http://127.0.0.1:1,http://127.0.0.1:2"))
        self.scripts = list(scripts)
        self.streams: list[Stream] = []
        self.cluster = 7
        self.compacted = 0
        self.forgotten = 0

    def range(self, request: Any, *, seconds: float = 0.0) -> Any:
        assert seconds == 0.0
        if request.revision < self.compacted:
            raise Expired("compacted; list again")
        return RangeResponse(header={"cluster_id": self.cluster})

    def watch(self, requests: Iterable[Any]) -> tuple[int, Any]:
        script = self.scripts.pop(0)
        self.streams.append(Stream(script, iter(requests), stays=not self.scripts))
        return self.place, self.streams[-1]

    def forget_token(self, used: str | None = None) -> None:
        assert used is None
        self.forgotten += 1

    @property
    def starts(self) -> list[int]:
        return [stream.request.start_revision for stream in self.streams]


Start = Callable[..., tuple[Calls, EtcdWatch]]


@pytest.fixture
def start() -> Iterator[Start]:
    watches: list[EtcdWatch] = []

    def begin(*scripts: Iterable[Any], kinds: Iterable[Kind] = (Kind.TIER,)) -> tuple[Calls, EtcdWatch]:
        calls = Calls(*scripts)
        watches.append(EtcdWatch(calls, frozenset(kinds), 100))
        return calls, watches[-1]

    yield begin
    for watch in watches:
        watch.close()


def revisions(changes: Iterable[Change]) -> list[int]:
    return [int(change.revision) for change in changes]


def collect(watch: EtcdWatch, count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        changes = watch.poll(SOON)
        assert changes
        found += revisions(changes)
    return found


def test_it_asks_for_what_comes_after_its_revision(start: Start) -> None:
    calls, watch = start([CREATED, events(101, 103)])
    assert watch.poll(SOON) == tuple(
        Change(tier(f"t{n}"), Record(tier(f"t{n}"), b"v", str(n)), str(n)) for n in (101, 103)
    )
    (request,) = (stream.request for stream in calls.streams)
    assert (request.key, request.range_end) == (f"{ROOT}tiers/".encode(), f"{ROOT}tiers0".encode())
    assert (request.start_revision, request.progress_notify, request.fragment) == (101, True, True)


def test_it_goes_on_after_the_last_event_and_not_after_the_header(start: Start) -> None:
    """While a watch catches up, headers bear the newest revision of the store, far ahead of the events."""
    calls, watch = start([CREATED, events(101, 102, at=5000)], [CREATED, events(103, at=5000)])
    assert collect(watch, 3) == [101, 102, 103]
    assert calls.starts == [101, 103]


def test_an_answer_without_events_moves_it_on(start: Start) -> None:
    calls, watch = start([CREATED, progress(300)], [CREATED, events(301)])
    assert collect(watch, 1) == [301]
    assert calls.starts == [101, 301]


def test_the_word_that_it_began_does_not(start: Start) -> None:
    calls, watch = start([CREATED], [CREATED, events(101)])
    assert collect(watch, 1) == [101]
    assert calls.starts == [101, 101]


def test_a_revision_never_goes_back(start: Start) -> None:
    calls, watch = start([CREATED, events(200), progress(150)], [CREATED, events(201)])
    assert collect(watch, 2) == [200, 201]
    assert calls.starts == [101, 201]


def test_parts_of_an_answer_count_together(start: Start) -> None:
    calls, watch = start(
        [CREATED, events(101), events(102, 103, at=900, fragment=True), events(103, 104, at=900, fragment=True)],
        [CREATED, events(102, 103, at=900, fragment=True), events(104, at=900)],
    )
    assert collect(watch, 4) == [101, 102, 103, 104]
    assert calls.starts == [101, 102]


def test_what_was_compacted_expires(start: Start) -> None:
    _, watch = start([CREATED, WatchResponse(canceled=True, compact_revision=500)])
    with pytest.raises(Expired, match="up to revision 500"):
        watch.poll(SOON)


def test_what_was_compacted_while_it_was_away_expires(start: Start) -> None:
    calls, watch = start([CREATED, events(101)], [CREATED])
    assert collect(watch, 1) == [101]
    calls.compacted = 300
    with pytest.raises(Expired, match="compacted"):
        watch.poll(SOON)


def test_what_came_before_it_broke_is_delivered(start: Start) -> None:
    calls, watch = start([CREATED, events(101), WatchResponse(canceled=True, compact_revision=500)])
    assert revisions(watch.poll(SOON)) == [101]
    with pytest.raises(Expired):
        watch.poll(SOON)
    assert calls.starts == [101]


def test_members_without_a_leader_are_left_and_then_it_is_unavailable(start: Start) -> None:
    refusal = WatchResponse(created=True, canceled=True, cancel_reason="etcdserver: no leader")
    calls, watch = start([refusal], [refusal], [refusal], [CREATED, events(101)])
    with pytest.raises(Unavailable, match="etcd ended the watch: etcdserver: no leader"):
        watch.poll(SOON)
    assert collect(watch, 1) == [101]
    assert calls.starts == [101] * 4


def test_a_refused_login_is_tried_again_on_the_same_member(start: Start) -> None:
    refusal = WatchResponse(created=True, canceled=True, cancel_reason="etcdserver: permission denied")
    calls, watch = start([refusal], [CREATED, events(101)])
    place = calls.place
    assert collect(watch, 1) == [101]
    assert (calls.forgotten, calls.place) == (1, place)


def test_a_member_that_does_not_begin_is_left(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tortie.datastore.etcd_watch.CREATE_SECONDS", 0.01)
    calls, watch = start([])
    place = calls.place
    monkeypatch.setattr(calls, "watch", lambda requests: (calls.place, Stream([], iter(requests), stays=True)))
    with pytest.raises(Unavailable, match="a member does not begin the watch"):
        watch.poll(SOON)
    assert calls.place != place


def test_other_kinds_and_other_keys_are_passed_by(start: Start) -> None:
    other = [
        {"kv": {"key": path.encode(), "value": b"v", "mod_revision": 101}}
        for path in (f"{ROOT}profiles/p", f"{ROOT}odd/x", f"{ROOT}tiers/a/b")
    ]
    gone = {"type": 1, "kv": {"key": path_of(tier("t")), "mod_revision": 102}}
    calls, watch = start([CREATED, WatchResponse(events=[*other, gone])], kinds=[Kind.TIER, Kind.NETWORK_SET])
    assert watch.poll(SOON) == (Change(tier("t"), None, "102"),)
    assert calls.streams[0].request.key == ROOT.encode()


def test_etcd_keeps_what_nobody_polls(start: Start) -> None:
    count = 4 * QUEUE
    calls, watch = start([CREATED, *(events(101 + number) for number in range(count))])
    assert revisions(watch.poll(SOON))[0] == 101
    stream = calls.streams[0]
    for _ in range(50):
        threading.Event().wait(0.001)
    assert stream.given <= 2 * QUEUE + 3
    taken = stream.given
    assert collect(watch, count - taken)[-1] <= 100 + count


def test_a_closed_watch_returns_nothing(start: Start) -> None:
    _, watch = start([CREATED, events(101)])
    watch.close()
    assert watch.poll(SOON) == ()
