"""A store that takes documents only, for tests that store any bytes: these lie inside documents there."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from tortie.datastore import Change, Datastore, Page, Record, Watch
from tortie.model import Key, Kind


class Documented:
    """See `Datastore`; every value lies in the spec of a document."""

    def __init__(self, store: Datastore) -> None:
        self._store = store

    def holds(self, kind: Kind) -> bool:
        return self._store.holds(kind)

    def takes(self, kind: Kind) -> bool:
        return self._store.takes(kind)

    def get(self, key: Key) -> Record:
        return _bare(self._store.get(key))

    def list(self, kind: Kind, namespace: str = "", *, limit: int = 0, token: str = "") -> Page:
        page = self._store.list(kind, namespace, limit=limit, token=token)
        return replace(page, records=tuple(map(_bare, page.records)))

    def create(self, key: Key, value: bytes) -> Record:
        return _bare(self._store.create(key, _document(key, value)))

    def update(self, key: Key, value: bytes, revision: str) -> Record:
        return _bare(self._store.update(key, _document(key, value), revision))

    def delete(self, key: Key, revision: str = "") -> Record:
        return _bare(self._store.delete(key, revision))

    def rename_former(self, key: Key) -> bool:
        return self._store.rename_former(key)

    def watch(self, kinds: Collection[Kind], revision: str) -> Watch:
        return _Watch(self._store.watch(kinds, revision))

    def watch_each(self, listed: Mapping[Kind, str]) -> Watch:
        return _Watch(self._store.watch_each(listed))

    def close(self) -> None:
        self._store.close()


class _Watch:
    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def poll(self, seconds: float) -> Sequence[Change]:
        changes = self._watch.poll(seconds)
        return tuple(replace(each, record=_bare(each.record) if each.record else None) for each in changes)

    @property
    def closed(self) -> bool:
        return self._watch.closed

    def close(self) -> None:
        self._watch.close()


def _document(key: Key, value: bytes) -> bytes:
    metadata = {"name": key.name, **({"namespace": key.namespace} if key.namespace else {})}
    return json.dumps({"metadata": metadata, "spec": {"value": base64.b64encode(value).decode()}}).encode()


def _bare(record: Record) -> Record:
    return replace(record, value=base64.b64decode(json.loads(record.value)["spec"]["value"]))
