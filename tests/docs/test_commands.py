"""Every command in the documentation's console blocks does what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.consoles import ROOT, Shown, differs, run, shown_commands

SET_UP = "scripts/setup"  # has run before any test can; to run it again from inside one would change what runs us

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS = [
    shown
    for page in PAGES
    for shown in shown_commands(page.relative_to(ROOT).as_posix(), page.read_text())
    if shown.command != SET_UP
]


@pytest.mark.parametrize("shown", COMMANDS, ids=[f"{s.page}:{s.command}" for s in COMMANDS])
def test_command_does_what_the_page_shows(shown: Shown, tmp_path: Path) -> None:
    result = run(shown, tmp_path)
    assert result.returncode == shown.exit_code, result.stdout
    assert "Traceback" not in result.stdout, result.stdout
    assert not differs(shown, result.stdout), result.stdout


def test_readme_and_tutorial_show_commands() -> None:
    assert {"README.md", "docs/tutorials/first-policy.md"} <= {shown.page for shown in COMMANDS}


PAGE = """
```console
$ one --flag
first
...
last
$ two
[exit 3]
```
```sh
not run
```
"""


def test_shown_commands() -> None:
    assert shown_commands("page", PAGE) == [
        Shown("page", "one --flag", ("first", "...", "last"), 0),
        Shown("page", "two", (), 3),
    ]


@pytest.mark.parametrize(
    ("printed", "is_different"),
    [
        ("first\nlast\n", False),
        ("first\nanything\nat all\nlast\n", False),
        ("first \nlast", False),
        ("last\n", True),
        ("first\nlast\nmore\n", True),
    ],
)
def test_differs(printed: str, is_different: bool) -> None:
    assert differs(Shown("page", "one", ("first", "...", "last"), 0), printed) is is_different
