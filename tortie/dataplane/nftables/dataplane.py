"""Holds the one table to the compiled policy: compared whole at the start, by differences after, and repaired."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tortie.compiled import PolicyUpdate, Snapshot
from tortie.dataplane.nftables.boot import BOOT, boot_table
from tortie.dataplane.nftables.objects import Object
from tortie.dataplane.nftables.protocol import Kernel, Refused, Stale
from tortie.dataplane.nftables.render import render_all, render_steps
from tortie.dataplane.nftables.repair import repair
from tortie.dataplane.nftables.ruleset import ruleset
from tortie.dataplane.nftables.transaction import Elements, Transaction, Verb
from tortie.errors import Unavailable
from tortie.model import Settings

__all__ = ["Dataplane"]

_ATTEMPTS = 10  # against commits of others to tables of their own


class Dataplane:
    """Keeps the kernel's table in step with snapshots; one thread at a time.

    A change is one transaction, and packets see the old policy or the new one; a second takes away what only packets on
    their way could still come to. Where the kernel refuses a difference,
    or somebody else has changed the table, the table is compared and mended; where that is refused, replaced as a
    whole; where that is refused too, the kernel keeps what it has, and the next call tries again.
    """

    def __init__(self, kernel: Kernel, settings: Settings) -> None:
        """Start without touching the kernel."""
        self._kernel = kernel
        self._settings = settings
        self._in_step = False
        self._generation = 0

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

    def start(self, snapshot: Snapshot) -> bool:
        """Make the table what the snapshot says, whatever is there; return whether anything had to change.

        Raises:
            Refused: the kernel did not take it, and keeps what it has; the failures name the objects.
            Unavailable: the kernel cannot be asked.
        """
        self._in_step = False
        whole = render_all(snapshot)
        counters = self._kernel.counters()
        nothing_there = not counters or BOOT in counters
        changed = None if nothing_there else self._mend(whole)
        if changed is None:
            self._kernel.foreign_changes()  # what happened until now is about to be replaced
            whole.replace_table()
            self._generation = self._kernel.commit(whole)
        self._in_step = True
        return changed is not False

    def apply(self, update: PolicyUpdate, snapshot: Snapshot) -> None:
        """Carry a difference to the kernel; `snapshot` is the state after it.

        Raises:
            Refused: the kernel took neither the difference nor the whole table, and keeps what it has.
            Unavailable: the kernel cannot be asked.
        """
        if self._in_step and not update:
            return
        if not (self._in_step and all(self._differ(step) for step in render_steps(update, snapshot) if step)):
            self.start(snapshot)

    def repair(self, snapshot: Snapshot, *, thorough: bool = False) -> bool:
        """Mend the table where somebody else changed it; return whether that was needed.

        With `thorough` the table is compared wherever anybody committed anything (to any table) since, told of it or
        not.

        Raises:
            Refused, Unavailable: as `start`.
        """
        if self._in_step and not self._kernel.foreign_changes():
            generation = self._kernel.generation()
            if not thorough or generation == self._generation:
                return False
        return self.start(snapshot)

    def counters(self) -> Mapping[str, tuple[int, int]]:
        """Return packets and bytes of each named counter of the table."""
        return self._kernel.counters()

    def _mend(self, whole: Transaction) -> bool | None:
        """Return whether there was something to mend; None where mending failed."""
        desired = ruleset(_made(whole))
        for _ in range(_ATTEMPTS):
            self._kernel.foreign_changes()  # what happened until now, the comparison will see
            actual = self._kernel.dump()
            mending = repair(desired, actual)
            if not mending:
                self._generation = actual.generation
                return False
            try:
                self._generation = self._kernel.commit(mending, actual.generation)
            except Stale:
                continue
            except Refused:
                return None
            return True
        return None

    def _differ(self, difference: Transaction) -> bool:
        """Commit a difference; return False where the table is not what the difference was computed against."""
        self._in_step = False
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
            self._in_step = True
            return True
        raise Unavailable(f"nftables: others committed {_ATTEMPTS} times in a row before we could; trying again later")


def _made(transaction: Transaction) -> Iterator[Object]:
    """Yield what a transaction makes, one by one."""
    for operation in transaction.operations():
        if operation.verb is not Verb.ADD:
            continue
        if isinstance(operation.object, Elements):
            yield from operation.object.items
        else:
            yield operation.object
