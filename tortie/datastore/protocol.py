"""What every datastore can do, and the values it speaks in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from tortie.model import Key, Kind

__all__ = ["Change", "Datastore", "Heartbeats", "Page", "Record", "Watch"]


@dataclass(frozen=True, slots=True)
class Record:
    """A stored resource: its JSON text and the revision that wrote it.

    A revision is opaque text; only whether two are equal means something to others than the store.
    """

    key: Key
    value: bytes
    revision: str


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a listing: records in byte order of (namespace, name), all as of `revision`.

    `more` is empty on the last page, else the token that asks for the next page of the same snapshot.
    """

    records: Sequence[Record]
    revision: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One change seen by a watch: the new record, or None where the resource is gone; `revision` is the change's."""

    key: Key
    record: Record | None
    revision: str


class Watch(Protocol):
    """A stream of changes; those of one kind are in the order of their revisions."""

    def poll(self, seconds: float) -> Sequence[Change]:
        """Return the next changes, waiting up to `seconds` for the first; an empty sequence means none came.

        Each change comes exactly once. A closed watch, or one whose datastore is closed, returns at once with none.

        Raises:
            Expired: changes since the revision asked for are no longer kept; list again.
            Unavailable: the datastore does not answer; poll again later, nothing was lost.
        """

    @property
    def closed(self) -> bool:
        """Tell whether the watch, or its datastore, is closed, so that nothing will ever come."""

    def close(self) -> None:
        """Stop watching; a poll that waits in another thread returns."""


class Datastore(Protocol):
    """Where resources live. Safe to use from several threads and processes at once."""

    def holds(self, kind: Kind) -> bool:
        """Tell whether resources of the kind are stored as such.

        Listings and watches of one that are not tell nothing, or what is made of other kinds.
        """

    def takes(self, kind: Kind) -> bool:
        """Tell whether resources of the kind can be created here; others come from elsewhere, or not at all."""

    def get(self, key: Key) -> Record:
        """Return the record of `key`; raises NotFound, Unavailable."""

    def list(self, kind: Kind, namespace: str = "", *, limit: int = 0, token: str = "") -> Page:
        """Return the records of a kind (of one namespace where given), at most `limit` of them (0: all).

        `token` is the `more` of the page before, asked for with the same kind and namespace. An empty listing has a
        revision too, from which a watch can start.

        Raises:
            Expired: the snapshot that `token` belongs to is no longer kept; start over.
            Unavailable: the datastore does not answer.
        """

    def create(self, key: Key, value: bytes) -> Record:
        """Store a new record; raises Conflict where the key exists, Unavailable."""

    def update(self, key: Key, value: bytes, revision: str) -> Record:
        """Replace a record that is still at `revision` (never left empty); raises NotFound, Conflict, Unavailable."""

    def delete(self, key: Key, revision: str = "") -> Record:
        """Remove a record (that is still at `revision`, where given) and return it as it was.

        Raises NotFound, Conflict, Unavailable.
        """

    def rename_former(self, key: Key) -> bool:
        """Move the policy that an older version stored as `default.NAME` to the key of its name, at once.

        Returns whether there was one; stores that older versions never used have none. Where a store cannot do that at
        once, both keys are there for a moment, and say the same. Raises Conflict where both are there, Unavailable.
        """

    def watch(self, kinds: Collection[Kind], revision: str) -> Watch:
        """Return a watch of all changes to `kinds` after `revision`, as a listing gave it.

        Raises:
            Expired: changes since that revision are no longer kept, or it is not one of this datastore's; list again.
            Unavailable: the datastore does not answer.
        """

    def watch_each(self, listed: Mapping[Kind, str]) -> Watch:
        """Return a watch of all changes to each kind after its own revision, as a listing of that kind gave it.

        Raises as `watch` does; what is expired may also be told by the first poll.
        """

    def close(self) -> None:
        """Let go of files and connections; watches end, and every later call raises Unavailable."""


@runtime_checkable
class Heartbeats(Protocol):
    """A store in which agents say that they live; not all are."""

    def beat(self, host: str, region: str, document: bytes, seconds: int) -> None:
        """Put down an agent's report, where it is gone after that many seconds, and where it stays; raises Unavailable.

        `region` is "" but for the agents of an OpenStack region.
        """
