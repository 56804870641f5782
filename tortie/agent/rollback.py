"""What an agent does about a change on probation in the datastore: says that it follows, and undoes it when it is over.

In a thread of its own: a datastore that the change has cut off may take its time to say nothing.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from tortie.datastore import Datastore, PendingChange, note, undo
from tortie.errors import Invalid, NotFound, Unavailable

from .backoff import Backoff
from .probation import OnProbation

__all__ = ["Rollback"]

_FOLLOW, _UNDO = 0.2, 1.0  # seconds over which agents spread, so that one is first and the others find it done


@dataclass(frozen=True, slots=True)
class _Task:
    change: PendingChange
    is_over: bool


class Rollback:
    """Acts on the newest change that it was given, for the agent of `host`; `error` tells why it cannot, else "".

    Whoever is first does it; the others find it done. `dice` draws from [0, 1).
    """

    def __init__(
        self, store: Datastore, host: str, log: logging.Logger, *, dice: Callable[[], float] = random.random
    ) -> None:
        """Start without a change, and without a thread."""
        self._store = store
        self._host = host
        self._log = log
        self._dice = dice
        self._changed = threading.Condition()
        self._wanted: _Task | None = None
        self._done: _Task | None = None
        self._closed = False
        self._thread: threading.Thread | None = None
        self.error = ""

    def follow(self, found: OnProbation | None) -> None:
        """Have a change followed, or undone where its time is over; None: there is none."""
        task = None
        if found is not None and (found.is_over or not found.change.followers):
            task = _Task(found.change, found.is_over)
        if task == self._wanted:
            return
        with self._changed:
            self._wanted = task
            self._changed.notify_all()
        if task is None:
            self.error = ""
        elif self._thread is None:
            self._thread = threading.Thread(target=self._run, name="rollback", daemon=True)
            self._thread.start()

    def close(self, seconds: float) -> None:
        """End the thread, and wait for that so long."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        backoff = Backoff(0.5, 10.0, dice=self._dice)
        while (task := self._next()) is not None:
            self._pause(task, self._dice() * (_UNDO if task.is_over else _FOLLOW))
            if task is not self._wanted:
                continue
            try:
                self._act(task)
            except NotFound:  # confirmed, or undone by somebody else
                self._done, self.error = task, ""
            except Invalid as error:
                self._done, self.error = task, str(error)
            except Unavailable as error:
                self.error = str(error)
                backoff.failed(0.0)
                self._pause(task, backoff.remaining(0.0) or 0.0)
            else:
                self._done, self.error = task, ""
                backoff.succeeded()

    def _next(self) -> _Task | None:
        """Wait for something to do; None: the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._wanted not in (None, self._done))
            return None if self._closed else self._wanted

    def _pause(self, task: _Task, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._wanted is not task, seconds)

    def _act(self, task: _Task) -> None:
        change = task.change
        if not task.is_over:
            note(self._store, change.id, lambda found: replace(found, followers=found.followers or (self._host,)))
            return
        undone = undo(self._store, change.id, self._host, change)
        restored, left = (list(map(str, keys)) for keys in (undone.restored, undone.left))
        about = {"author": change.author, "restored": restored, "left": left}
        self._log.warning("a change that nobody confirmed is undone", extra=about)
