"""What a paged listing needs to go on: the snapshot's revision and the last record that was handed out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from tortie.datastore.protocol import Page, Record
from tortie.errors import Expired

__all__ = ["HISTORY", "Token", "number"]

HISTORY = 100_000  # changes that are kept for watches and paged listings; older ones raise Expired


@dataclass(frozen=True, slots=True)
class Token:
    """The place in a listing: records after (namespace, name), as of `revision`."""

    revision: int
    namespace: str = ""
    name: str = ""

    def __str__(self) -> str:
        """Return the text that `parse` reads; callers treat it as opaque."""
        return f"{self.revision}:{self.namespace}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the token that `text` stands for; raises Expired where it is none of ours."""
        revision, _, place = text.partition(":")
        namespace, slash, name = place.partition("/")
        if not slash:
            raise Expired(f"`{text}` does not continue any listing; list again from the start")
        return cls(number(revision), namespace, name)

    def page(self, found: Sequence[Record], limit: int) -> Page:
        """Return the first `limit` (0: all) of the records found from here on, and the token that goes on."""
        revision = str(self.revision)
        if not 0 < limit < len(found):
            return Page(tuple(found), revision)
        last = found[limit - 1].key
        return Page(tuple(found[:limit]), revision, str(Token(self.revision, last.namespace, last.name)))


def number(revision: str) -> int:
    """Return the number that a revision of a local store is; raises Expired where it is none of ours."""
    if not (revision.isascii() and revision.isdigit() and len(revision) < len(str(1 << 63))):
        raise Expired(f"`{revision}` is not a revision of this store; list again")
    return int(revision)
