"""What the engine may see: nothing partial, nothing stale, and never a lost disk in place of policy."""

from __future__ import annotations

import pytest

from tortie.agent.inbox import News
from tortie.agent.view import View
from tortie.api import Misread
from tortie.datastore import Record
from tortie.errors import Invalid, Problem
from tortie.model import HostEndpoint, Key, Kind, Resource, Tier, Update

ONE, TWO, THREE = (Key(Kind.TIER, "", name) for name in ("one", "two", "three"))


def decode(key: Key, value: bytes) -> Resource:
    if value != b"{}":
        raise Invalid.because("not a tier", path=str(key))
    return Tier(key)


def record(key: Key, value: bytes = b"{}") -> Record:
    return Record(key, value, "1")


def news(*keys: Key, gone: tuple[Key, ...] = (), in_sync: bool = True) -> News:
    return News({**{key: record(key) for key in keys}, **dict.fromkeys(gone)}, in_sync)


def nothing() -> dict[Key, Record]:
    return {}


def never() -> dict[Key, Record]:
    pytest.fail("the last good state is not needed here")


def there(*keys: Key) -> dict[Key, Resource | None]:
    return {key: Tier(key) for key in keys}


def said(updates: tuple[Update, ...]) -> dict[Key, Resource | None]:
    return {update.key: update.value for update in updates}


def test_nothing_comes_out_before_the_view_is_whole() -> None:
    view = View(decode)
    assert view.take(news(ONE, in_sync=False), never) == ()
    assert not view.in_sync
    assert said(view.take(news(TWO), never)) == there(ONE, TWO)
    assert view.in_sync


def test_once_whole_changes_pass_even_while_the_datastore_is_listed_again() -> None:
    view = View(decode)
    view.take(news(ONE), never)
    assert said(view.take(news(TWO, in_sync=False), never)) == there(TWO)
    assert view.take(news(gone=(ONE,)), never) == (Update(ONE, None),)


def test_what_only_the_last_good_state_knew_goes_when_the_datastore_is_back() -> None:
    view = View(decode)
    assert said(view.restore({ONE: record(ONE), TWO: record(TWO)})) == there(ONE, TWO)
    assert view.take(news(TWO, in_sync=False), never) == ()
    assert said(view.take(news(THREE), never)) == {ONE: None, **there(TWO, THREE)}
    assert view.in_sync


def test_an_empty_datastore_is_believed_where_there_never_was_policy() -> None:
    view = View(decode)
    assert view.take(news(), nothing) == ()
    assert view.in_sync


def test_an_empty_datastore_is_doubted_where_there_was_policy() -> None:
    view = View(decode)
    assert said(view.take(news(), lambda: {ONE: record(ONE)})) == there(ONE)
    assert view.doubtful
    assert view.take(news(), never) == ()
    assert not view.in_sync
    assert said(view.take(news(TWO), never)) == {ONE: None, **there(TWO)}
    assert (view.in_sync, view.doubtful) == (True, False)


def test_an_empty_datastore_is_doubted_after_the_last_good_state_was_restored() -> None:
    view = View(decode)
    view.restore({ONE: record(ONE)})
    assert view.take(news(), never) == ()
    assert view.doubtful


def test_what_cannot_be_understood_is_absent_and_named_until_it_is_mended() -> None:
    view = View(decode)
    updates = view.take(News({ONE: record(ONE, b"?"), TWO: record(TWO)}, in_sync=True), never)
    assert said(updates) == {ONE: None, **there(TWO)}
    assert view.problems == {ONE: "Tier/one: not a tier"}
    view.take(news(ONE), never)
    assert view.problems == {}


def test_what_stands_for_a_broken_resource_is_enforced_and_the_problem_named() -> None:
    def misread(key: Key, value: bytes) -> Resource:
        raise Misread(Tier(key), Problem(f"{value!r} is not a tier"))

    view = View(misread)
    assert said(view.take(news(ONE), never)) == there(ONE)
    assert view.problems == {ONE: "b'{}' is not a tier"}


def test_a_broken_resource_that_goes_is_no_problem_any_more() -> None:
    view = View(decode)
    view.take(News({ONE: record(ONE, b"?")}, in_sync=True), never)
    view.take(news(gone=(ONE,)), never)
    assert view.problems == {}


