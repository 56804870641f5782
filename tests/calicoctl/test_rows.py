"""Every row of the specification's tables has a test, or the reason why not; no test names a row there is not."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from tests.calicoctl.rows import CLAIMED, rows
from tests.calicoctl.sessions import sessions

ROOT = Path(__file__).parents[2]


def claimed() -> set[str]:
    for path in Path(__file__).parent.glob("test_*.py"):
        import_module(f"tests.calicoctl.{path.stem}")
    return CLAIMED | {name for session in sessions() for name in session.rows}


def test_every_row_has_its_test_or_its_reason() -> None:
    found = claimed()
    assert [row.name for row in rows() if not (row.left or row.elsewhere or row.name in found)] == []
    assert [row.name for row in rows() if row.left and row.name in found] == []


def test_tests_elsewhere_are_there() -> None:
    for row in rows():
        if row.elsewhere:
            path, _, name = row.elsewhere.partition("::")
            assert f"def {name}(" in (ROOT / path).read_text(), row.name


def test_tests_name_rows_that_there_are() -> None:
    assert sorted(claimed() - {row.name for row in rows()}) == []


def test_rows_are_named_once_and_say_something() -> None:
    names = [row.name for row in rows()]
    assert len(names) == len(set(names))
    assert [row.name for row in rows() if not row.says] == []
