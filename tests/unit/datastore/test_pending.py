"""What a change on probation says of each resource: is it as the change wrote it, as it was before, or somebody's?"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.datastore import PENDING_KEY, PendingChange, Record, Touched, digest, pending_of
from tortie.errors import Invalid
from tortie.model import Key, Kind

KEY, OTHER = Key(Kind.TIER, "", "a"), Key(Kind.NETWORK_POLICY, "shop", "b")


def at(value: bytes, revision: str) -> Record:
    return Record(KEY, value, revision)


OLD = at(b'{"a":1}', "3")
UPDATED = Touched(KEY, OLD, digest(b'{"a":2}'))
NOTED = Touched(KEY, OLD, digest(b'{"a":2}'), "7")
CREATED = Touched(KEY, None, digest(b'{"a":2}'))
DELETED = Touched(KEY, OLD, "")


@pytest.mark.parametrize(
    ("touched", "now", "is_written", "is_as_before"),
    [
        (UPDATED, OLD, False, True),  # the write never came
        (UPDATED, at(b'{"a": 2}', "7"), True, False),
        (UPDATED, at(b'{"a":3}', "8"), False, False),  # somebody's
        (UPDATED, at(b'{"a":1}', "9"), False, True),  # put back by somebody
        (UPDATED, None, False, False),  # deleted by somebody
        (NOTED, at(b'{"a":2}', "7"), True, False),
        (NOTED, at(b'{"a":2}', "9"), False, False),  # the same again, by somebody
        (NOTED, OLD, False, True),
        (CREATED, None, False, True),
        (CREATED, at(b'{"a":2}', "7"), True, False),
        (CREATED, at(b'{"a":3}', "8"), False, False),
        (DELETED, OLD, False, True),
        (DELETED, None, True, False),
        (DELETED, at(b'{"a":3}', "8"), False, False),
        (DELETED, at(b'{"a":1}', "8"), False, True),
    ],
)
def test_whose_a_stored_value_is(touched: Touched, now: Record | None, *, is_written: bool, is_as_before: bool) -> None:
    assert (touched.is_written(now), touched.is_as_before(now)) == (is_written, is_as_before)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (b'{"a":1,"b":2}', b'{ "b": 2, "a": 1 }', True),
        (b'{"a":[1,2]}', b'{"a":[2,1]}', False),
        (b"no json", b"no json", True),
        (b"no json", b"no  json", False),
    ],
)
def test_what_means_the_same_has_one_digest(one: bytes, other: bytes, *, same: bool) -> None:
    assert (digest(one) == digest(other)) == same


values = st.binary(max_size=20)
records = st.none() | st.builds(lambda value, number: at(value, str(number)), values, st.integers(1, 99))
touches = st.builds(Touched, st.just(KEY), records, st.sampled_from(["", "d" * 64]), st.sampled_from(["", "12"]))
changes = st.builds(
    PendingChange,
    st.text(max_size=5),
    st.floats(1, 1e5),
    st.text(max_size=5),
    st.text(max_size=5),
    st.lists(touches, max_size=1).map(tuple),
    st.lists(st.text(max_size=3), max_size=3).map(tuple),
    st.text(max_size=3),
)


@given(changes)
def test_a_change_reads_back_as_it_was_stored(change: PendingChange) -> None:
    assert pending_of(change.encode()) == change


@pytest.mark.parametrize(
    "edit",
    [{"version": 2}, {"seconds": "soon"}, {"touched": [{"key": ["Nothing", "", "a"]}]}, {"touched": 1}, {"id": None}],
)
def test_what_is_no_change_is_refused(edit: dict[str, object]) -> None:
    document = json.loads(PendingChange("i", 60.0, "u", "a", (UPDATED,)).encode())
    if edit == {"id": None}:
        del document["id"]
    else:
        document |= edit
    with pytest.raises(Invalid, match="not a change that waits for confirmation"):
        pending_of(json.dumps(document).encode())
    with pytest.raises(Invalid):
        pending_of(b"nonsense")


def test_revisions_are_noted_by_key() -> None:
    other = Touched(OTHER, None, "d")
    change = PendingChange("i", 60.0, "u", "a", (UPDATED, other)).noted({KEY: "7"})
    assert change.touched == (NOTED, other)
    assert change.by_key == {KEY: NOTED, OTHER: other}
    assert str(PENDING_KEY) == "PendingChange/default"