BUILT_IN = Key(Kind.TIER, "", "default")


def test_what_every_datastore_has_says_nothing_of_its_use() -> None:
    view = View(decode)
    assert said(view.take(news(BUILT_IN), lambda: {ONE: record(ONE), BUILT_IN: record(BUILT_IN)})) == there(
        ONE, BUILT_IN
    )
    assert view.doubtful
    assert view.take(news(), never) == ()
    assert said(view.take(news(TWO), never)) == {ONE: None, **there(BUILT_IN, TWO)}
    assert view.in_sync


def test_a_datastore_that_was_never_used_is_believed() -> None:
    view = View(decode)
    assert said(view.take(news(BUILT_IN), lambda: {BUILT_IN: record(BUILT_IN)})) == there(BUILT_IN)
    assert (view.in_sync, view.doubtful) == (True, False)


HOST = Key(Kind.HOST_ENDPOINT, "", "h")


def numbered(key: Key, value: bytes) -> Resource:
    """A host endpoint on an interface of that number; `?` stands for all interfaces, and is known to be lost."""
    if value.isdigit():
        return HostEndpoint(key, "n", f"eth{value.decode()}")
    raise Misread(HostEndpoint(key, "n", "*"), Problem("no number"), is_lost=value == b"?")


def on(interface: str) -> tuple[Update, ...]:
    return (Update(HOST, HostEndpoint(HOST, "n", interface)),)


def one(value: bytes) -> News:
    return News({HOST: record(HOST, value)}, in_sync=True)


def test_a_host_endpoint_that_is_lost_stays_what_it_was_and_is_named() -> None:
    view = View(numbered)
    assert view.take(one(b"1"), never) == on("eth1")
    assert view.take(one(b"?"), never) == ()
    assert view.problems == {HOST: "no number; what it said before stays in force"}
    assert view.take(one(b"?"), never) == ()
    assert view.take(one(b"2"), never) == on("eth2")
    assert (view.problems, view.kept) == ({}, {})


def test_a_host_endpoint_of_which_enough_is_left_is_not_lost() -> None:
    view = View(numbered)
    view.take(one(b"1"), never)
    assert view.take(one(b"!"), never) == on("*")
    assert view.problems == {HOST: "no number"}


def test_a_lost_host_endpoint_that_is_deleted_is_gone() -> None:
    view = View(numbered)
    view.take(one(b"1"), never)
    view.take(one(b"?"), never)
    assert view.take(news(gone=(HOST,)), never) == (Update(HOST, None),)
    assert view.take(one(b"?"), nothing) == on("*")


def test_a_host_endpoint_that_is_lost_at_the_start_is_what_the_last_good_state_knew() -> None:
    view = View(numbered)
    assert view.take(one(b"?"), lambda: {HOST: record(HOST, b"1")}) == on("eth1")
    assert view.kept == {HOST: record(HOST, b"1")}
    assert view.take(one(b"?"), never) == ()


@pytest.mark.parametrize("last_good", [{}, {HOST: record(HOST, b"?")}])
def test_a_host_endpoint_that_nobody_ever_understood_closes_what_it_may_be_about(
    last_good: dict[Key, Record],
) -> None:
    view = View(numbered)
    assert view.take(one(b"?"), lambda: last_good) == on("*")
    assert view.problems == {HOST: "no number"}


def test_a_lost_host_endpoint_of_the_restored_state_stays_when_the_datastore_is_back() -> None:
    view = View(numbered)
    assert view.restore({HOST: record(HOST, b"1")}) == on("eth1")
    assert view.take(one(b"?"), never) == ()
    assert view.kept == {HOST: record(HOST, b"1")}


def test_settings_that_cannot_be_read_stay_as_they_were_and_other_kinds_do_not() -> None:
    view = View(decode)
    settings = Key(Kind.FELIX_CONFIGURATION, "", "default")
    view.take(news(ONE, settings), never)
    broken = News({key: record(key, b"{") for key in (ONE, settings)}, in_sync=True)
    assert view.take(broken, never) == (Update(ONE, None),)
    assert view.problems.keys() == {ONE, settings}
    assert said(view.take(news(gone=(settings,)), never)) == {settings: None}
    assert view.problems.keys() == {ONE}
