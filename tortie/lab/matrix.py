"""Who reaches whom, as a table for people: one row for a listening port, one column for a source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from tortie.lab.compare import Comparison

__all__ = ["Cell", "Row", "cells", "matrix_lines"]

Row = tuple[str, str]
"""A destination, and a protocol and port of it."""
Cell = tuple[Row, str]
"""A row and the source that asks."""

WIDTH = 80
_NAME = 28
_PORT = 10
_COLUMN = 4
_AT_ONCE = (WIDTH - _NAME - _PORT - 1) // _COLUMN
_MARKS = {(True, True): "+", (False, False): "-", (True, False): "4", (False, True): "6"}
_WRONG = "!"
_KEY = "+ reaches   - does not   4, 6 only by that IP version   ! evaluated otherwise"
_CHANGED_KEY = "+>- reached before, does not now"


def cells(comparisons: Sequence[Comparison]) -> dict[Cell, str]:
    """Return the mark of each cell, with a `!` behind it where measured and evaluated disagree."""
    found: dict[Cell, dict[int, Comparison]] = {}
    for each in comparisons:
        asked = each.question
        row = (asked.destination, f"{asked.protocol}/{asked.port}" if asked.port else str(asked.protocol))
        found.setdefault((row, asked.source), {})[asked.version] = each
    return {cell: _mark(by_version) for cell, by_version in found.items()}


def matrix_lines(comparisons: Sequence[Comparison], before: Mapping[Cell, str] | None = None) -> list[str]:
    """Return the table's lines, at most 80 characters each; cells that differ show what was `before` too."""
    marks = cells(comparisons)
    sources = list(dict.fromkeys(each.question.source for each in comparisons))
    rows = list(dict.fromkeys(row for row, _ in marks))
    lines = []
    for part in _parts(sources):
        lines += [*_legend(part), _line("to", "", [f"{number:>3} " for number, _ in part])]
        for row in rows:
            lines.append(_line(row[0], row[1], [_cell(marks, (row, source), before) for _, source in part]))
        lines.append("")
    return [*lines, _KEY, *([_CHANGED_KEY] if before is not None else [])]


def _parts(sources: list[str]) -> Iterator[list[tuple[int, str]]]:
    numbered = iter(enumerate(sources, start=1))
    while part := list(islice(numbered, _AT_ONCE)):
        yield part


def _legend(part: list[tuple[int, str]]) -> list[str]:
    """Return the lines that say who the numbered sources are, as many a line as fit."""
    words = [f"{number} {source}" for number, source in part]
    lines, line = [], "from"
    for word in words:
        if len(line) + 2 + len(word) > WIDTH:
            lines.append(line)
            line = "    "
        line += "  " + word
    return [*lines, line]


def _line(name: str, port: str, marks: list[str]) -> str:
    shown = name if len(name) < _NAME else f"{name[: _NAME - 2]}~"
    return f"{shown:<{_NAME}}{port:<{_PORT}}{''.join(marks)}".rstrip()


def _cell(marks: Mapping[Cell, str], cell: Cell, before: Mapping[Cell, str] | None) -> str:
    mark = marks.get(cell, " ")
    was = mark if before is None else before.get(cell, mark)
    return f"  {mark:<2}" if was == mark or mark.endswith(_WRONG) else f" {was}>{mark}"


def _mark(by_version: Mapping[int, Comparison]) -> str:
    passed = [each.passed for each in by_version.values()]
    four = by_version[4].passed if 4 in by_version else all(passed)  # noqa: PLR2004 - IPv4
    six = by_version[6].passed if 6 in by_version else all(passed)  # noqa: PLR2004 - IPv6
    return _MARKS[four, six] + ("" if all(each.agrees for each in by_version.values()) else _WRONG)
