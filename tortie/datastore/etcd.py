"""The datastore of many hosts: etcd v3, with the keys and values of the reference system.

Source: datastore specification, part 1.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from weakref import WeakSet

from tortie.datastore.etcd_calls import PAGE_SECONDS, EtcdCalls
from tortie.datastore.etcd_keys import (
    ALIVE,
    ETCD_KINDS,
    LAST,
    ROOT,
    agent_path,
    end_of,
    key_of,
    path_of,
    place_of,
    prefix_of,
    raw_prefix,
)
from tortie.datastore.etcd_messages import Compare, DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest
from tortie.datastore.etcd_settings import EtcdSettings
from tortie.datastore.etcd_values import former_key, is_former, shown, stored
from tortie.datastore.etcd_watch import EtcdWatch
from tortie.datastore.joined_watch import JoinedWatch
from tortie.datastore.paging import Token, number
from tortie.datastore.protocol import Page, Record, Watch
from tortie.errors import Conflict, NotFound
from tortie.model import Key, Kind

__all__ = ["EtcdDatastore"]

PAGE = 5000  # records asked for at once: for each page, etcd counts all that follow
_MOD = 2  # compare the revision that wrote a key last; 0 is that of a key that is not there


class EtcdDatastore:
    """Resources in an etcd, shared with every client of the reference system. Opening touches nothing.

    A policy that an older version stored under `default.NAME` is found by its name, and changed where it is. Its
    record bears the key under which it is stored.

    An answer that got lost is asked for again. Where the store then holds what was to be written, the write counts as
    ours.
    """

    def __init__(self, settings: EtcdSettings) -> None:
        """Check the settings; raises Invalid."""
        self._calls = EtcdCalls(settings)
        self._guard = threading.Lock()  # of the next line
        self._watches: WeakSet[EtcdWatch] = WeakSet()

    def holds(self, kind: Kind) -> bool:
        """See `Datastore.holds`."""
        return kind in ETCD_KINDS

    def takes(self, kind: Kind) -> bool:
        """See `Datastore.takes`."""
        return kind in ETCD_KINDS

    def get(self, key: Key) -> Record:
        """See `Datastore.get`."""
        return _record(*self._located(key))

    def list(self, kind: Kind, namespace: str = "", *, limit: int = 0, token: str = "") -> Page:
        """See `Datastore.list`."""
        start = Token.parse(token) if token else Token(0)
        if kind not in ETCD_KINDS:
            return Page((), str(self._calls.range(RangeRequest(key=ROOT.encode())).header.revision))
        prefix = prefix_of(kind, namespace)
        entries, revision, is_whole = self._range(prefix, start, limit)
        found = [_record(key, entry) for entry in entries if (key := key_of(entry.key)) is not None]
        found.sort(key=lambda record: record.key)
        return Page(tuple(found), str(revision), "" if is_whole else _token(revision, entries[-1].key))

    def create(self, key: Key, value: bytes) -> Record:
        """See `Datastore.create`."""
        path, data = path_of(key), stored(key, value)
        while True:
            former, conditions = former_key(key), [_at(path, 0)]
            if former is not None:
                entry = self._entry(former)
                if entry is not None and is_former(key, entry.value):
                    raise _exists(key, entry)
                conditions.append(_at(path_of(former), entry.mod_revision if entry else 0))
            answer, doubtful = self._calls.txn(_txn(conditions, _put(path, data), path))
            if answer.succeeded:
                return Record(key, shown(key, data), str(answer.header.revision))
            entry = _found(answer)
            if entry is not None:
                if doubtful and entry.value == data:
                    return _record(key, entry)
                raise _exists(key, entry)

    def update(self, key: Key, value: bytes, revision: str) -> Record:
        """See `Datastore.update`."""
        place, entry = self._located(key)
        _check(key, entry, revision)
        path, data = path_of(place), stored(key, value)
        answer, doubtful = self._calls.txn(_txn([_at(path, int(revision))], _put(path, data), path))
        if answer.succeeded:
            return Record(place, shown(place, data), str(answer.header.revision))
        now = _found(answer)
        if doubtful and now is not None and now.value == data:
            return _record(place, now)
        _check(key, now, revision)
        raise Conflict(f"{key} has changed; read it again")

    def delete(self, key: Key, revision: str = "") -> Record:
        """See `Datastore.delete`."""
        while True:
            place, entry = self._located(key)
            _check(key, entry, revision or None)
            path = path_of(place)
            remove = RequestOp(request_delete_range=DeleteRangeRequest(key=path))
            answer, doubtful = self._calls.txn(_txn([_at(path, entry.mod_revision)], remove, path))
            now = _found(answer)
            if answer.succeeded or (doubtful and now is None):
                return _record(place, entry)
            _check(key, now, revision or None)

    def rename_former(self, key: Key) -> bool:
        """See `Datastore.rename_former`."""
        path = path_of(key)
        while True:
            former = former_key(key)
            entry = self._entry(former) if former is not None else None
            if former is None or entry is None or not is_former(key, entry.value):
                return False
            data = stored(key, shown(key, entry.value))
            remove = RequestOp(request_delete_range=DeleteRangeRequest(key=path_of(former)))
            request = _txn([_at(path, 0), _at(path_of(former), entry.mod_revision)], _put(path, data), path)
            request.success.append(remove)
            answer, doubtful = self._calls.txn(request)
            now = _found(answer)
            if answer.succeeded or (doubtful and now is not None and now.value == data):
                return True
            if now is not None:
                raise _exists(key, now)

    def beat(self, host: str, region: str, document: bytes, seconds: int) -> None:
        """See `Heartbeats.beat`. Source: datastore specification 2.3, 4."""
        report = PutRequest(key=agent_path(host, region, LAST), value=document)
        alive = PutRequest(key=agent_path(host, region, ALIVE), value=document, lease=self._calls.grant(seconds))
        self._calls.txn(TxnRequest(success=[RequestOp(request_put=each) for each in (alive, report)]))

    def watch(self, kinds: Collection[Kind], revision: str) -> Watch:
        """See `Datastore.watch`."""
        watch = EtcdWatch(self._calls, kinds, number(revision))
        with self._guard:
            self._watches.add(watch)
        return watch

    def watch_each(self, listed: Mapping[Kind, str]) -> Watch:
        """See `Datastore.watch_each`."""
        return JoinedWatch(self.watch, listed)

    def close(self) -> None:
        """See `Datastore.close`."""
        self._calls.close()
        with self._guard:
            watches = tuple(self._watches)
        for watch in watches:
            watch.close()

    def _range(self, prefix: bytes, start: Token, limit: int) -> tuple[Sequence[Any], int, bool]:
        """Return entries at one revision, that revision, and whether there are no more; in byte order of paths."""
        begin, end, revision = prefix, end_of(prefix), start.revision
        if start.name:
            plural, _, _ = place_of(prefix)
            begin = _after(raw_prefix(plural, start.namespace) + start.name.encode(errors="surrogateescape"))
        entries: list[Any] = []
        while True:
            request = RangeRequest(key=begin, range_end=end, limit=limit or PAGE, revision=revision)
            answer = self._calls.range(request, seconds=PAGE_SECONDS)
            revision = revision or answer.header.revision
            entries += answer.kvs
            if limit or not answer.more:
                return entries, revision, not answer.more
            begin = _after(answer.kvs[-1].key)

    def _located(self, key: Key) -> tuple[Key, Any]:
        """Return where a resource is stored, and what is there; raises NotFound."""
        if (entry := self._entry(key)) is not None:
            return key, entry
        former = former_key(key)
        if former is not None and (entry := self._entry(former)) is not None and is_former(key, entry.value):
            return former, entry
        raise NotFound(f"{key} does not exist")

    def _entry(self, key: Key) -> Any:
        """Return what is stored under exactly that key, None where nothing is."""
        if key.kind not in ETCD_KINDS:
            return None
        found = self._calls.range(RangeRequest(key=path_of(key))).kvs
        return found[0] if found else None


def _record(key: Key, entry: Any) -> Record:
    return Record(key, shown(key, entry.value), str(entry.mod_revision))


def _exists(key: Key, entry: Any) -> Conflict:
    return Conflict(f"{key} exists already, at revision {entry.mod_revision}; replace it instead")


def _check(key: Key, entry: Any, revision: str | None) -> None:
    """Raise NotFound where nothing is there, Conflict where it is not at `revision`."""
    if entry is None:
        raise NotFound(f"{key} does not exist")
    if revision is not None and str(entry.mod_revision) != revision:
        raise Conflict(f"{key} is at revision {entry.mod_revision}, not `{revision}`; read it again")


def _at(path: bytes, revision: int) -> Any:
    return Compare(key=path, target=_MOD, mod_revision=revision)


def _put(path: bytes, data: bytes) -> Any:
    return RequestOp(request_put=PutRequest(key=path, value=data))


def _txn(conditions: Sequence[Any], act: Any, path: bytes) -> Any:
    """Return a request that acts where the conditions hold, and else tells what is at `path`."""
    return TxnRequest(compare=conditions, success=[act], failure=[RequestOp(request_range=RangeRequest(key=path))])


def _found(answer: Any) -> Any:
    """Return what a refused transaction told to be there, None for nothing."""
    found = () if answer.succeeded else answer.responses[0].response_range.kvs
    return found[0] if found else None


def _after(path: bytes) -> bytes:
    return path + b"\0"


def _token(revision: int, path: bytes) -> str:
    _, namespace, name = place_of(path)
    return str(Token(revision, namespace, name))
