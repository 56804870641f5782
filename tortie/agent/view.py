"""What the agent knows of the datastore: raw news in, what the engine may see out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tortie.api import KEPT_KINDS, Misread
from tortie.datastore import Record, is_built_in
from tortie.errors import Invalid
from tortie.model import Key, Resource, Update

from .inbox import News
from .probation import Probation

__all__ = ["Decode", "View"]

Decode = Callable[[Key, bytes], Resource | None]
"""Turns a stored value into the resource that it means, None where it means none; raises Invalid where it is broken:
Misread where something stands for it."""


LastGood = Callable[[], Mapping[Key, Record]]


class View:
    """Holds back a partial view, drops what a restored view knew and the datastore does not, and names what is broken.

    Until the datastore is in sync nothing comes out. `restore` puts the last good state in its place; from then on
    what the datastore tells is again held back until it is whole. An empty datastore in place of a state that was not
    empty is not believed: it looks like a lost disk, and would silence every workload.

    Of what is lost (`Misread.is_lost`) the version before stays in force, be it of an earlier run; `kept` are the
    records of those.

    What a change on probation replaced stands in its place once its time is over.
    """

    def __init__(self, decode: Decode, probation: Probation | None = None) -> None:
        """Start knowing nothing, but the change that was on probation in an earlier run."""
        self._decode = decode
        self.probation = probation or Probation()
        self._waiting: dict[Key, Record | None] = {}
        self._restored: frozenset[Key] = frozenset()
        self.in_sync = False
        self.doubtful = False
        self.problems: dict[Key, str] = {}
        self.kept: dict[Key, Record] = {}
        self._understood: dict[Key, Record] = {}

    def restore(self, records: Mapping[Key, Record]) -> tuple[Update, ...]:
        """Return the updates that bring the last good state, while the datastore does not answer."""
        shown = self.probation.restore(records)
        self._restored = frozenset(shown)
        return self._decoded(shown.items(), dict)

    def settle(self, last_good: LastGood) -> tuple[Update, ...]:
        """Return what the engine has to know as the time of a change on probation is over."""
        if not (self.in_sync or self._restored):
            return ()
        records = self.probation.settle(last_good)
        if not self.in_sync:
            self._restored |= {key for key, record in records.items() if record is not None}
        return self._decoded(records.items(), last_good)

    def take(self, news: News, last_good: LastGood) -> tuple[Update, ...]:
        """Return what the engine has to know now; nothing before the view is whole.

        `last_good` is asked where the first whole view is empty, and where something is lost that was never understood.
        """
        self._waiting.update(self.probation.take(news.updates, in_sync=news.in_sync))
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
        return self._decoded([*((key, None) for key in gone), *records.items()], last_good)

    def _doubt(self, last_good: LastGood) -> tuple[Update, ...]:
        """Take an empty first view for what it is only where nothing speaks against it; else `doubtful`."""
        if self.doubtful:
            return ()
        records = {} if self._restored else last_good()
        self.doubtful = _is_in_use(records) or any(not is_built_in(key) for key in self._restored)
        return self.restore(records) if self.doubtful and records else ()

    def _decoded(self, records: Iterable[tuple[Key, Record | None]], last_good: LastGood) -> tuple[Update, ...]:
        found = (self._update(key, record, last_good) for key, record in records)
        return tuple(update for update in found if update is not None)

    def _update(self, key: Key, record: Record | None, last_good: LastGood) -> Update | None:
        """Return what a record says; None where it is lost, and the engine has the version before."""
        self.problems.pop(key, None)
        self.kept.pop(key, None)
        if record is None:
            self._understood.pop(key, None)
            return Update(key, None)
        try:
            value = self._decode(key, record.value)
        except Invalid as error:
            self.problems[key] = str(error)
            instead = error.instead if isinstance(error, Misread) else None
            is_lost = error.is_lost if isinstance(error, Misread) else key.kind in KEPT_KINDS
            return self._lost(key, instead, last_good) if is_lost else Update(key, instead)
        if key.kind in KEPT_KINDS:
            self._understood[key] = record
        return Update(key, value)

    def _lost(self, key: Key, instead: Resource | None, last_good: LastGood) -> Update | None:
        """Return the version before, None where the engine has it, or what stands for it where nobody knows one."""
        update = None
        if key not in self._understood:
            known = last_good().get(key)
            try:
                value = self._decode(key, known.value) if known is not None else None
            except Invalid:
                known = None
            if known is None:
                return Update(key, instead)
            self._understood[key] = known
            update = Update(key, value)
        self.kept[key] = self._understood[key]
        self.problems[key] += "; what it said before stays in force"
        return update


def _is_in_use(records: Mapping[Key, Record | None]) -> bool:
    """Tell whether there is a record that somebody made."""
    return any(record is not None and not is_built_in(key) for key, record in records.items())
