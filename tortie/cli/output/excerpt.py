"""The line of a file that a problem is about, with a caret below the place."""

from __future__ import annotations

from pathlib import Path

from tortie.cli.output.streams import STDIN, given_input
from tortie.errors import Problem

__all__ = ["excerpt"]

WIDEST = 100
"""Of a longer line a part around the place is shown."""

_MOST_BYTES = 16 << 20  # a file this large is not read again to show one line of it


def excerpt(problem: Problem) -> list[str]:
    """Return the line and the caret; nothing where the place is unknown, or the file cannot be read any more."""
    if not (problem.file and problem.line):
        return []
    line = _line(problem.file, problem.line)
    if not line.strip():
        return []
    start = 0
    if len(line) > WIDEST:
        start = max(0, min(problem.column - 1 - WIDEST // 2, len(line) - WIDEST))
    shown = "".join(char if char.isprintable() else " " for char in line[start : start + WIDEST])
    number = str(problem.line)
    found = [f"  {number} | {shown.rstrip()}"]
    if 0 < problem.column <= len(line) + 1:
        found.append(f"  {' ' * len(number)} | {' ' * (problem.column - 1 - start)}^")
    return found


def _line(file: str, number: int) -> str:
    """Return a line of a file, "" where it has none of that number or is not to be read."""
    try:
        if file == STDIN:
            text = given_input()
        else:
            path = Path(file)
            if not path.is_file() or path.stat().st_size > _MOST_BYTES:
                return ""
            text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    lines = text.split("\n")
    return lines[number - 1].removesuffix("\r") if number <= len(lines) else ""
