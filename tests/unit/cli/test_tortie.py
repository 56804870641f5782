"""The `tortie` command finds its subcommands without loading them all."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from tortie import __version__
from tortie.cli.tortie import COMMANDS, main


@pytest.mark.parametrize("argv", [[], ["-h"], ["--help"], ["help"]])
def test_overview_names_every_command(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 0
    out = capsys.readouterr().out
    for name, (_, clause) in COMMANDS.items():
        assert f"  {name}" in out
        assert clause in out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"tortie {__version__}\n"


@pytest.mark.parametrize(
    ("name", "hint"), [("explian", "did you mean `explain`?"), ("zzz", "`tortie --help` lists the commands")]
)
def test_unknown_command(name: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name]) == 2
    assert capsys.readouterr().err == f"`{name}` is not a command of tortie\n  {hint}\n"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_can_run(name: str) -> None:
    assert callable(import_module(COMMANDS[name][0]).run)


def test_overview_loads_no_command() -> None:
    script = (
        "import sys; from tortie.cli.tortie import main; main(['--help']); "
        "sys.exit(any(name.startswith(('tortie.engine', 'tortie.api', 'yaml', 'msgspec')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, capture_output=True).returncode == 0
