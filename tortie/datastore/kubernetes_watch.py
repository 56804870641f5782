"""A watch on a Kubernetes API that goes on through cut connections and restarts.

Each type of objects has a stream and a thread of its own; none of them reads ahead without end. Where a stream went up
to is told by its last event, or by a bookmark.
"""

from __future__ import annotations

import json
import random
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any

from tortie.datastore.kubernetes_calls import Absent, refusal
from tortie.datastore.kubernetes_connection import Answer, Lost, Stream
from tortie.datastore.kubernetes_kinds import CUSTOM_KINDS
from tortie.datastore.kubernetes_objects import NOWHERE, Objects, decoded
from tortie.datastore.kubernetes_sources import Source
from tortie.datastore.protocol import Change
from tortie.errors import Expired, Invalid, Unavailable

__all__ = ["KubernetesWatch"]

QUEUE = 2000  # changes that may wait to be polled; then the server has to wait
SERVED = 300  # seconds after which the server is asked to end a stream, and half as many more by chance
SILENT = 60.0  # seconds more after which a stream counts as dead
FIRST_DELAY, LONGEST_DELAY = 0.1, 30.0  # seconds before a broken stream is opened again
SETTLED_SECONDS = 30.0  # that a poll waits for streams to be opened, however short it is to be
ABSENT_SECONDS = 60.0  # between looks for a type that is not installed


class KubernetesWatch:
    """See `Watch`. The streams are opened by the first poll."""

    def __init__(self, objects: Objects, starts: Mapping[Source, str]) -> None:
        """Start each source after the version of a listing."""
        self._objects = objects
        self._polling = threading.Lock()
        self._changed = threading.Condition()  # guards all below, and what streams put down
        self._closed = False
        self._waiting: deque[Change] = deque()
        self._streams = [_Followed(self, source, version) for source, version in starts.items()]
        self._parts = {source.place: version for source, version in starts.items() if source.place is not None}
        self._is_started = False
        self._is_doubted = False  # whether the last poll had to tell of trouble

    def poll(self, seconds: float) -> Sequence[Change]:
        """See `Watch.poll`."""
        deadline = monotonic() + seconds
        with self._polling, self._changed:
            if not self._is_started:
                self._is_started = True
                for stream in self._streams:
                    stream.start()
            self._changed.wait_for(lambda: self._is_over() or self._is_settled(), SETTLED_SECONDS)
            left = min(max(0.0, deadline - monotonic()), threading.TIMEOUT_MAX)
            left = 0.0 if self._is_doubted else left  # that all is well again is news, too
            self._changed.wait_for(lambda: self._waiting or self._trouble() or self._is_over(), left)
            self._is_doubted = False
            if self._is_over():
                return ()
            if self._waiting:
                taken = tuple(self._waiting)
                self._waiting.clear()
                self._changed.notify_all()
                return taken
            if (trouble := self._trouble()) is not None:
                self._is_doubted = True
                raise trouble
        return ()

    @property
    def closed(self) -> bool:
        """See `Watch.closed`."""
        return self._is_over()

    def close(self) -> None:
        """See `Watch.close`."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for stream in self._streams:
            stream.cut()

    def _is_over(self) -> bool:
        return self._closed or self._objects.calls.closed

    def _is_settled(self) -> bool:
        return all(stream.is_settled for stream in self._streams)

    def _trouble(self) -> Exception | None:
        """Return what keeps a stream from going on; what is final comes first."""
        troubles = [stream.trouble for stream in self._streams if stream.trouble is not None]
        troubles.sort(key=lambda trouble: not isinstance(trouble, Expired))
        return troubles[0] if troubles else None

    def put(self, source: Source, version: str, changes: Sequence[Change]) -> None:
        """Let changes be polled, once there is room; a revision of two parts is made whole."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) < QUEUE or self._is_over())
            if source.place is not None:
                self._parts[source.place] = version
                whole = "/".join(self._parts.get(place, "") for place in (0, 1))
                changes = [Change(change.key, change.record, whole) for change in changes]
            self._waiting.extend(changes)
            self._changed.notify_all()

    def note(self, act: Callable[[], None]) -> None:
        """Change what is guarded, and wake who waits for it."""
        with self._changed:
            act()
            self._changed.notify_all()

    def pause(self, seconds: float) -> bool:
        """Wait; return whether the watch goes on."""
        with self._changed:
            self._changed.wait_for(self._is_over, seconds)
            return not self._is_over()

    @property
    def objects(self) -> Objects:
        """Return what is watched."""
        return self._objects


