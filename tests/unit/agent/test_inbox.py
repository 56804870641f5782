"""The inbox keeps the newest of each key, and the last word on being in sync."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tortie.agent.inbox import Inbox, News
from tortie.datastore import Batch, Record
from tortie.model import Key, Kind

ONE, TWO = (Key(Kind.TIER, "", name) for name in ("one", "two"))


def record(key: Key, revision: str) -> Record:
    return Record(key, b"{}", revision)


def test_the_newest_of_each_key() -> None:
    calls: list[int] = []
    inbox = Inbox(lambda: calls.append(1))
    inbox.put(Batch(((ONE, record(ONE, "1")), (TWO, record(TWO, "2"))), in_sync=False))
    inbox.put(Batch(((ONE, None),), in_sync=True))
    assert inbox.take() == News({ONE: None, TWO: record(TWO, "2")}, in_sync=True)
    assert inbox.take() == News({}, in_sync=True)
    assert (len(calls), inbox.batches) == (2, 2)


@given(st.lists(st.tuples(st.sampled_from((ONE, TWO)), st.integers(1, 9), st.booleans())))
def test_however_often_one_looks_nothing_is_lost(changes: list[tuple[Key, int, bool]]) -> None:
    inbox = Inbox(lambda: None)
    seen: dict[Key, Record | None] = {}
    for key, revision, look in changes:
        inbox.put(Batch(((key, record(key, str(revision))),), in_sync=True))
        if look:
            seen.update(inbox.take().updates)
    seen.update(inbox.take().updates)
    assert seen == {key: record(key, str(revision)) for key, revision, _ in changes}
