"""Lines of files below the problems with them."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.unit.cli.console import Console, network_set
from tortie.cli.output.excerpt import WIDEST, excerpt
from tortie.errors import Problem


@pytest.mark.parametrize(
    ("text", "line", "column", "shown"),
    [
        ("a: 1\nb: x\n", 2, 4, ["  2 | b: x", "    |    ^"]),
        ("a: 1\r\n", 1, 1, ["  1 | a: 1", "    | ^"]),
        ("\tb\x1b: 1\n", 1, 5, ["  1 |  b : 1", "    |     ^"]),
        ("a: 1\n", 1, 0, ["  1 | a: 1"]),
        ("a\n", 1, 2, ["  1 | a", "    |  ^"]),
        ("a\n", 1, 99, ["  1 | a"]),
        ("a\n\n", 2, 1, []),
        ("a\n", 9, 1, []),
        ("a\n" * 12, 12, 1, ["  12 | a", "     | ^"]),
    ],
)
def test_lines(tmp_path: Path, text: str, line: int, column: int, shown: list[str]) -> None:
    file = tmp_path / "f"
    file.write_bytes(text.encode())
    assert excerpt(Problem("p", file=str(file), line=line, column=column)) == shown


def test_of_a_long_line_the_part_around_the_place_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("x" * 500 + "!" + "y" * 500)
    line, caret = excerpt(Problem("p", file=str(file), line=1, column=501))
    assert len(line) == len("  1 | ") + WIDEST
    assert line[caret.index("^")] == "!"


def test_what_cannot_be_shown(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\n")
    for file in (tmp_path / "absent", tmp_path, tmp_path / "binary", Path("/dev/null")):
        assert excerpt(Problem("p", file=str(file), line=1, column=1)) == []
    assert excerpt(Problem("p")) == []


def test_standard_input(calicoctl: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    text = network_set(spec="netz: []")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    said = calicoctl("apply", "-f", "-")
    assert "<stdin>:4:8: " in said.err
    assert "  4 | spec: {netz: []}\n    |        ^\n" in said.err
