"""A watch on an etcd that goes on through restarts, elections and lost members.

It knows by itself after which revision it has to go on: that of the last event, or one that a response without events
tells. A response with events bears the newest revision of the store, which may be ahead of them.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from time import monotonic
from typing import Any

import grpc

from tortie.datastore.etcd_calls import EtcdCalls, is_denied, words
from tortie.datastore.etcd_keys import ROOT, end_of, key_of, watch_prefix
from tortie.datastore.etcd_messages import RangeRequest, WatchCreateRequest, WatchRequest
from tortie.datastore.etcd_values import shown
from tortie.datastore.protocol import Change, Record
from tortie.errors import Expired, Unavailable
from tortie.model import Kind

__all__ = ["EtcdWatch", "check_kept"]

CREATE_SECONDS = 10.0  # that a member has to begin a watch
QUEUE = 16  # responses that may wait to be polled; then etcd has to wait, and keeps the rest
_DELETE = 1


def check_kept(calls: EtcdCalls, revision: int) -> int:
    """Return the identity of the cluster; raises Expired where it does not keep that revision, Unavailable."""
    return int(calls.range(RangeRequest(key=ROOT.encode(), revision=revision)).header.cluster_id)


class EtcdWatch:
    """See `Watch`. A stream is opened by the first poll, and again by a poll after it broke."""

    def __init__(self, calls: EtcdCalls, kinds: Collection[Kind], revision: int) -> None:
        """Start after `revision`; raises Expired, Unavailable."""
        self._calls = calls
        self._kinds = frozenset(kinds)
        self._position = revision
        self._cluster = check_kept(calls, revision)
        self._polling = threading.Lock()
        self._changed = threading.Condition()  # guards the next line, and what the stream puts down
        self._closed = False
        self._stream: _Stream | None = None

    @property
    def closed(self) -> bool:
        """See `Watch.closed`."""
        return self._closed or self._calls.closed

    def poll(self, seconds: float) -> Sequence[Change]:
        """See `Watch.poll`."""
        deadline = monotonic() + seconds
        broken = 0
        with self._polling:
            while not self.closed:
                try:
                    stream = self._connected()
                    changes = self._take(stream, deadline)
                except _Broken as error:
                    self._drop()
                    broken += 1
                    if broken > self._calls.members and not self.closed:
                        raise Unavailable(str(error)) from error
                except Unavailable:
                    if not self.closed:
                        raise
                else:
                    if changes or monotonic() >= deadline:
                        return changes
        return ()

    def close(self) -> None:
        """See `Watch.close`."""
        with self._changed:
            self._closed = True
            stream = self._stream
            self._changed.notify_all()
        if stream is not None:
            stream.cancel()

    def _connected(self) -> _Stream:
        """Return the stream; raises Expired, Unavailable, _Broken."""
        if self._stream is not None:
            return self._stream
        if check_kept(self._calls, self._position) != self._cluster:
            raise Expired("another etcd cluster is in this one's place; list again")
        stream = _Stream(self._calls, self._create_request(), self._changed)
        with self._changed:
            self._stream = stream
        stream.wait_created(lambda: self.closed)
        return stream

    def _create_request(self) -> Any:
        prefix = watch_prefix(self._kinds)
        return WatchCreateRequest(
            key=prefix,
            range_end=end_of(prefix),
            start_revision=self._position + 1,
            progress_notify=True,
            fragment=True,
        )

    def _take(self, stream: _Stream, deadline: float) -> Sequence[Change]:
        """Return what has come, waiting for it; go on after it from now on."""
        found: list[Change] = []
        for events, revision in stream.take(deadline, lambda: self.closed):
            found += self._changes(events)
            self._position = max(self._position, revision)
        return tuple(found)

    def _changes(self, events: Sequence[Any]) -> Iterator[Change]:
        for event in events:
            key = key_of(event.kv.key)
            if key is not None and key.kind in self._kinds:
                revision = str(event.kv.mod_revision)
                gone = event.type == _DELETE
                yield Change(key, None if gone else Record(key, shown(key, event.kv.value), revision), revision)

    def _drop(self) -> None:
        with self._changed:
            stream, self._stream = self._stream, None
        if stream is not None:
            stream.cancel()


class _Broken(Exception):  # noqa: N818 - it is no mistake
    """The stream has ended; another one, perhaps of another member, may go on."""


class _Stream:
    """One stream of responses and the thread that reads it; `changed` is told of everything."""

    def __init__(self, calls: EtcdCalls, create: Any, changed: threading.Condition) -> None:
        self._calls = calls
        self._changed = changed
        self._done = threading.Event()
        self._created = False
        self._failure: Exception | None = None
        self._waiting: deque[tuple[Sequence[Any], int]] = deque()
        self._place, self._call = calls.watch(self._requests(create))
        threading.Thread(target=self._read, name="etcd watch", daemon=True).start()

    def wait_created(self, is_over: Any) -> None:
        """Return once the member has begun the watch, or all is over; raises Expired, _Broken."""
        with self._changed:
            self._changed.wait_for(lambda: self._created or self._failure or is_over(), CREATE_SECONDS)
            if self._created:
                return  # even if it has ended since: what it brought is taken first
            if self._failure is not None:
                raise self._failure
            if not is_over():
                self._calls.leave(self._place)
                raise _Broken("etcd does not answer: a member does not begin the watch")

    def take(self, deadline: float, is_over: Any) -> Sequence[tuple[Sequence[Any], int]]:
        """Return the responses that wait, whole: events, and the revision that they reach.

        Raises:
            Expired: etcd has compacted what was to come.
            _Broken: the stream has ended, and all that came before was taken.
        """
        with self._changed:
            left = max(0.0, deadline - monotonic())
            self._changed.wait_for(
                lambda: self._waiting or self._failure or is_over(), min(left, threading.TIMEOUT_MAX)
            )
            taken = tuple(self._waiting)
            self._waiting.clear()
            self._changed.notify_all()
            if not taken and self._failure is not None:
                raise self._failure
        return taken

    def cancel(self) -> None:
        """End the stream."""
        self._done.set()
        self._call.cancel()
        with self._changed:
            self._changed.notify_all()

    def _requests(self, create: Any) -> Iterator[Any]:
        yield WatchRequest(create_request=create)
        self._done.wait()

    def _read(self) -> None:
        """Put down what comes, until the stream ends: the thread."""
        events: list[Any] = []
        try:
            for response in self._call:
                if response.canceled:
                    self._end(self._refusal(response))
                    return
                events += response.events
                if response.created:
                    self._put_created()
                elif not response.fragment:  # parts of one response are one: none of them is told twice
                    self._put(events, events[-1].kv.mod_revision if events else response.header.revision)
                    events = []
            failure = _Broken("etcd ended the watch")
        except grpc.RpcError as error:
            failure = _Broken(words(error))
        self._calls.leave(self._place)
        self._end(failure)

    def _refusal(self, response: Any) -> Exception:
        if response.compact_revision:
            return Expired(f"etcd has compacted its history up to revision {response.compact_revision}; list again")
        if is_denied(response.cancel_reason):
            self._calls.forget_token()
        else:
            self._calls.leave(self._place)
        return _Broken(f"etcd ended the watch: {response.cancel_reason or 'it gives no reason'}")

    def _put_created(self) -> None:
        with self._changed:
            self._created = True
            self._changed.notify_all()

    def _put(self, events: Sequence[Any], revision: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) < QUEUE or self._done.is_set())
            self._waiting.append((events, revision))
            self._changed.notify_all()

    def _end(self, failure: Exception) -> None:
        self._done.set()
        with self._changed:
            self._failure = failure
            self._changed.notify_all()
