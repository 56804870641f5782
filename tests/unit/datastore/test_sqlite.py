"""One file, several processes: nothing acknowledged is lost, whoever dies, and a watch sees all of it in order."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tortie.datastore import Change, SqliteDatastore
from tortie.model import Key, Kind

COUNTER = Key(Kind.TIER, "", "counter")
WRITERS, ROUNDS, KILLS = 4, 25, 20
PRELUDE = """
import sys
from tortie.datastore import SqliteDatastore
from tortie.errors import Conflict
from tortie.model import Key, Kind
store = SqliteDatastore(sys.argv[1])
"""
COUNT = """
key, done = Key(Kind.TIER, "", "counter"), 0
while done < int(sys.argv[2]):
    found = store.get(key)
    try:
        store.update(key, b"%d" % (int(found.value) + 1), found.revision)
    except Conflict:
        continue
    done += 1
"""
FOLLOW = """
watch, seen = store.watch([Kind.TIER], sys.argv[2]), 0
print("watching", flush=True)
while seen < int(sys.argv[3]):
    for change in watch.poll(60):
        print(change.revision, change.record.value.decode(), flush=True)
        seen += 1
"""
WRITE = """
import itertools
for number in itertools.count():
    key = Key(Kind.NETWORK_SET, sys.argv[2], "n%d" % (number % 7))
    try:
        done = store.create(key, b"%d" % number)
    except Conflict:
        found = store.get(key)
        done = store.update(key, b"%d" % number, found.revision) if number % 3 else store.delete(key, found.revision)
    else:
        print("create", done.revision, flush=True)
        continue
    print("update" if number % 3 else "delete", done.revision, flush=True)
"""


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", PRELUDE + code, *map(str, arguments)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def rest_of(process: subprocess.Popen[str]) -> list[str]:
    """Return the lines up to the end; `communicate` would lose those that a `readline` before has buffered."""
    assert process.stdout is not None
    with process.stdout:
        lines = process.stdout.read().splitlines()
    process.wait(timeout=120)
    return lines


def everything_since_the_start(store: SqliteDatastore) -> Sequence[Change]:
    watch = store.watch([Kind.NETWORK_SET], "0")
    changes: list[Change] = []
    while part := watch.poll(0):
        changes.extend(part)
    watch.close()
    return changes


def test_a_watcher_sees_what_four_processes_write_once_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteDatastore(path)
    store.create(COUNTER, b"0")
    follower = start(FOLLOW, path, "1", WRITERS * ROUNDS)
    assert follower.stdout is not None
    assert follower.stdout.readline() == "watching\n"
    writers = [start(COUNT, path, ROUNDS) for _ in range(WRITERS)]
    for writer in writers:
        writer.communicate(timeout=120)
    seen = [tuple(map(int, line.split())) for line in rest_of(follower)]
    assert [process.returncode for process in (follower, *writers)] == [0] * (WRITERS + 1)
    assert seen == [(value + 1, value) for value in range(1, WRITERS * ROUNDS + 1)]
    assert store.get(COUNTER).value == str(WRITERS * ROUNDS).encode()
    store.close()


def test_no_acknowledged_write_is_lost_to_a_kill(tmp_path: Path) -> None:
    path, dice = tmp_path / "store.db", random.Random(1)
    acknowledged: list[tuple[str, int]] = []
    for kill in range(KILLS):
        writer = start(WRITE, path, f"round-{kill}")
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(dice.randrange(1, 40))]
        writer.kill()  # at whatever it is doing just now
        lines += rest_of(writer)
        words = [line.split() for line in lines]
        acknowledged += [(pair[0], int(pair[1])) for pair in words if len(pair) == 2]
    store = SqliteDatastore(path)
    changes = everything_since_the_start(store)
    assert [int(change.revision) for change in changes] == list(range(1, len(changes) + 1))
    written = {int(change.revision) for change in changes if change.record is not None}
    assert {revision for done, revision in acknowledged if done != "delete"} <= written
    deleted = sum(change.record is None for change in changes)
    told = sum(done == "delete" for done, _ in acknowledged)
    assert told <= deleted <= told + KILLS  # a kill may come between a write and its report
    latest = {change.key: change.record for change in changes}
    kept = sorted((record for record in latest.values() if record is not None), key=lambda record: record.key)
    assert store.list(Kind.NETWORK_SET).records == tuple(kept)
    store.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_the_journal_keeps_its_length(tmp_path: Path) -> None:
    store = SqliteDatastore(tmp_path / "store.db", history=5)
    for number in range(20):
        store.create(Key(Kind.TIER, "", f"t{number}"), b"")
    with store._file.lend() as connection:
        assert connection.execute("SELECT min(revision), max(revision) FROM journal").fetchone() == (16, 20)
    assert len(store.list(Kind.TIER).records) == 20
    store.close()


def test_a_value_is_stored_once(tmp_path: Path) -> None:
    store = SqliteDatastore(tmp_path / "store.db")
    first = store.create(COUNTER, b"first")
    store.update(COUNTER, b"second", first.revision)
    with store._file.lend() as connection:
        assert connection.execute("SELECT value FROM record").fetchall() == [(b"second",)]
        assert connection.execute("SELECT old_value FROM journal ORDER BY revision").fetchall() == [
            (None,),
            (b"first",),
        ]
    store.close()
