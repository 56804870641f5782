"""The datastore of a Kubernetes cluster: Calico's custom resources, and what is made of Kubernetes' own objects.

Source: datastore specification 9 to 12.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from weakref import WeakSet

from tortie.datastore.kubernetes_calls import Exists, Moved
from tortie.datastore.kubernetes_kinds import CUSTOM_KINDS, DERIVED_KINDS, NATIVE_KINDS
from tortie.datastore.kubernetes_node import changed_node
from tortie.datastore.kubernetes_objects import NOWHERE, Objects, decoded
from tortie.datastore.kubernetes_settings import KubernetesSettings
from tortie.datastore.kubernetes_sources import Source, joined_revision, source_key, sources_of, split_revision
from tortie.datastore.kubernetes_values import custom_resource, former_name, is_same
from tortie.datastore.kubernetes_watch import KubernetesWatch
from tortie.datastore.protocol import Page, Record, Watch
from tortie.errors import Conflict, Invalid, NotFound
from tortie.model import INTERNAL_KINDS, Key, Kind

__all__ = ["KubernetesDatastore"]

ATTEMPTS = 10  # times that a delete reads again what others keep changing
Object = dict[str, Any]


class KubernetesDatastore:
    """Resources in a Kubernetes API, shared with every client of the reference system. Opening reads files only.

    Calico's kinds are written; those of Kubernetes, and profiles and endpoints, which are made of them, are read. A
    policy that an older version stored as `default.NAME` is found by its name, and changed where it is. Listings of
    what is made of other objects come whole.
    """

    def __init__(self, settings: KubernetesSettings) -> None:
        """Find out which server is meant; raises Invalid."""
        self._objects = Objects(settings)
        self._guard = threading.Lock()  # of the next line
        self._watches: WeakSet[KubernetesWatch] = WeakSet()

    def holds(self, kind: Kind) -> bool:
        """See `Datastore.holds`."""
        return kind in CUSTOM_KINDS | NATIVE_KINDS

    def takes(self, kind: Kind) -> bool:
        """See `Datastore.takes`."""
        return kind in CUSTOM_KINDS

    def get(self, key: Key) -> Record:
        """See `Datastore.get`."""
        return self._located(key)[1]

    def list(self, kind: Kind, namespace: str = "", *, limit: int = 0, token: str = "") -> Page:
        """See `Datastore.list`."""
        found: list[Record] = []
        if kind in INTERNAL_KINDS:
            return Page((), NOWHERE)
        if kind in DERIVED_KINDS:
            revisions = []
            for source in sources_of(kind):
                part = self._objects.all(source.of, namespace)
                found += self._records(source, part.items)
                revisions.append(part.version)
            return Page(tuple(found), joined_revision(revisions))
        objects = self._objects
        part = objects.page(kind, namespace, limit, token) if limit or token else objects.all(kind, namespace)
        found += self._records(Source(kind, kind), part.items)
        found.sort(key=lambda record: record.key)
        return Page(tuple(found), part.version, part.more)

    def create(self, key: Key, value: bytes) -> Record:
        """See `Datastore.create`; raises Invalid too, where nobody can create that here, or the server refuses it."""
        _check_takes(key, "Create")
        if (former := self._former(key)) is not None:
            raise _exists(key, former[1])
        wanted = custom_resource(key, value, self._objects.group)
        try:
            told = self._objects.calls.send("POST", self._objects.collection(key.kind, key.namespace), body=wanted)
        except Exists as error:
            there = self._objects.get(key)
            if error.doubtful and is_same(there, wanted):
                return self._record(key, there)
            raise _exists(key, self._record(key, there)) from None
        return self._record(key, decoded(told.body))

    def update(self, key: Key, value: bytes, revision: str) -> Record:
        """See `Datastore.update`; raises Invalid too, where nobody can change that here, or the server refuses it."""
        if key.kind not in {*CUSTOM_KINDS, Kind.NODE} or source_key(key)[1] != key:
            raise _unsupported(key, "Update")
        current, record = self._located(key)
        _check(record, key, revision)
        if key.kind is Kind.NODE:
            wanted = changed_node(current, _document(value))
            path = f"{self._objects.path(record.key)}/status"
        else:
            wanted = custom_resource(record.key, value, self._objects.group, current)
            path = self._objects.path(record.key)
        return self._record(record.key, self._put(path, wanted, record))

    def delete(self, key: Key, revision: str = "") -> Record:
        """See `Datastore.delete`; raises Invalid too, where nobody can delete that here."""
        _check_takes(key, "Delete")
        for _ in range(ATTEMPTS):
            current, record = self._located(key)
            _check(record, key, revision or None)
            try:
                self._remove(record.key, current)
            except Conflict:
                continue  # it has changed since it was read: look again
            return record
        raise Conflict(f"{key} keeps changing; try again")

    def rename_former(self, key: Key) -> bool:
        """See `Datastore.rename_former`; not at once: a moment long both are there, and they say the same."""
        former = self._former(key)
        if former is None:
            return False
        current, record = former
        path = self._objects.collection(key.kind, key.namespace)
        wanted = custom_resource(key, record.value, self._objects.group)
        try:
            self._objects.calls.send("POST", path, body=wanted)
        except Exists:
            there = self._objects.get(key)
            if not is_same(there, wanted):
                raise _exists(key, self._record(key, there)) from None
        self._remove(record.key, current)
        return True

    def watch(self, kinds: Collection[Kind], revision: str) -> Watch:
        """See `Datastore.watch`."""
        starts = _starts(dict.fromkeys(kinds, revision))
        for source, version in starts.items():
            self._objects.check_kept(source.of, version)
        return self._watch(starts)

    def watch_each(self, listed: Mapping[Kind, str]) -> Watch:
        """See `Datastore.watch_each`."""
        return self._watch(_starts(listed))

    def close(self) -> None:
        """See `Datastore.close`."""
        self._objects.calls.close()
        with self._guard:
            watches = tuple(self._watches)
        for watch in watches:
            watch.close()

    def _watch(self, starts: Mapping[Source, str]) -> Watch:
        watch = KubernetesWatch(self._objects, starts)
        with self._guard:
            self._watches.add(watch)
        return watch

    def _remove(self, key: Key, current: Object) -> None:
        """Delete an object that is still as it was read; raises NotFound, Conflict."""
        metadata = current["metadata"]
        only = {"resourceVersion": metadata["resourceVersion"], "uid": metadata["uid"]}
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": only}
        self._objects.calls.send("DELETE", self._objects.path(key), body=options)

    def _located(self, key: Key) -> tuple[Object, Record]:
        """Return an object, and the record that it becomes; raises NotFound."""
        if key.kind in INTERNAL_KINDS:
            raise NotFound(f"{key} does not exist")
        source, place = source_key(key)
        try:
            found = self._objects.get(place)
        except NotFound:
            if (former := self._former(key)) is not None:
                return former
            raise NotFound(f"{key} does not exist") from None
        record = source.record(found, self._objects.group if place.kind in CUSTOM_KINDS else "")
        if record is None or (source.kind is not source.of and record.key != key):
            raise NotFound(f"{key} does not exist")
        return found, record

    def _former(self, key: Key) -> tuple[Object, Record] | None:
        """Return the policy of that name that an older version stored under a longer one; None where there is none."""
        name = former_name(key)
        if not name:
            return None
        place = Key(key.kind, key.namespace, name)
        try:
            found = self._objects.get(place)
        except NotFound:
            return None
        record = self._record(place, found)
        return (found, record) if _document(record.value)["metadata"].get("name") == key.name else None

    def _records(self, source: Source, items: Collection[Mapping[str, Any]]) -> Sequence[Record]:
        group = self._objects.group if source.of in CUSTOM_KINDS and items else ""
        made = (source.record(item, group) for item in items)
        return [record for record in made if record is not None]

    def _record(self, key: Key, item: Object) -> Record:
        record = Source(key.kind, key.kind).record(item, self._objects.group)
        if record is None:
            raise AssertionError("what is read as it is always becomes a record")
        return record

    def _put(self, path: str, wanted: Object, before: Record) -> Object:
        """Replace an object that is still as it was read; raises Conflict."""
        try:
            return decoded(self._objects.calls.send("PUT", path, body=wanted).body)
        except Moved as error:
            now = self._objects.get(before.key)
            if error.doubtful and is_same(now, wanted):
                return now
            raise Conflict(f"{before.key} has changed; read it again") from None


def _starts(listed: Mapping[Kind, str]) -> dict[Source, str]:
    """Return after which version each type of objects is watched; raises Expired."""
    starts: dict[Source, str] = {}
    for kind, revision in listed.items():
        sources = sources_of(kind) if kind not in INTERNAL_KINDS else ()
        versions = split_revision(revision) if kind is Kind.PROFILE else (revision,)
        starts |= dict(zip(sources, versions, strict=bool(sources)))
    return starts


def _document(value: bytes) -> Object:
    return decoded(value)


def _check_takes(key: Key, operation: str) -> None:
    if key.kind not in CUSTOM_KINDS or source_key(key)[1] != key:
        raise _unsupported(key, operation)


def _unsupported(key: Key, operation: str) -> Invalid:
    named = "/".join(filter(None, (key.namespace, key.name)))
    mend = "it is Kubernetes' own, or made of what is: use kubectl"
    return Invalid.because(f"operation {operation} is not supported on {key.kind}({named})", mend=mend)


def _exists(key: Key, record: Record) -> Conflict:
    return Conflict(f"{key} exists already, at revision {record.revision}; replace it instead")


def _check(record: Record, key: Key, revision: str | None) -> None:
    if revision is not None and record.revision != revision:
        raise Conflict(f"{key} is at revision {record.revision}, not `{revision}`; read it again")
