"""Tables tell what is different from the flush before, however they got there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.compiled import Delta
from tortie.engine.tables import CountedTable, Table

STEPS = st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 2))), max_size=12)


def table_with(**rows: int) -> Table[str, int]:
    table: Table[str, int] = Table()
    for key, value in rows.items():
        table.put(key, value)
    table.flush()
    return table


def test_a_new_row() -> None:
    table = table_with()
    table.put("a", 1)
    assert table.flush() == Delta({"a": 1}, {})


def test_a_row_that_is_gone() -> None:
    table = table_with(a=1)
    table.drop("a")
    assert table.flush() == Delta({}, {"a": 1})


def test_a_row_that_is_another() -> None:
    table = table_with(a=1)
    table.put("a", 2)
    table.put("a", 3)
    assert table.flush() == Delta({"a": 3}, {"a": 1})


@pytest.mark.parametrize("values", [(2, 1), (None, 1), (1,), (None, 2, 1), (None, None, 1)])
def test_there_and_back_again_is_no_change(values: tuple[int | None, ...]) -> None:
    table = table_with(a=1)
    for value in values:
        if value is None:
            table.drop("a")
        else:
            table.put("a", value)
    assert not table.flush()


def test_a_row_that_came_and_went_was_never_there() -> None:
    table = table_with()
    table.put("a", 1)
    table.drop("a")
    table.drop("b")
    assert not table.flush()


def test_the_next_flush_has_nothing_to_tell() -> None:
    table = table_with()
    table.put("a", 1)
    table.flush()
    assert not table.flush()
    assert table.rows == {"a": 1}


def test_nobody_writes_through_the_view() -> None:
    with pytest.raises(TypeError):
        table_with(a=1).rows["a"] = 2  # type: ignore[index]


@given(STEPS, STEPS)
def test_deltas_add_up_to_the_rows(first: list[tuple[int, int | None]], second: list[tuple[int, int | None]]) -> None:
    table: Table[int, int] = Table()
    rows: dict[int, int] = {}
    for steps in (first, second):
        before = dict(rows)
        for key, value in steps:
            if value is None:
                table.drop(key)
            else:
                table.put(key, value)
        delta = table.flush()
        rows = delta.applied_to(rows)
        assert rows == table.rows
        assert all(before[key] == value != rows.get(key) for key, value in delta.before.items())


def test_a_counted_row_lives_as_long_as_somebody_holds_it() -> None:
    table: CountedTable[str, int] = CountedTable()
    assert table.acquire("a", 1)
    assert not table.acquire("a", 1)
    assert not table.release("a")
    assert table.rows == {"a": 1}
    assert table.release("a")
    assert not table.rows
    assert not table.flush()


def test_who_holds_a_row_once_more_need_not_say_what_it_is() -> None:
    table: CountedTable[str, int] = CountedTable()
    with pytest.raises(KeyError, match="a"):
        table.hold("a")
    table.acquire("a", 1)
    table.hold("a")
    assert not table.release("a")
    assert table.rows == {"a": 1}
    assert table.release("a")


def test_a_counted_row_shows_its_newest_value() -> None:
    table: CountedTable[str, int] = CountedTable()
    table.acquire("a", 1)
    table.acquire("a", 2)
    assert table.flush() == Delta({"a": 2}, {})


def test_nobody_lets_go_of_what_nobody_holds() -> None:
    table: CountedTable[str, int] = CountedTable()
    with pytest.raises(KeyError, match="a"):
        table.release("a")
