"""The rows of the calicoctl specification's tables, in our words, and which tests hold them.

`rows.txt` has one a line, below the heading of its section: a name, what it says, and where that is so, after ` = `
the test elsewhere that has it, or after ` ~ ` why there is none. Whatever tests a row here names it: sessions in their
first line, test functions with `holds`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

__all__ = ["CLAIMED", "Row", "holds", "rows"]

PATH = Path(__file__).parent / "rows.txt"
CLAIMED: set[str] = set()
"""Rows that test functions name, filled in as their modules are imported."""

_Test = TypeVar("_Test", bound=Callable[..., object])


class Row(NamedTuple):
    """One row; `left` is why there is no test of it, `elsewhere` the one that another folder has, else they are ""."""

    name: str
    says: str
    left: str = ""
    elsewhere: str = ""


def rows() -> list[Row]:
    """Return the rows in their order."""
    found = []
    for line in PATH.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, rest = line.partition(" ")
            says, _, left = rest.partition(" ~ ")
            says, _, elsewhere = says.partition(" = ")
            found.append(Row(name, says.strip(), left.strip(), elsewhere.strip()))
    return found


def holds(*names: str) -> Callable[[_Test], _Test]:
    """Mark a test function as one that holds these rows."""
    CLAIMED.update(names)

    def unchanged(test: _Test) -> _Test:
        return test

    return unchanged
