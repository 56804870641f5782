"""A host under a change on probation: tables of what it shows, and a property over whatever may happen to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.confirming import AFTER, BEFORE, CHANGED, CREATED, DELETED, KEPT, change_of, filled, text
from tortie.agent.probation import Moment, OnProbation, Probation
from tortie.datastore import PENDING_KEY, MemoryDatastore, PendingChange, Record
from tortie.errors import Invalid, Unavailable
from tortie.model import Key

BOOT = Moment("a", 1000.0, 1_700_000_000.0)
KEYS = (KEPT, CHANGED, CREATED, DELETED)


@pytest.mark.parametrize(
    ("earlier", "later", "seconds"),
    [
        (BOOT, replace(BOOT, since_boot=1060.0), 60.0),
        (BOOT, replace(BOOT, since_boot=1060.0, wall=0.0), 60.0),  # somebody set the clock
        (BOOT, Moment("b", 5.0, BOOT.wall + 90), 90.0),
        (BOOT, Moment("b", 5.0, BOOT.wall - 1), float("inf")),
    ],
)
def test_how_long_ago(earlier: Moment, later: Moment, seconds: float) -> None:
    assert earlier.until(later) == seconds


@dataclass
class Host:
    """A host: its memory and clock, what it has heard, and what it enforces."""

    memory: OnProbation | None = None
    now: Moment = BOOT
    full: bool = False
    heard: dict[Key, Record | None] = field(default_factory=dict)
    enforced: dict[Key, Record | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.probation = Probation(self, lambda: self.now)

    def read(self) -> OnProbation | None:
        return self.memory

    def keep(self, found: OnProbation | None) -> None:
        if self.full:
            raise Unavailable("the disk is full")
        self.memory = found

    def wait(self, seconds: float) -> None:
        self.now = replace(self.now, since_boot=self.now.since_boot + seconds, wall=self.now.wall + seconds)

    def settle(self) -> None:
        self.enforced |= self.probation.settle(self.last_good)

    def last_good(self) -> Mapping[Key, Record]:
        return {key: each for key, each in self.heard.items() if each is not None and key != PENDING_KEY}

    def hear(self, news: Mapping[Key, Record | None], *, in_sync: bool = True) -> None:
        self.heard |= news
        self.enforced |= self.probation.take(news, in_sync=in_sync)

    def restart(self, *, datastore: Mapping[Key, Record] | None) -> None:
        """Be killed, and begin anew: from the datastore, or without one from what was heard."""
        self.probation = Probation(self, lambda: self.now)
        if datastore is None:
            self.enforced = dict.fromkeys(KEYS) | self.probation.restore(self.last_good())
            return
        self.heard = dict.fromkeys((*KEYS, PENDING_KEY)) | dict(datastore)
        listed = dict(sorted(datastore.items(), key=lambda each: each[0] != PENDING_KEY))
        self.enforced = dict.fromkeys(KEYS)
        self.hear(listed, in_sync=False)
        self.hear({})

    def says(self) -> dict[Key, str]:
        found = {key: each for key, each in self.enforced.items() if each is not None and key in KEYS}
        return {key: each.value.decode().split('"note":"')[1].split('"')[0] for key, each in found.items()}


def change() -> PendingChange:
    return change_of(filled(MemoryDatastore()))[0]


def record_of(value: PendingChange, revision: str = "50") -> Record:
    return Record(PENDING_KEY, value.encode(), revision)


def records(said: Mapping[Key, str], revision: int) -> dict[Key, Record]:
    return {key: Record(key, text(key, note), str(revision)) for key, note in said.items()}


@pytest.fixture
def host() -> Host:
    """Return a host that enforces what was before."""
    found = Host()
    store = filled(MemoryDatastore())
    found.hear({key: store.get(key) for key in BEFORE})
    return found


def under_change(host: Host, *, noted: bool = False) -> PendingChange:
    wanted = change()
    host.hear({PENDING_KEY: record_of(wanted)})
    host.hear({**records({CHANGED: "new", CREATED: "new"}, 60), DELETED: None})
    if noted:
        wanted = wanted.noted({CHANGED: "60", CREATED: "60"})
        host.hear({PENDING_KEY: record_of(wanted)})
    return wanted


@pytest.mark.parametrize("noted", [True, False])
def test_until_the_deadline_the_change_is_in_force_then_what_was_before(host: Host, *, noted: bool) -> None:
    under_change(host, noted=noted)
    assert (host.says(), host.probation.remaining()) == (AFTER, 60.0)
    host.wait(59)
    host.settle()
    assert (host.says(), host.probation.remaining()) == (AFTER, 1.0)
    host.wait(1)
    host.settle()
    assert (host.says(), host.probation.remaining()) == (BEFORE, None)
    assert host.enforced.keys().isdisjoint({PENDING_KEY})


def test_confirmed_it_stays(host: Host) -> None:
    under_change(host)
    host.hear({PENDING_KEY: None})
    host.wait(99)
    host.settle()
    assert (host.says(), host.probation.remaining(), host.memory) == (AFTER, None, None)


def test_confirmed_elsewhere_it_is_taken_by_a_host_that_was_cut_off(host: Host) -> None:
    under_change(host)
    host.wait(60)
    host.settle()
    assert host.says() == BEFORE
    host.hear({PENDING_KEY: None})
    assert host.says() == AFTER


def test_undone_in_the_datastore_nothing_changes(host: Host) -> None:
    under_change(host)
    host.wait(60)
    host.settle()
    host.hear({**records({CHANGED: "old", DELETED: "old"}, 70), CREATED: None})
    host.hear({PENDING_KEY: None})
    assert host.says() == BEFORE


def test_what_somebody_else_has_begun_to_undo_is_over(host: Host) -> None:
    wanted = under_change(host)
    host.hear({PENDING_KEY: record_of(replace(wanted, undone_by="node-7"))})
    assert host.says() == BEFORE


@pytest.mark.parametrize("is_over", [True, False])
def test_somebody_elses_later_write_is_in_force(host: Host, *, is_over: bool) -> None:
    under_change(host, noted=True)
    if is_over:
        host.wait(60)
        host.settle()
    host.hear(records({CHANGED: "new", DELETED: "theirs"}, 80))
    host.wait(60)
    host.settle()
    assert host.says() == {**BEFORE, CHANGED: "new", DELETED: "theirs"}


def test_revisions_that_are_noted_late_show_whose_a_write_is(host: Host) -> None:
    wanted = under_change(host)
    host.hear(records({CHANGED: "new"}, 80))
    host.wait(60)
    host.settle()
    assert host.says() == BEFORE
    host.hear({PENDING_KEY: record_of(wanted.noted({CHANGED: "60", CREATED: "60"}))})
    assert host.says() == {**BEFORE, CHANGED: "new"}


@pytest.mark.parametrize("has_datastore", [True, False])
@pytest.mark.parametrize("waited", [10.0, 60.0])
def test_a_killed_agent_goes_on_counting(host: Host, waited: float, *, has_datastore: bool) -> None:
    wanted = under_change(host)
    host.wait(waited)
    stored = {PENDING_KEY: record_of(wanted), **records(AFTER, 60)}
    host.restart(datastore=stored if has_datastore else None)
    host.settle()
    assert host.says() == (AFTER if waited < 60 else BEFORE)
    host.wait(50)
    host.settle()
    assert host.says() == BEFORE


def test_what_ended_while_no_agent_ran_is_forgotten(host: Host) -> None:
    under_change(host)
    host.wait(99)
    host.restart(datastore=records(AFTER, 60))
    host.settle()
    assert (host.says(), host.memory) == (AFTER, None)


@pytest.mark.parametrize(("left", "waits"), [(45.0, 45.0), (500.0, 60.0), (-5.0, None)])
def test_an_agent_that_finds_a_change_at_its_start_takes_the_earlier_deadline(left: float, waits: float | None) -> None:
    host = Host()
    until = datetime.fromtimestamp(BOOT.wall + left, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    host.restart(datastore={PENDING_KEY: record_of(replace(change(), until=until)), **records(AFTER, 60)})
    assert host.probation.remaining() == waits
    assert host.says() == (BEFORE if waits is None else AFTER)


def test_a_change_that_never_came_is_not_undone(host: Host) -> None:
    host.hear({PENDING_KEY: record_of(change())})
    host.wait(60)
    host.settle()
    assert host.says() == BEFORE
    host.hear(records({CHANGED: "new"}, 60))  # it comes after all
    assert host.says() == BEFORE


def test_another_change_in_its_place_is_another(host: Host) -> None:
    under_change(host)
    host.wait(60)
    host.settle()
    host.hear({PENDING_KEY: record_of(replace(change(), id="two"))})
    assert (host.says(), host.probation.remaining()) == (AFTER, 60.0)


def test_a_record_that_cannot_be_read_is_told_and_the_rest_goes_on(host: Host) -> None:
    host.hear({PENDING_KEY: Record(PENDING_KEY, b"?", "1"), **records({KEPT: "more"}, 9)})
    assert "not a change that waits for confirmation" in host.probation.error
    assert host.says() == {**BEFORE, KEPT: "more"}
    host.hear({PENDING_KEY: None})
    assert host.probation.error == ""


def test_a_memory_that_fails_is_told() -> None:
    class Broken(Host):
        def read(self) -> OnProbation | None:
            raise Invalid.because("nonsense")

    assert Broken().probation.error == "nonsense"
    host = Host(full=True)
    host.hear({PENDING_KEY: record_of(change())})
    assert host.probation.error == "the disk is full"
    assert host.probation.remaining() is not None
    host.full = False
    host.settle()
    assert host.memory == host.probation.current


# --- whatever may happen ------------------------------------------------------------------------------------------

EVENTS = st.lists(
    st.sampled_from(
        ["propose", "write", "confirm", "undo", "theirs", "same", "away", "join", "wait", "wait", "kill", "begin"]
    ),
    max_size=25,
)


@dataclass
class World:
    """A datastore as one host hears of it, but for when it is cut off; `running` where its agent is."""

    host: Host
    stored: dict[Key, Record] = field(default_factory=lambda: records(BEFORE, 1))
    revision: int = 100
    pending: PendingChange | None = None
    heard_at: float | None = None
    cut: bool = False
    running: bool = True
    told: set[Key] = field(default_factory=set)

    def put(self, key: Key, value: bytes | None) -> None:
        self.revision += 1
        if value is None:
            self.stored.pop(key, None)
        else:
            self.stored[key] = Record(key, value, str(self.revision))
        self.told.add(key)

    def deliver(self) -> None:
        if self.cut or not self.running:
            return
        for key in sorted(self.told, key=lambda each: each != PENDING_KEY):
            self.host.hear({key: self.stored.get(key)})
        self.told.clear()

    def play(self, event: str) -> None:
        act = getattr(self, event)
        act()
        self.deliver()
        if self.running:
            self.host.settle()

    def propose(self) -> None:
        if self.pending is None:
            touched = tuple(
                replace(each, before=self.stored.get(each.key))
                for each in change().touched
                if (each.key in self.stored) == (each.before is not None)
            )
            self.pending = PendingChange(str(self.revision), 60.0, "never", "me@here", touched)
            self.put(PENDING_KEY, self.pending.encode())

    def write(self) -> None:
        if self.pending is None:
            return
        for each in self.pending.touched:
            if self.stored.get(each.key) == each.before:
                self.put(each.key, text(each.key, "new") if each.after else None)
                if each.after:
                    self.pending = self.pending.noted({each.key: str(self.revision)})
        self.put(PENDING_KEY, self.pending.encode())

    def confirm(self) -> None:
        self.pending = None
        if PENDING_KEY in self.stored:
            self.put(PENDING_KEY, None)

    def undo(self) -> None:
        for each in self.pending.touched if self.pending is not None else ():
            if each.is_written(self.stored.get(each.key)):
                self.put(each.key, each.before.value if each.before is not None else None)
        self.confirm()

    def theirs(self) -> None:
        self.put(CHANGED, text(CHANGED, f"theirs-{self.revision}"))

    def same(self) -> None:
        if CREATED in self.stored:
            self.put(CREATED, self.stored[CREATED].value)

    def away(self) -> None:
        self.cut = True

    def join(self) -> None:
        self.cut = False

    def wait(self) -> None:
        self.host.wait(25)

    def kill(self) -> None:
        self.running = False

    def begin(self) -> None:
        if not self.running:
            self.running = True
            self.host.restart(datastore=None if self.cut else dict(self.stored))
            if not self.cut:
                self.told.clear()


@given(EVENTS)
def test_no_host_stays_on_an_unconfirmed_change_nor_loses_what_others_wrote(events: list[str]) -> None:
    host = Host()
    world = World(host)
    host.restart(datastore=dict(world.stored))
    first_heard: dict[str, float] = {}
    for event in events:
        world.play(event)
        if not world.running:
            continue
        found = host.probation.current
        if found is not None:
            first_heard.setdefault(found.change.id, host.now.since_boot)
        for key in KEYS:
            heard, shown = host.heard.get(key), host.enforced.get(key)
            touched = found.change.by_key.get(key) if found is not None else None
            is_late = found is not None and host.now.since_boot - first_heard[found.change.id] >= 60
            if touched is not None and is_late and touched.is_written(heard):
                assert shown == touched.before, f"{key} after {event}"
            else:
                assert shown == heard, f"{key} after {event}"
