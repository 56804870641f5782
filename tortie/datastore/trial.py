"""A datastore to try writes in: reads fall through to another one, writes stay in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tortie.datastore.protocol import Datastore, Page, Record, Watch
from tortie.errors import Conflict, NotFound, Unavailable
from tortie.model import Key, Kind

__all__ = ["TrialDatastore"]


class TrialDatastore:
    """What another datastore would hold after some writes; that one is never written, and not closed with this one.

    Records written here have revisions that no record of the other one has: `trial-1` and so on. It cannot be
    watched, and its listings come whole.
    """

    def __init__(self, store: Datastore) -> None:
        """Begin with what the other datastore holds."""
        self._store = store
        self._written: dict[Key, Record | None] = {}
        self._before: dict[Key, Record | None] = {}
        self._writes = 0

    @property
    def changes(self) -> Mapping[Key, tuple[Record | None, Record | None]]:
        """Return what was there before the first write of each key, and what is now (None: nothing); in that order."""
        return {key: (self._before[key], record) for key, record in self._written.items()}

    def holds(self, kind: Kind) -> bool:
        """See `Datastore.holds`."""
        return self._store.holds(kind)

    def takes(self, kind: Kind) -> bool:
        """See `Datastore.takes`."""
        return self._store.takes(kind)

    def get(self, key: Key) -> Record:
        """See `Datastore.get`."""
        if key in self._written:
            return self._mine(key)
        record = self._store.get(key)
        return self._mine(record.key) if record.key in self._written else record

    def list(self, kind: Kind, namespace: str = "", *, limit: int = 0, token: str = "") -> Page:  # noqa: ARG002
        """See `Datastore.list`; there is one page."""
        page = self._store.list(kind, namespace)
        found = {record.key: record for record in page.records if record.key not in self._written}
        mine = ((key, record) for key, record in self._written.items() if record is not None)
        found |= {key: record for key, record in mine if key.kind is kind and namespace in ("", key.namespace)}
        return Page(tuple(found[key] for key in sorted(found)), page.revision)

    def create(self, key: Key, value: bytes) -> Record:
        """See `Datastore.create`."""
        try:
            self.get(key)
        except NotFound:
            return self._put(key, value, None)
        raise Conflict(f"{key} exists already; replace it instead")

    def update(self, key: Key, value: bytes, revision: str) -> Record:
        """See `Datastore.update`."""
        found = self._at(key, revision)
        return self._put(found.key, value, found)

    def delete(self, key: Key, revision: str = "") -> Record:
        """See `Datastore.delete`."""
        found = self._at(key, revision)
        self._note(found.key, None, found)
        return found

    def rename_former(self, key: Key) -> bool:  # noqa: ARG002 - the signature is the protocol's
        """See `Datastore.rename_former`: there are none."""
        return False

    def watch(self, kinds: Collection[Kind], revision: str) -> Watch:  # noqa: ARG002 - the signature is the protocol's
        """Raise Unavailable."""
        raise Unavailable("what is only tried cannot be watched")

    def watch_each(self, listed: Mapping[Kind, str]) -> Watch:
        """Raise Unavailable."""
        return self.watch(listed, "")

    def close(self) -> None:
        """Forget what was written."""
        self._written.clear()
        self._before.clear()

    def _mine(self, key: Key) -> Record:
        record = self._written[key]
        if record is None:
            raise NotFound(f"{key} does not exist")
        return record

    def _put(self, key: Key, value: bytes, before: Record | None) -> Record:
        self._writes += 1
        record = Record(key, value, f"trial-{self._writes}")
        self._note(key, record, before)
        return record

    def _note(self, key: Key, record: Record | None, before: Record | None) -> None:
        self._before.setdefault(key, before)
        self._written[key] = record

    def _at(self, key: Key, revision: str) -> Record:
        found = self.get(key)
        if revision and found.revision != revision:
            raise Conflict(f"{key} is at revision {found.revision}, not `{revision}`; read it again")
        return found
