"""The commands that documentation shows: read from its console blocks, run, and compared with what is printed there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "Shown", "differs", "run", "shown_commands"]

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXIT = re.compile(r"\[exit (\d+)\]")
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """A command as a page shows it; `output` lacks the exit line, and `...` in it stands for any lines."""

    page: str
    command: str
    output: tuple[str, ...]
    exit_code: int


def shown_commands(page: str, text: str) -> list[Shown]:
    """Return the commands of a page's console blocks, each with the output shown under it."""
    found = []
    for block in BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *output = part.rstrip("\n").split("\n")
            code = EXIT.fullmatch(output[-1]) if output else None
            found.append(Shown(page, command, tuple(output[:-1] if code else output), int(code[1]) if code else 0))
    return found


def run(shown: Shown, state: Path) -> subprocess.CompletedProcess[str]:
    """Run a shown command from the root of the checkout, with a datastore of its own in `state`."""
    environment = {**os.environ, "TORTIE_SQLITE_PATH": str(state / "tortie.db")}
    program, *arguments = shlex.split(shown.command)
    if program.startswith(".venv/bin/"):  # the interpreter that runs the tests may be another environment's
        program = str(Path(sys.executable).with_name(Path(program).name))
    return subprocess.run(
        [program, *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def differs(shown: Shown, printed: str) -> bool:
    """Tell whether what a command printed is not what its page shows; a page that shows nothing is satisfied."""
    if not shown.output:
        return False
    parts = [r"(?:.*\n)*" if line.strip() == "..." else re.escape(line.rstrip()) + r"[ \t]*\n" for line in shown.output]
    return re.fullmatch("".join(parts), printed if printed.endswith("\n") else printed + "\n") is None
