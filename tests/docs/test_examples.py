"""The example files are valid, the mistakes among them are not, and each mistake is told with line and column."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.consoles import ROOT, Shown, run

GUIDE = sorted(path for folder in ("guide", "hosts") for path in (ROOT / "examples" / folder).glob("*.yaml"))
MISTAKES = [("host-bits.yaml", [13]), ("five.yaml", [8, 9, 11, 14, 16])]


def validate(path: Path, state: Path) -> tuple[int, str]:
    result = run(Shown("", f".venv/bin/calicoctl validate -f {path.relative_to(ROOT)}", (), 0), state)
    return result.returncode, result.stdout


@pytest.mark.parametrize("path", GUIDE, ids=[path.name for path in GUIDE])
def test_the_guide_is_valid(path: Path, tmp_path: Path) -> None:
    code, printed = validate(path, tmp_path)
    assert code == 0, printed


def test_the_example_of_every_kind_is_valid(tmp_path: Path) -> None:
    code, printed = validate(ROOT / "examples" / "kinds", tmp_path)
    assert code == 0, printed


@pytest.mark.parametrize(("name", "lines"), MISTAKES)
def test_each_mistake_is_told_at_its_line(name: str, lines: list[int], tmp_path: Path) -> None:
    code, printed = validate(ROOT / "examples" / "mistakes" / name, tmp_path)
    assert code == 1
    told = re.findall(rf"^\S*{re.escape(name)}:(\d+):\d+: ", printed, flags=re.MULTILINE)
    assert sorted(map(int, told)) == lines, printed
