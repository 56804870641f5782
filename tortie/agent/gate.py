"""Whether what the datastore tells may be acted on: not while it is locked, as for a migration. Pure."""

from __future__ import annotations

import json

from tortie.datastore import Record
from tortie.model import CLUSTER_KEY, Key

from .inbox import News

__all__ = ["Gate"]


class Gate:
    """Holds news back while ClusterInformation `default` says `datastoreReady: false`; then lets all of it out at once.

    A datastore without ClusterInformation, or one that says nothing of it, is not locked.

    Source: datastore specification 7.
    """

    def __init__(self) -> None:
        """Begin open."""
        self._held: dict[Key, Record | None] = {}
        self.closed = False

    def take(self, news: News) -> News | None:
        """Return the news that may be acted on, with what was held; None while the datastore is locked."""
        updates = {**self._held, **news.updates}
        if CLUSTER_KEY in updates:
            self.closed = _is_locked(updates[CLUSTER_KEY])
        self._held = updates if self.closed else {}
        return None if self.closed else News(updates, news.in_sync)


def _is_locked(record: Record | None) -> bool:
    """Tell whether a record says so; one that cannot be read says nothing."""
    try:
        document = json.loads(record.value) if record is not None else {}
        return document["spec"]["datastoreReady"] is False
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
