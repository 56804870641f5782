"""`--confirm` and `calicoctl confirm`: what waits, what is said of it, and how it ends."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.unit.cli.console import Console, network_set, tier
from tortie.cli.change import confirmable
from tortie.datastore import PENDING_KEY, Record, note, pending_in
from tortie.errors import NotFound
from tortie.model import Key, Kind

OLD, NEW = network_set(spec="nets: [10.0.0.0/8]"), network_set(spec="nets: [10.1.0.0/16]")
SET = Key(Kind.GLOBAL_NETWORK_SET, "", "out")


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmable, "PATIENCE", 0.0)


@contextmanager
def follower(calicoctl: Console, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be an agent that says it follows the next change."""
    monkeypatch.setattr(confirmable, "PATIENCE", 20.0)
    ended = threading.Event()

    def follow() -> None:
        store = calicoctl.store
        while not ended.wait(0.01):
            if (found := pending_in(store)) is not None:
                note(store, found[0].id, lambda change: replace(change, followers=("node-1",)))
                break
        store.close()

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def nets(calicoctl: Console) -> list[str]:
    said = calicoctl("get", "globalnetworkset", "out", "-o", "json")
    found: list[str] = json.loads(said.out)["spec"]["nets"] if not said.code else []
    return found


def test_a_change_waits_and_is_confirmed(calicoctl: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    calicoctl.has(OLD)
    with follower(calicoctl, monkeypatch):
        said = calicoctl("apply", "--confirm", "90s", "-f", calicoctl.file(NEW + "---\n" + tier("t")))
    first, *rest = said.out.splitlines()
    assert (said.code, said.err) == (0, "")
    assert first == "Successfully applied 2 resource(s)"
    assert rest[:2] == ["GlobalNetworkSet/out changed", "Tier/t created"]
    assert rest[2].startswith("undone at 20")
    assert rest[2].endswith("after 90 seconds, unless you confirm: calicoctl confirm")
    assert rest[3] == "agents follow it, node-1 among them"
    assert nets(calicoctl) == ["10.1.0.0/16"]
    status = calicoctl("confirm", "--status").out
    assert " waits for confirmation until 20" in status
    assert "agents follow it, node-1 among them\n  GlobalNetworkSet/out\n  Tier/t\n" in status
    confirmed = calicoctl("confirm")
    assert confirmed.out.startswith("Successfully confirmed 2 resource(s) of ")
    assert calicoctl("confirm", "--status").out == "no change waits for confirmation\n"
    assert nets(calicoctl) == ["10.1.0.0/16"]
    assert calicoctl("confirm").err == (
        "no change waits for confirmation: it was confirmed, or undone in the meantime\n"
    )


def test_where_no_agent_answers_that_is_told(calicoctl: Console) -> None:
    said = calicoctl("create", "--confirm", "60s", "-f", calicoctl.file(OLD))
    assert said.code == 0
    assert said.err.startswith("warning: no agent has answered within ")
    assert "no agent has said that it follows it" in calicoctl("confirm", "--status").out


def test_the_same_again_is_told_of_the_change_that_waits(calicoctl: Console) -> None:
    apply = ("apply", "--confirm", "60s", "-f", calicoctl.file(OLD))
    assert calicoctl(*apply).code == 0
    again = calicoctl(*apply)
    assert again.code == 1
    assert again.err.startswith("another change waits for confirmation of ")
    assert calicoctl("confirm").code == 0
    assert calicoctl(*apply).out.endswith("\nnothing changes, so that there is nothing to confirm\n")


def test_a_change_whose_time_is_over_is_told(calicoctl: Console) -> None:
    assert calicoctl("apply", "--confirm", "60s", "-f", calicoctl.file(OLD)).code == 0
    found = pending_in(calicoctl.store)
    assert found is not None
    note(calicoctl.store, found[0].id, lambda change: replace(change, until="2026-01-01T00:00:00Z"))
    said = calicoctl("confirm", "--status").out
    assert " was to be undone at 2026-01-01T00:00:00Z, and no agent has done so yet\n" in said
    assert "waits for confirmation" not in said


COMMANDS = (
    ("apply", "-f", "NEW"),
    ("replace", "-f", "NEW"),
    ("patch", "globalnetworkset", "out", "-p", '{"spec": {"nets": []}}'),
    ("label", "globalnetworkset", "out", "color=red"),
    ("delete", "globalnetworkset", "out"),
    ("apply", "-f", "OTHER", "--prune", "-l", "!color"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_can_be_undone(calicoctl: Console, words: tuple[str, ...]) -> None:
    calicoctl.has(OLD)
    before = calicoctl.store.get(SET).value
    files = {"NEW": NEW, "OTHER": tier("other", "order: 5")}
    said = calicoctl(*(calicoctl.file(files[word]) if word in files else word for word in words), "--confirm", "1m")
    assert said.code == 0, said.err
    try:
        now: Record | None = calicoctl.store.get(SET)
    except NotFound:
        now = None
    assert now is None or now.value != before
    undone = calicoctl("confirm", "--rollback")
    assert undone.code == 0
    assert "restored GlobalNetworkSet/out\n" in undone.out
    assert calicoctl.store.get(SET).value == before
    assert calicoctl("confirm", "--rollback").code == 1


def test_what_somebody_wrote_since_is_left_and_named(calicoctl: Console) -> None:
    calicoctl.has(OLD)
    calicoctl("apply", "--confirm", "1m", "-f", calicoctl.file(NEW))
    assert calicoctl("label", "globalnetworkset", "out", "color=red").code == 0
    assert calicoctl("confirm", "--rollback").out == "left GlobalNetworkSet/out: somebody wrote it since\n"
    assert nets(calicoctl) == ["10.1.0.0/16"]


def test_a_second_change_has_to_wait(calicoctl: Console) -> None:
    calicoctl("apply", "--confirm", "1m", "-f", calicoctl.file(OLD))
    said = calicoctl("apply", "--confirm", "1m", "-f", calicoctl.file(NEW))
    assert said.code == 1
    assert said.err.startswith("another change waits for confirmation of ")
    assert nets(calicoctl) == ["10.0.0.0/8"]


def test_what_changes_nothing_needs_no_confirmation(calicoctl: Console) -> None:
    calicoctl.has(OLD)
    said = calicoctl("apply", "--confirm", "1m", "-f", calicoctl.file(OLD))
    assert said.out.endswith("nothing changes, so that there is nothing to confirm\n")
    assert calicoctl("confirm", "--status").out == "no change waits for confirmation\n"


def test_all_or_nothing(calicoctl: Console) -> None:
    calicoctl.has(OLD)
    said = calicoctl("create", "--confirm", "1m", "-f", calicoctl.file(NEW + "---\n" + tier("t")))
    assert (said.code, said.out) == (1, "")
    assert "nothing was written, as not everything can be" in said.err
    assert calicoctl("get", "tier", "t").code == 1


@pytest.mark.parametrize("text", ["0s", "soon", "60", "25h", "-5s"])
def test_how_long_has_to_be_a_duration(calicoctl: Console, text: str) -> None:
    said = calicoctl("apply", f"--confirm={text}", "-f", calicoctl.file(OLD))
    assert said.code == 1
    assert said.err.startswith(f"`--confirm {text}`: want a duration, from 1s to 24h\n")
    assert nets(calicoctl) == []


def test_one_thing_at_a_time(calicoctl: Console) -> None:
    assert calicoctl("confirm", "--status", "--rollback").err.startswith("`--rollback` or `--status`\n")
    assert calicoctl("confirm", "now").err.startswith("`now` means nothing here\n")


def test_what_cannot_be_read_can_be_forgotten(calicoctl: Console) -> None:
    calicoctl.has(OLD)
    calicoctl.store.create(PENDING_KEY, b'{"version":7}')
    for words in ((), ("--status",), ("--rollback",)):
        said = calicoctl("confirm", *words)
        assert said.code == 1
        assert "it is of version 7" in said.err
    assert calicoctl("confirm", "--forget").out == "the change is forgotten: what was written stays\n"
    assert calicoctl("confirm", "--status").code == 0


def test_what_is_being_undone_is_told(calicoctl: Console) -> None:
    calicoctl("apply", "--confirm", "1m", "-f", calicoctl.file(OLD))
    store = calicoctl.store
    found = pending_in(store)
    assert found is not None
    note(store, found[0].id, lambda change: replace(change, undone_by="node-7"))
    assert calicoctl("confirm", "--status").out.startswith("node-7 is undoing the change of ")
    assert calicoctl("confirm").err.startswith("it is too late: node-7 is undoing")
