"""What an agent does about a change on probation: it follows, and undoes, through outages, once."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.contract.confirming import AFTER, BEFORE, CHANGED, change_of, filled, said, write
from tortie.agent.logs import start_log
from tortie.agent.probation import Moment, OnProbation
from tortie.agent.rollback import Rollback
from tortie.datastore import (
    PENDING_KEY,
    MemoryDatastore,
    PendingChange,
    Record,
    carry_out,
    confirm,
    pending_in,
    propose,
)
from tortie.errors import Unavailable
from tortie.model import Key

SOON = 20.0


class Store(MemoryDatastore):
    """Does not answer so many times."""

    away = 0

    def get(self, key: Key) -> Record:
        if self.away:
            self.away -= 1
            raise Unavailable("the store is away")
        return super().get(key)


@pytest.fixture
def store() -> Store:
    found = Store()
    change, wanted = change_of(filled(found))
    propose(found, change)
    carry_out(found, change, wanted)
    return found


@contextmanager
def agent(store: Store, log: io.StringIO | None = None) -> Iterator[Rollback]:
    found = Rollback(store, "node-1", start_log(log or io.StringIO(), "INFO"), dice=lambda: 0.0)
    yield found
    found.close(SOON)


def on_probation(change: PendingChange, *, is_over: bool = False) -> OnProbation:
    return OnProbation(change, Moment("", 0.0, 0.0), 60.0, is_over)


def eventually(holds: Callable[[], object]) -> None:
    for _ in range(2000):
        if holds():
            return
        threading.Event().wait(0.01)
    pytest.fail("it never came to hold")


def followers(store: Store) -> tuple[str, ...]:
    found = pending_in(store)
    assert found is not None
    return found[0].followers


@pytest.mark.parametrize("away", [0, 2])
def test_it_says_that_it_follows_once(store: Store, away: int) -> None:
    found = pending_in(store)
    assert found is not None
    store.away = away
    with agent(store) as rollback:
        rollback.follow(on_probation(found[0]))
        eventually(lambda: not store.away and followers(store) == ("node-1",))
        revision = store.get(PENDING_KEY).revision
        now = pending_in(store)
        assert now is not None
        rollback.follow(on_probation(now[0]))
        rollback.follow(on_probation(found[0]))
        eventually(lambda: rollback._done is not None)
    assert store.get(PENDING_KEY).revision == revision
    assert said(store) == AFTER


@pytest.mark.parametrize("away", [0, 2])
def test_it_undoes_what_is_over_and_tells(store: Store, away: int) -> None:
    found = pending_in(store)
    assert found is not None
    write(store, CHANGED, "theirs")
    store.away = away
    log = io.StringIO()
    with agent(store, log) as rollback:
        rollback.follow(on_probation(found[0], is_over=True))
        eventually(lambda: not store.away and pending_in(store) is None)
    assert said(store) == {**BEFORE, CHANGED: "theirs"}
    assert "a change that nobody confirmed is undone" in log.getvalue()
    assert '"left": ["Tier/changed"]' in log.getvalue()


def test_what_was_confirmed_stays(store: Store) -> None:
    found = pending_in(store)
    assert found is not None
    confirm(store)
    with agent(store) as rollback:
        rollback.follow(on_probation(found[0], is_over=True))
        eventually(lambda: rollback._done is not None)
        assert rollback.error == ""
        rollback.follow(None)
    assert said(store) == AFTER


def test_while_the_datastore_is_away_it_says_so(store: Store) -> None:
    found = pending_in(store)
    assert found is not None
    store.away = 10**9
    with agent(store) as rollback:
        rollback.follow(on_probation(found[0], is_over=True))
        eventually(lambda: rollback.error == "the store is away")
        rollback.follow(None)
        assert rollback.error == ""
    store.away = 0
    assert said(store) == AFTER


def test_a_record_that_nobody_can_read_is_told(store: Store) -> None:
    found = pending_in(store)
    assert found is not None
    store.update(PENDING_KEY, b"{}", store.get(PENDING_KEY).revision)
    with agent(store) as rollback:
        rollback.follow(on_probation(found[0], is_over=True))
        eventually(lambda: "not a change that waits for confirmation" in rollback.error)
