"""What the agent knows of the datastore: raw news in, what the engine may see out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tortie.api import Misread
from tortie.datastore import Record, is_built_in
from tortie.errors import Invalid
from tortie.model import Key, Kind, Resource, Update

from .inbox import News

__all__ = ["Decode", "View"]

Decode = Callable[[Key, bytes], Resource | None]
"""Turns a stored value into the resource that it means, None where it means none; raises Invalid where it is broken:
Misread where something stands for it."""


class View:
    """Holds back a partial view, drops what a restored view knew and the datastore does not, and names what is broken.

    Until the datastore is in sync nothing comes out. `restore` puts the last good state in its place; from then on
    what the datastore tells is again held back until it is whole. An empty datastore in place of a state that was not
    empty is not believed: it looks like a lost disk, and would silence every workload.
    """

    def __init__(self, decode: Decode) -> None:
        """Start knowing nothing."""
        self._decode = decode
        self._waiting: dict[Key, Record | None] = {}
        self._restored: frozenset[Key] = frozenset()
        self.in_sync = False
        self.doubtful = False
        self.problems: dict[Key, str] = {}

    def restore(self, records: Mapping[Key, Record]) -> tuple[Update, ...]:
        """Return the updates that bring the last good state, while the datastore does not answer."""
        self._restored = frozenset(records)
        return self._decoded(records.items())

    def take(self, news: News, last_good: Callable[[], Mapping[Key, Record]]) -> tuple[Update, ...]:
        """Return what the engine has to know now; nothing before the view is whole.

        `last_good` is asked once, where the first whole view is empty.
        """
        self._waiting.update(news.updates)
        if not news.in_sync and not self.in_sync:
            return ()
        if not self.in_sync and not _is_in_use(self._waiting):
            doubted = self._doubt(last_good)
            if self.doubtful:
                return doubted
        records, self._waiting = self._waiting, {}
        gone = self._restored - records.keys()
        self._restored = frozenset()
        self.in_sync, self.doubtful = True, False
        return self._decoded([*((key, None) for key in gone), *records.items()])

    def _doubt(self, last_good: Callable[[], Mapping[Key, Record]]) -> tuple[Update, ...]:
        """Take an empty first view for what it is only where nothing speaks against it; else `doubtful`."""
        if self.doubtful:
            return ()
        records = {} if self._restored else last_good()
        self.doubtful = _is_in_use(records) or any(not is_built_in(key) for key in self._restored)
        return self.restore(records) if self.doubtful and records else ()

    def _decoded(self, records: Iterable[tuple[Key, Record | None]]) -> tuple[Update, ...]:
        found = (Update(key, self._resource(key, record)) for key, record in records)
        return tuple(update for update in found if not self._is_lost(update))

    def _is_lost(self, update: Update) -> bool:
        """Tell whether settings cannot be read at all: those that are known stay in force."""
        return update.key.kind is Kind.FELIX_CONFIGURATION and update.value is None and update.key in self.problems

    def _resource(self, key: Key, record: Record | None) -> Resource | None:
        self.problems.pop(key, None)
        if record is None:
            return None
        try:
            return self._decode(key, record.value)
        except Invalid as error:
            self.problems[key] = str(error)
            return error.instead if isinstance(error, Misread) else None


def _is_in_use(records: Mapping[Key, Record | None]) -> bool:
    """Tell whether there is a record that somebody made."""
    return any(record is not None and not is_built_in(key) for key, record in records.items())
