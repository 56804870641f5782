"""A change that is undone unless it is confirmed: what was there, what was written, and until when. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from tortie.datastore.protocol import Record
from tortie.errors import Invalid
from tortie.model import Key, Kind

__all__ = ["PENDING_KEY", "PendingChange", "Touched", "digest", "pending_of"]

PENDING_KEY = Key(Kind.PENDING_CHANGE, "", "default")
"""Where the one change stands that may wait for confirmation."""

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Touched:
    """One resource that a change writes.

    `before` is what was there, None where nothing was. `after` is the digest of what is written, "" where the change
    deletes. `revision` is that of the write, "" where nobody has noted it.
    """

    key: Key
    before: Record | None
    after: str
    revision: str = ""

    def is_written(self, now: Record | None) -> bool:
        """Tell whether what is stored now is what the change wrote: not what was before, nor what somebody wrote since.

        By the revision of the write; where that is not known, by content.
        """
        if now is None:
            return not self.after
        if self.revision:
            return now.revision == self.revision
        is_before = self.before is not None and now.revision == self.before.revision
        return bool(self.after) and not is_before and digest(now.value) == self.after

    def is_as_before(self, now: Record | None) -> bool:
        """Tell whether what is stored now says what was there before the change."""
        if now is None or self.before is None:
            return now is None and self.before is None
        return digest(now.value) == digest(self.before.value)


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A change that everybody undoes `seconds` after having seen it, unless its record is gone by then.

    `until` is when that is by the clock of who wrote it, for people and for who comes later: RFC 3339. `author` wrote
    it. `followers` are agents that said they will undo it. `undone_by` has begun to undo it in
    the datastore, "" where nobody has: from then on it cannot be confirmed.
    """

    id: str
    seconds: float
    until: str
    author: str
    touched: tuple[Touched, ...]
    followers: tuple[str, ...] = ()
    undone_by: str = ""
    by_key: Mapping[Key, Touched] = field(init=False, repr=False, compare=False, default_factory=dict[Key, Touched])

    def __post_init__(self) -> None:
        """Index the resources by key."""
        object.__setattr__(self, "by_key", {each.key: each for each in self.touched})

    def noted(self, revisions: Mapping[Key, str]) -> PendingChange:
        """Return the change with the revisions that its writes got."""
        found = (replace(each, revision=revisions.get(each.key, each.revision)) for each in self.touched)
        return replace(self, touched=tuple(found))

    def encode(self) -> bytes:
        """Return the value that is stored."""
        document = {
            "version": _VERSION,
            "id": self.id,
            "seconds": self.seconds,
            "until": self.until,
            "author": self.author,
            "followers": self.followers,
            "undoneBy": self.undone_by,
            "touched": [_touched_document(each) for each in self.touched],
        }
        return json.dumps(document, separators=(",", ":")).encode()


def pending_of(value: bytes) -> PendingChange:
    """Return the change that a stored value tells; raises Invalid where it tells none."""
    try:
        found = json.loads(value)
        if found["version"] != _VERSION:
            raise ValueError(f"it is of version {found['version']}")  # noqa: TRY301 - told as the others are
        return PendingChange(
            str(found["id"]),
            float(found["seconds"]),
            str(found["until"]),
            str(found["author"]),
            tuple(map(_touched, found["touched"])),
            tuple(map(str, found["followers"])),
            str(found["undoneBy"]),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        what = f"{PENDING_KEY}: not a change that waits for confirmation: {error}"
        raise Invalid.because(
            what, mend="use the Tortie that wrote it; `calicoctl confirm --forget` removes it"
        ) from error


def digest(value: bytes) -> str:
    """Return what tells values apart that mean different things: white space and the order of fields mean nothing."""
    try:
        canonical = json.dumps(json.loads(value), sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        canonical = value
    return sha256(canonical).hexdigest()


def _touched_document(each: Touched) -> dict[str, Any]:
    before = each.before and [each.before.revision, each.before.value.decode(errors="surrogateescape")]
    key = [each.key.kind, each.key.namespace, each.key.name]
    return {"key": key, "before": before, "after": each.after, "revision": each.revision}


def _touched(document: Mapping[str, Any]) -> Touched:
    kind, namespace, name = document["key"]
    key, before = Key(Kind(kind), namespace, name), None
    if document["before"] is not None:
        revision, value = document["before"]
        before = Record(key, value.encode(errors="surrogateescape"), revision)
    return Touched(key, before, str(document["after"]), str(document["revision"]))
