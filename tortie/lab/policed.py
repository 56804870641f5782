"""A lab under policy: the lab, its datastore, and an agent on every host."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tortie.datastore import Datastore, open_datastore
from tortie.errors import Unavailable
from tortie.lab.agents import agent_name, ended, start_agent
from tortie.lab.compare import Comparison, compare, every_question
from tortie.lab.etcd import start_etcd
from tortie.lab.expected import Expectation, Question
from tortie.lab.kernels import differs
from tortie.lab.lab import Running, attach, up
from tortie.lab.store import apply, fill, location, read_files, read_text, resources
from tortie.lab.topology import Lab, Store
from tortie.model import Key

__all__ = ["PATIENCE", "Enforce", "Policed", "attach_policed", "by_agents", "policed_up", "raise_policed"]

PATIENCE = 20.0  # seconds an agent has for a change, on a machine that does much else
_PAUSE = 0.01

Enforce = Callable[["Policed", Expectation], None]
"""Returns once every host enforces what is expected of it; raises Unavailable where one does not."""


def by_agents(policed: Policed, expectation: Expectation, *, seconds: float = PATIENCE) -> None:
    """Wait until every host's kernel holds exactly what its agent should have made of the datastore.

    Raises:
        Unavailable: An agent has ended, or a host is not there in that many seconds; with what its agent said.
    """
    until = time.monotonic() + seconds
    running = policed.running
    waiting = [host.name for host in running.lab.hosts]
    while waiting := [host for host in waiting if differs(running, host, expectation.snapshot(host))]:
        if words := ended(running):
            raise Unavailable("an agent has ended: " + "\n  ".join(words))
        if time.monotonic() > until:
            said = running.log(agent_name(waiting[0])).splitlines()[-5:]
            raise Unavailable(f"host `{waiting[0]}` does not enforce the newest policy:\n  " + "\n  ".join(said))
        time.sleep(_PAUSE)


@dataclass(slots=True)
class Policed:
    """A lab under policy. `enforce` is what makes the hosts do what the datastore says, or waits until they do."""

    running: Running
    store: Datastore
    enforce: Enforce = field(default=by_agents)

    def apply(self, *paths: Path) -> tuple[Key, ...]:
        """Write the resources of files to the datastore; return their keys.

        Raises:
            Invalid: With every problem of all files; nothing is written.
        """
        return apply(self.store, read_files(paths))

    def apply_text(self, text: str) -> tuple[Key, ...]:
        """Write the resources of a text to the datastore; return their keys."""
        return apply(self.store, read_text(text, "text"))

    def delete(self, keys: Iterable[Key]) -> None:
        """Remove resources from the datastore; raises NotFound."""
        for key in keys:
            self.store.delete(key)

    def settled(self) -> Expectation:
        """Return what is to be expected of the datastore's policy, once every host enforces it."""
        expectation = Expectation(self.running.lab, resources(self.store))
        self.enforce(self, expectation)
        return expectation

    def compare(self, questions: Iterable[Question]) -> tuple[Comparison, ...]:
        """Return what is measured beside what is evaluated, once every host enforces the newest policy."""
        return compare(self.running, self.settled(), questions)

    def matrix(self) -> tuple[Comparison, ...]:
        """Return the comparison of every source with every listening port of every other member."""
        return self.compare(every_question(self.running.lab))

    def close(self) -> None:
        """Let go of the datastore; the lab stays up."""
        self.store.close()

    def down(self) -> None:
        """Take everything down; nothing of it stays."""
        self.close()
        self.running.down()


def raise_policed(lab: Lab, *, enforce: Enforce | None = None) -> Policed:
    """Put a lab up with its datastore, start an agent on each host, apply the lab's files; return it in force.

    With `enforce` no agents are started: it does their work.

    Raises:
        Conflict: A lab of that name is up.
        Invalid: A file of resources is wrong; every problem is told, and nothing is put up.
        OSError: A file of resources cannot be read.
        Unavailable: The kernel refused, or an agent did not come up.
    """
    found = read_files(lab.resources)
    running = up(lab)
    if lab.datastore is Store.ETCD:
        try:
            start_etcd(running)
        except BaseException:
            running.down()
            raise
    policed = Policed(running, open_datastore(location(running.directory)), enforce or by_agents)
    try:
        fill(policed.store, running.lab)
        apply(policed.store, found)
        if enforce is None:
            for host in running.lab.hosts:
                start_agent(running, host.name)
        policed.settled()
    except BaseException:
        policed.down()
        raise
    return policed


@contextmanager
def policed_up(lab: Lab, *, enforce: Enforce | None = None) -> Iterator[Policed]:
    """Put a lab up under policy for the length of a `with` block."""
    policed = raise_policed(lab, enforce=enforce)
    try:
        yield policed
    finally:
        policed.down()


def attach_policed(name: str) -> Policed:
    """Return a lab under policy that somebody put up; raises NotFound."""
    running = attach(name)
    return Policed(running, open_datastore(location(running.directory)))
