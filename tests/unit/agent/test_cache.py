"""The last good state survives everything but its own replacement by a whole one."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.agent.cache import Cache
from tortie.datastore import Record
from tortie.errors import Invalid, Unavailable
from tortie.model import Key, Kind

KEYS = [Key(Kind.NETWORK_POLICY, "shop", name) for name in ("one", "two", "three")]
Updates = list[tuple[Key, Record | None]]


def record(key: Key, value: bytes = b"{}", revision: str = "1") -> Record:
    return Record(key, value, revision)


def noted(path: Path, *batches: tuple[Updates, bool]) -> dict[Key, Record]:
    cache = Cache(path)
    for updates, in_sync in batches:
        cache.note(updates, in_sync=in_sync)
    cache.close()
    return Cache(path).read()


def test_nothing_was_ever_kept(tmp_path: Path) -> None:
    assert Cache(tmp_path / "state.jsonl").read() == {}


def test_a_whole_listing_and_changes_after_it_are_kept(tmp_path: Path) -> None:
    one, two, three = KEYS
    found = noted(
        tmp_path / "state.jsonl",
        ([(one, record(one))], False),
        ([(two, record(two))], True),
        ([(three, record(three)), (one, None)], True),
    )
    assert found == {two: record(two), three: record(three)}


def test_a_partial_view_never_overwrites_a_whole_one(tmp_path: Path) -> None:
    one, two, _ = KEYS
    path = tmp_path / "state.jsonl"
    whole = noted(path, ([(one, record(one))], True))
    assert noted(path, ([(two, record(two))], False)) == whole
    assert list(tmp_path.iterdir()) == [path]


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "state.jsonl"
    noted(path, ([(KEYS[0], record(KEYS[0]))], True))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_torn_last_line_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "state.jsonl"
    one, two, _ = KEYS
    noted(path, ([(one, record(one)), (two, record(two))], True))
    path.write_bytes(path.read_bytes()[:-4])
    assert Cache(path).read() == {one: record(one)}


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "state.jsonl"
    path.write_text('["NetworkPolicy"]\n')
    with pytest.raises(Invalid, match=r"state\.jsonl:1: not a line.*remove the file"):
        Cache(path).read()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match=r"file/state\.json.: File exists"):
        Cache(tmp_path / "file" / "state.jsonl").note([], in_sync=True)


def test_many_changes_of_one_record_do_not_pile_up(tmp_path: Path) -> None:
    path = tmp_path / "state.jsonl"
    key = KEYS[0]
    changes: Updates = [(key, record(key, revision=str(number))) for number in range(2, 1100)]
    found = noted(path, ([(key, record(key))], True), (changes, True), ([(key, record(key, b"[]", "2000"))], True))
    assert found == {key: record(key, b"[]", "2000")}
    assert len(path.read_text().splitlines()) == 2


@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(KEYS), st.one_of(st.none(), st.binary(max_size=20))), max_size=4),
        min_size=1,
        max_size=6,
    )
)
def test_what_is_read_is_the_newest_of_what_was_noted(batches: list[list[tuple[Key, bytes | None]]]) -> None:
    wanted: dict[Key, Record] = {}
    with tempfile.TemporaryDirectory() as directory:
        cache = Cache(Path(directory) / "state.jsonl")
        for batch in batches:
            updates: Updates = [(key, None if value is None else record(key, value)) for key, value in batch]
            cache.note(updates, in_sync=True)
            for key, value in updates:
                wanted.pop(key, None)
                if value is not None:
                    wanted[key] = value
        assert Cache(cache.path).read() == wanted
        cache.close()


WRITER = """
import itertools, sys
from pathlib import Path
from tortie.agent.cache import Cache
from tortie.datastore import Record
from tortie.model import Key, Kind
keys = [Key(Kind.NETWORK_POLICY, "shop", f"n{number}") for number in range(50)]
cache = Cache(Path(sys.argv[1]))
print("ready", flush=True)
for turn in itertools.count():
    cache.note([(key, Record(key, b"%d" % turn, "1")) for key in keys], in_sync=True)
"""


@pytest.mark.parametrize("seed", range(6))
def test_an_agent_that_is_killed_leaves_a_state_that_was(tmp_path: Path, seed: int) -> None:
    """Records of a turn are one write; at most the last turn is torn, and in no record is anything mixed."""
    path = tmp_path / "state.jsonl"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.readline()
    threading.Event().wait(random.Random(seed).uniform(0.01, 0.25))
    writer.kill()
    writer.communicate()
    turns = [int(found.value) for found in Cache(path).read().values()]
    assert len(turns) in (0, 50)
    assert max(turns, default=0) - min(turns, default=0) <= 1
