"""One watch of a store with one history, for kinds that were listed one after the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from tortie.datastore.paging import number
from tortie.datastore.protocol import Change, Watch
from tortie.model import Kind

__all__ = ["JoinedWatch"]


class JoinedWatch:
    """See `Watch`: begins at the earliest listing, and leaves out what a later listing of its kind has told."""

    def __init__(self, watch: Callable[[Collection[Kind], str], Watch], listed: Mapping[Kind, str]) -> None:
        """Begin to watch; raises Expired, Unavailable."""
        self._listed = {kind: number(revision) for kind, revision in listed.items()}
        self._watch = watch(tuple(listed), str(min(self._listed.values())))

    def poll(self, seconds: float) -> Sequence[Change]:
        """See `Watch.poll`; may return early where nothing new came."""
        changes = self._watch.poll(seconds)
        return tuple(change for change in changes if number(change.revision) > self._listed[change.key.kind])

    @property
    def closed(self) -> bool:
        """See `Watch.closed`."""
        return self._watch.closed

    def close(self) -> None:
        """See `Watch.close`."""
        self._watch.close()