class _Followed:
    """One stream after the other of one source, and the thread that reads them."""

    def __init__(self, watch: KubernetesWatch, source: Source, version: str) -> None:
        self._watch = watch
        self._source = source
        self._position = version
        self._stream: Stream | None = None
        self._failures = 0
        self.is_settled = False  # whether the first attempt to open a stream has come to something
        self.trouble: Exception | None = None

    def start(self) -> None:
        threading.Thread(target=self._run, name=f"watch {self._source.of}", daemon=True).start()

    def cut(self) -> None:
        stream = self._stream
        if stream is not None:
            stream.cut()

    def _run(self) -> None:
        """Follow the source until the watch is closed, or nothing can be followed any more: the thread."""
        delay = 0.0
        while self._watch.pause(delay):
            began = monotonic()
            try:
                self._follow()
            except Expired as error:
                self._settle(error)
                return
            except Lost as error:
                if self._failures or not self.is_settled:  # a stream that is cut once is nothing to tell
                    server = self._watch.objects.calls.server
                    self._settle(Unavailable(f"the Kubernetes API at {server} does not answer: {error}"))
            except (Unavailable, Invalid) as error:
                self._settle(Unavailable(str(error)))
            if monotonic() - began > LONGEST_DELAY:
                self._failures = 0
            delay = min(LONGEST_DELAY, FIRST_DELAY * 2**self._failures) * random.random()  # noqa: S311 - spreads load
            self._failures = min(self._failures + 1, 10)

    def _follow(self) -> None:
        """Read one stream to its end.

        Raises:
            Expired: what is to come is no longer kept.
            Lost: the stream broke off.
            Unavailable, Invalid: the server has none.
        """
        objects, of = self._watch.objects, self._source.of
        objects.check_kept(of, self._position)
        if self._position == NOWHERE:
            self._settle(None)
            self._watch.pause(ABSENT_SECONDS)
            return
        served = int(SERVED * (1 + random.random() / 2))  # noqa: S311 - spreads load
        query = {
            "watch": "true",
            "resourceVersion": self._position,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(served),
        }
        group = objects.group if of in CUSTOM_KINDS else ""
        try:
            stream = objects.calls.stream(objects.collection(of), query, served + SILENT)
        except Absent as error:
            raise Expired(f"{error}; list again") from error
        self._stream = stream
        try:
            if not self._watch.pause(0):
                return
            self._settle(None)
            for line in stream:
                self._take(decoded(line), group)
                self._failures = 0
        finally:
            stream.close()

    def _take(self, event: Mapping[str, Any], group: str) -> None:
        item = event.get("object") or {}
        what = event.get("type")
        if what == "ERROR":
            code = item.get("code")
            raise refusal(Answer(code if isinstance(code, int) else 500, _dumped(item)))
        metadata = item.get("metadata")
        version = str(metadata.get("resourceVersion") or "") if isinstance(metadata, dict) else ""
        if not version:
            raise Unavailable("the Kubernetes API tells of a change that has no version")
        if what == "BOOKMARK":
            self._position = version
            return
        record = self._source.record(item, group)
        changes = []
        if record is not None:
            gone = what == "DELETED"
            changes = [Change(record.key, None if gone else record, self._source.revision(version))]
        self._watch.put(self._source, version, changes)
        self._position = version

    def _settle(self, trouble: Exception | None) -> None:
        def note() -> None:
            self.is_settled, self.trouble = True, trouble

        self._watch.note(note)


def _dumped(item: Mapping[str, Any]) -> bytes:
    return json.dumps({**item, "kind": "Status"}).encode()
