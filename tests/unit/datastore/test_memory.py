"""The fake against the real store: the same calls get the same answers, errors included."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tortie.datastore import Datastore, MemoryDatastore, Page, SqliteDatastore, Watch
from tortie.errors import Conflict, Expired, NotFound
from tortie.model import Key, Kind

HISTORY = 6  # small, so that revisions are forgotten all the time
KEYS = st.one_of(
    st.builds(Key, st.just(Kind.TIER), st.just(""), st.sampled_from("abc")),
    st.builds(Key, st.just(Kind.NETWORK_SET), st.sampled_from(["a", "a-b"]), st.sampled_from("ab")),
)
KINDS = st.sampled_from([Kind.TIER, Kind.NETWORK_SET])
VALUES = st.binary(max_size=3)
BACK = st.integers(-1, HISTORY + 2)  # how many changes ago; -1 is the future


def answer(call: Callable[[], object]) -> object:
    try:
        return call()
    except (NotFound, Conflict, Expired) as error:
        return type(error), str(error)


class MemoryIsLikeSqlite(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.stores: list[Datastore] = [
            MemoryDatastore(history=HISTORY),
            SqliteDatastore(Path(self.directory.name) / "store.db", history=HISTORY),
        ]
        self.watches: list[list[Watch]] = []
        self.page = Page((), "0")
        self.asked: tuple[Kind, str] = (Kind.TIER, "")

    def both(self, call: Callable[[Datastore], object]) -> object:
        first, second = (answer(lambda store=store: call(store)) for store in self.stores)  # type: ignore[misc]
        assert first == second
        return first

    def revision(self, back: int) -> str:
        return str(max(0, int(self.stores[0].list(Kind.TIER).revision) - back))

    @rule(key=KEYS, value=VALUES)
    def create(self, key: Key, value: bytes) -> None:
        self.both(lambda store: store.create(key, value))

    @rule(key=KEYS, value=VALUES, back=BACK)
    def update(self, key: Key, value: bytes, back: int) -> None:
        revision = self.revision(back)
        self.both(lambda store: store.update(key, value, revision))

    @rule(key=KEYS, value=VALUES)
    def replace(self, key: Key, value: bytes) -> None:
        self.both(lambda store: store.update(key, value, store.get(key).revision))

    @rule(key=KEYS, back=st.none() | BACK)
    def delete(self, key: Key, back: int | None) -> None:
        revision = "" if back is None else self.revision(back)
        self.both(lambda store: store.delete(key, revision))

    @rule(kind=KINDS, namespace=st.sampled_from(["", "a"]), limit=st.integers(0, 3))
    def list(self, kind: Kind, namespace: str, limit: int) -> None:
        self.asked = kind, namespace
        page = self.both(lambda store: store.list(kind, namespace, limit=limit))
        assert isinstance(page, Page)
        self.page = page

    @rule(limit=st.integers(0, 3))
    def next_page(self, limit: int) -> None:
        page = self.both(lambda store: store.list(*self.asked, limit=limit, token=self.page.more))
        self.page = page if isinstance(page, Page) else Page((), "0")

    @rule(kinds=st.sets(KINDS), back=BACK)
    def watch(self, kinds: set[Kind], back: int) -> None:
        revision = self.revision(back)
        opened: list[Watch] = []
        self.both(lambda store: opened.append(store.watch(kinds, revision)))
        if opened:
            self.watches.append(opened)

    @rule(data=st.data())
    def poll(self, data: st.DataObject) -> None:
        if self.watches:
            pair = data.draw(st.sampled_from(self.watches))
            first, second = (answer(lambda watch=watch: watch.poll(0)) for watch in pair)  # type: ignore[misc]
            assert first == second

    def teardown(self) -> None:
        for store in self.stores:
            store.close()
        self.directory.cleanup()


MemoryIsLikeSqlite.TestCase.settings = settings(stateful_step_count=40)
TestMemoryIsLikeSqlite = MemoryIsLikeSqlite.TestCase
