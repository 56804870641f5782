"""Holds the one table to the compiled policy: whole at the start, by differences after, and repaired when touched."""

from __future__ import annotations

from collections.abc import Mapping

from tortie.compiled import PolicyUpdate, Snapshot
from tortie.dataplane.nftables.boot import boot_table
from tortie.dataplane.nftables.protocol import Kernel, Refused, Stale
from tortie.dataplane.nftables.render import render, render_all
from tortie.dataplane.nftables.transaction import Transaction
from tortie.model import Settings

__all__ = ["Dataplane"]

_ATTEMPTS = 10  # against commits of others to their own tables


class Dataplane:
    """Keeps the kernel's table in step with snapshots; one thread at a time.

    Every change is one transaction: packets see the old policy or the new one. Where the kernel refuses a difference,
    or somebody else has changed the table, the whole table is replaced, in one transaction too. Where that is refused,
    the kernel keeps what it has, and the next call tries the whole table again.
    """

    def __init__(self, kernel: Kernel, settings: Settings) -> None:
        """Start without touching the kernel."""
        self._kernel = kernel
        self._settings = settings
        self._in_step = False
        self._generation = 0
        self._counters: frozenset[str] = frozenset()

    @property
    def in_step(self) -> bool:
        """Tell whether the kernel took the last snapshot that was given."""
        return self._in_step

    def boot(self) -> bool:
        """Silence workloads where there is no table at all; return whether there was none.

        Raises:
            Refused, Unavailable: the kernel did not take the table.
        """
        if self._in_step or self._kernel.counters():
            return False
        self._kernel.commit(boot_table(self._settings))
        return True

    def start(self, snapshot: Snapshot) -> None:
        """Put the whole policy in place of whatever table is there, in one transaction.

        Raises:
            Refused: the kernel did not take it, and keeps what it has; the failures name the objects.
            Unavailable: the kernel cannot be asked.
        """
        self._in_step = False
        self._kernel.foreign_changes()  # what happened until now is about to be overwritten
        whole = render_all(snapshot)
        whole.replace_table()
        self._generation = self._kernel.commit(whole)
        self._counters = frozenset(self._kernel.counters())
        self._in_step = True

    def apply(self, update: PolicyUpdate, snapshot: Snapshot) -> None:
        """Carry a difference to the kernel; `snapshot` is the state after it.

        Raises:
            Refused: the kernel took neither the difference nor the whole table, and keeps what it has.
            Unavailable: the kernel cannot be asked.
        """
        if self._in_step and not update:
            return
        if not (self._in_step and self._differ(render(update, snapshot))):
            self.start(snapshot)
        elif update.rules:
            self._counters = frozenset(self._kernel.counters())

    def repair(self, snapshot: Snapshot, *, thorough: bool = False) -> bool:
        """Replace the table where somebody else changed it; return whether that was needed.

        With `thorough` the kernel's word that nobody did is not enough: where anybody committed anything since, the
        names of the table's counters must be those that were there.

        Raises:
            Refused, Unavailable: as `start`.
        """
        if self._in_step and not self._kernel.foreign_changes() and not (thorough and self._looks_changed()):
            return False
        self.start(snapshot)
        return True

    def counters(self) -> Mapping[str, tuple[int, int]]:
        """Return packets and bytes of each named counter of the table."""
        return self._kernel.counters()

    def _looks_changed(self) -> bool:
        generation = self._kernel.generation()
        if generation == self._generation:
            return False
        if self._counters != self._kernel.counters().keys():
            return True
        self._generation = generation
        return False

    def _differ(self, difference: Transaction) -> bool:
        """Commit a difference; return False where the table is not what the difference was computed against."""
        for _ in range(_ATTEMPTS):
            generation = self._kernel.generation()
            if self._kernel.foreign_changes():
                return False
            try:
                self._generation = self._kernel.commit(difference, generation)
            except Stale:
                continue  # most likely somebody with a table of their own; the notices tell
            except Refused:
                return False
            else:
                return True
        return False
