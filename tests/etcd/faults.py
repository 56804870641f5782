"""A cluster in trouble while somebody writes: members lost, frozen, elected, compacted and restarted."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.etcds import Etcd, asked, wait_for
from tortie.datastore import Record
from tortie.datastore.etcd import EtcdDatastore
from tortie.errors import Conflict, NotFound, Unavailable
from tortie.model import Key

__all__ = ["FAULTS", "LONG", "Trial", "Writer", "eventually", "leader"]

LONG = 90.0  # seconds; reached only by a failing test


def eventually(holds: Callable[[], object], what: str) -> None:
    until = time.monotonic() + LONG
    while not holds():
        assert time.monotonic() < until, what
        time.sleep(0.02)


@dataclass(slots=True)
class Writer:
    """Writes until stopped, whatever it takes; `written` is every acknowledged write by its revision.

    `make` says what is written as which turn; after each write it rests for `pause` seconds.
    """

    store: EtcdDatastore
    make: Callable[[int], tuple[Key, bytes]]
    pause: float = 0.0
    written: dict[int, tuple[Key, bytes]] = field(default_factory=dict)
    done: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> None:
        count = 0
        while not self.done.is_set():
            key, value = self.make(count)
            record = self._write(key, value)
            if record is not None:
                assert int(record.revision) not in self.written
                self.written[int(record.revision)] = (key, value)
                count += 1
                self.done.wait(self.pause)
        self.ended.set()

    def stop(self) -> None:
        """Return once what was under way is done, or given up."""
        self.done.set()
        assert self.ended.wait(LONG)

    def progress(self, writes: int) -> None:
        """Return once that many more writes were acknowledged."""
        goal = len(self.written) + writes
        eventually(lambda: len(self.written) >= goal, "writes are no longer acknowledged")

    def _write(self, key: Key, value: bytes) -> Record | None:
        """Return the record, None where nobody answered and the value is not there."""
        try:
            try:
                found = self.store.get(key)
            except NotFound:
                return self.store.create(key, value)
            if found.value == value:  # nobody acknowledged it, and yet it was done
                return found
            return self.store.update(key, value, found.revision)
        except (Unavailable, Conflict):
            return None


class Trial(Protocol):
    """What runs while a fault happens."""

    @property
    def members(self) -> Sequence[Etcd]:
        """The cluster's, each running."""

    @property
    def writer(self) -> Writer:
        """Whoever writes, running."""

    def followed(self) -> Etcd:
        """Return the member that is to be frozen."""

    def see_outage(self) -> None:
        """Return once it is noticed that nobody answers, and nothing was taken back for it."""

    def see_silence(self) -> None:
        """Return once it is noticed that the frozen member is silent, and others are asked."""


def leader(members: Sequence[Etcd]) -> Etcd:
    """Return the member that leads, after the election where there is one."""
    found: list[Etcd] = []

    def has_one() -> bool:
        found[:] = [etcd for etcd in members if etcd.process is not None and _leads(asked(etcd, "maintenance/status"))]
        return bool(found)

    eventually(has_one, "there is no leader")
    return found[0]


def _leads(status: Any) -> bool:
    return status is not None and status.get("leader") == status["header"]["member_id"]


def lose_follower(trial: Trial) -> None:
    chosen = leader(trial.members)
    lost = next(etcd for etcd in trial.members if etcd is not chosen)
    lost.kill()
    trial.writer.progress(60)
    lost.start()


def lose_leader(trial: Trial) -> None:
    lost = leader(trial.members)
    lost.kill()
    trial.writer.progress(60)
    lost.start()


def elect_another(trial: Trial) -> None:
    first = leader(trial.members)
    other = next(etcd for etcd in trial.members if etcd is not first)

    def is_elected() -> bool:
        status = asked(other, "maintenance/status")
        if status is not None and not _leads(status):
            asked(leader(trial.members), "maintenance/transfer-leadership", targetID=status["header"]["member_id"])
        return _leads(asked(other, "maintenance/status"))

    eventually(is_elected, "another member does not come to lead")
    trial.writer.progress(60)


def compact_meanwhile(trial: Trial) -> None:
    for _ in range(10):
        trial.writer.progress(10)
        newest = max(trial.writer.written)
        eventually(
            lambda: asked(trial.members[0], "kv/compaction", revision=newest, physical=True) is not None,  # noqa: B023
            "nothing is compacted",
        )


def freeze_a_member(trial: Trial) -> None:
    frozen = trial.followed()
    frozen.signal(signal.SIGSTOP)
    try:
        trial.writer.progress(60)
        trial.see_silence()
    finally:
        frozen.signal(signal.SIGCONT)


def restart_all(trial: Trial) -> None:
    for etcd in trial.members:
        etcd.kill()
    trial.see_outage()
    for etcd in trial.members:
        etcd.start()


def restart_one_after_the_other(trial: Trial) -> None:
    for etcd in trial.members:
        etcd.kill()
        trial.writer.progress(10)
        etcd.start()
        wait_for(etcd.settings)


FAULTS: tuple[Callable[[Trial], None], ...] = (
    lose_follower,
    lose_leader,
    elect_another,
    compact_meanwhile,
    freeze_a_member,
    restart_all,
    restart_one_after_the_other,
)
