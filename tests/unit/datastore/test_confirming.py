"""Changes on probation under every failure: writers and undoers that end anywhere, and others who write meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.confirming import AFTER, BEFORE, CHANGED, CREATED, DELETED, change_of, filled, said, write
from tortie.datastore import PENDING_KEY, MemoryDatastore, Record, carry_out, confirm, pending_in, propose, undo
from tortie.errors import Conflict, Invalid, NotFound, Unavailable
from tortie.model import Key, Kind


class Failing(MemoryDatastore):
    """A datastore that answers so many calls, and then no more."""

    answers: int | None = None

    def get(self, key: Key) -> Record:
        self._count()
        return super().get(key)

    def create(self, key: Key, value: bytes) -> Record:
        self._count()
        return super().create(key, value)

    def update(self, key: Key, value: bytes, revision: str) -> Record:
        self._count()
        return super().update(key, value, revision)

    def delete(self, key: Key, revision: str = "") -> Record:
        self._count()
        return super().delete(key, revision)

    def _count(self) -> None:
        if self.answers is not None:
            if not self.answers:
                raise Unavailable("the datastore is away")
            self.answers -= 1


def during(store: Failing, answers: int | None, act: Callable[[], object]) -> None:
    """Do something while the store answers so often only."""
    store.answers = answers
    try:
        with suppress(Unavailable, Conflict, NotFound):
            act()
    finally:
        store.answers = None


answers = st.integers(0, 12) | st.none()
others = st.lists(st.tuples(st.sampled_from([CHANGED, CREATED, DELETED]), st.sampled_from(["new", "old", "x"])))


@given(answers, others, st.lists(st.tuples(answers, others), max_size=4))
def test_whatever_ends_in_between_an_undone_change_leaves_only_what_others_wrote(
    written: int | None, then: list[tuple[Key, str]], attempts: list[tuple[int | None, list[tuple[Key, str]]]]
) -> None:
    store = Failing()
    change, wanted = change_of(filled(store))
    propose(store, change)
    theirs: dict[Key, str] = {}

    def others_write(writes: list[tuple[Key, str]]) -> None:
        for key, what in writes:
            write(store, key, what)
            theirs[key] = what

    during(store, written, lambda: carry_out(store, change, wanted))
    is_noted = (found := pending_in(store)) is not None and all(t.revision or not t.after for t in found[0].touched)
    others_write(then)
    for left, writes in attempts:
        during(store, left, lambda: undo(store, "one", "node-1"))
        others_write(writes)
    during(store, None, lambda: undo(store, "one", "node-2"))
    assert pending_in(store) is None
    now = said(store)
    for key in (CHANGED, CREATED, DELETED):
        if key not in theirs:
            assert now.get(key) == BEFORE.get(key)
        elif is_noted or theirs[key] != AFTER.get(key):  # what is never noted is told by its content
            assert now[key] == theirs[key]


@given(answers, st.booleans())
def test_a_change_is_confirmed_whole_or_not_at_all(left: int | None, is_begun: bool) -> None:
    store = Failing()
    change, wanted = change_of(filled(store))
    propose(store, change)
    carry_out(store, change, wanted)
    if is_begun:
        during(store, left, lambda: undo(store, "one", "node-1"))
    try:
        confirm(store)
    except (Conflict, NotFound):
        during(store, None, lambda: undo(store, "one", "node-2"))
        assert said(store) == BEFORE
    else:
        assert said(store) == AFTER
    assert pending_in(store) is None


def test_a_store_without_a_place_for_it_is_told() -> None:
    class Narrow(MemoryDatastore):
        def holds(self, kind: Kind) -> bool:
            return kind is not PENDING_KEY.kind

    store = Narrow()
    change, _ = change_of(filled(store))
    with pytest.raises(Invalid, match="cannot keep a change that waits for confirmation"):
        propose(store, change)
