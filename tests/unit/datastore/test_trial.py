"""Writes that are only tried: what is read afterwards, and that the datastore below is as it was."""

from __future__ import annotations

import pytest

from tortie.datastore import MemoryDatastore, TrialDatastore
from tortie.errors import Conflict, NotFound, Unavailable
from tortie.model import Key, Kind

A, B, C = (Key(Kind.NETWORK_SET, "shop", name) for name in "abc")


@pytest.fixture
def below() -> MemoryDatastore:
    store = MemoryDatastore()
    store.create(A, b"1")
    store.create(B, b"2")
    return store


def keys(store: TrialDatastore, namespace: str = "") -> list[Key]:
    return [record.key for record in store.list(Kind.NETWORK_SET, namespace).records]


def test_writes_are_seen_here_and_not_below(below: MemoryDatastore) -> None:
    trial = TrialDatastore(below)
    before = below.list(Kind.NETWORK_SET)
    trial.create(C, b"3")
    trial.update(A, b"4", trial.get(A).revision)
    assert trial.delete(B).value == b"2"
    assert [(record.key, record.value) for record in trial.list(Kind.NETWORK_SET).records] == [(A, b"4"), (C, b"3")]
    assert (keys(trial, "shop"), keys(trial, "lab"), trial.list(Kind.TIER).records) == ([A, C], [], ())
    assert below.list(Kind.NETWORK_SET) == before
    trial.close()
    assert keys(trial) == [A, B]


def test_what_a_datastore_refuses_is_refused(below: MemoryDatastore) -> None:
    trial = TrialDatastore(below)
    with pytest.raises(Conflict):
        trial.create(A, b"")
    with pytest.raises(Conflict):
        trial.update(A, b"", "99")
    with pytest.raises(Conflict):
        trial.delete(A, "99")
    trial.delete(A)
    for act in (trial.get, trial.delete):
        with pytest.raises(NotFound):
            act(A)
    with pytest.raises(NotFound):
        trial.update(C, b"", "1")
    trial.create(A, b"5")
    assert trial.get(A).value == b"5"
    with pytest.raises(Unavailable):
        trial.watch([Kind.TIER], "0")


def test_changes_tell_what_was_there_before_the_first_write(below: MemoryDatastore) -> None:
    trial = TrialDatastore(below)
    assert trial.changes == {}
    b, a = below.get(B), below.get(A)
    trial.delete(B)
    trial.create(C, b"3")
    trial.update(A, b"4", a.revision)
    trial.update(A, b"5", trial.get(A).revision)
    trial.create(B, b"6")
    found = [(key, before, now and now.value) for key, (before, now) in trial.changes.items()]
    assert found == [(B, b, b"6"), (C, None, b"3"), (A, a, b"5")]
    trial.delete(C)
    assert trial.changes[C] == (None, None)
