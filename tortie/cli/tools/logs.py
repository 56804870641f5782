"""`tortie logs`: what Log rules of this host logged, with the names behind it."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tortie.agent import control_path, read_config
from tortie.cli.ask import ask
from tortie.errors import Unavailable

__all__ = ["line_text", "run"]

_PAUSE = 0.5  # seconds between two questions
Line = Mapping[str, Any]


def run(argv: Sequence[str], *, wait: Callable[[float], object] = time.sleep) -> int:
    """Print the newest lines, and with `--follow` those that come, until interrupted; return 0.

    Raises:
        Unavailable: no agent answers; with `--follow`, only where none did at the start.
    """
    parser = argparse.ArgumentParser(
        prog="tortie logs", description="Tell what Log rules of this host logged: who, whom, by which rule."
    )
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what comes, until interrupted")
    parser.add_argument("-n", "--lines", type=_count, default=20, metavar="N", help="the newest N first (default: 20)")
    parser.add_argument("-o", "--output", choices=("json",), help="each line as a document, for programs")
    parser.add_argument("--run-directory", metavar="DIR", help="where the agent's socket is (default: /run/tortie)")
    given = parser.parse_args(argv)
    config = read_config({"run-directory": given.run_directory}, os.environ, platform.node())
    write = json.dumps if given.output else line_text
    found = _Lines(control_path(config.run_directory))
    for line in found.newest(given.lines):
        print(write(line))  # noqa: T201 - a command's output
    try:
        while given.follow:
            wait(_PAUSE)
            for line in found.more():
                print(write(line), flush=True)  # noqa: T201 - as above
    except KeyboardInterrupt:
        pass
    return 0


class _Lines:
    """Lines as an agent tells them, through its restarts."""

    def __init__(self, control: Path) -> None:
        self._control = control
        self._run = ""
        self._newest = 0
        self._is_away = False

    def newest(self, count: int) -> Iterator[Line]:
        """Yield the newest lines; raises Unavailable."""
        yield from self._taken(ask(self._control, f"/packets?after=-{count}") if count else self._asked())

    def more(self) -> Iterator[Line]:
        """Yield what came since; while no agent answers, say so once and yield nothing."""
        try:
            answer = self._asked()
            if answer["run"] != self._run:  # another agent, whose lines begin anew
                self._newest = 0
                answer = self._asked()
        except Unavailable as error:
            if not self._is_away:
                print(f"{error}; waiting", file=sys.stderr)  # noqa: T201 - a command's output
            self._is_away = True
            return
        self._is_away = False
        yield from self._taken(answer)

    def _asked(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = ask(self._control, f"/packets?after={self._newest}")
        return found

    def _taken(self, answer: Mapping[str, Any]) -> Iterator[Line]:
        self._run, self._newest = answer["run"], answer["newest"]
        if answer["missed"]:
            yield {"missed": answer["missed"]}
        yield from answer["lines"]


def line_text(line: Line) -> str:
    """Return a line as a person reads it: when, from whom to whom, whose endpoint, by which tier, policy and rule."""
    if "missed" in line:
        return f"... {line['missed']} lines before these are no longer kept"
    if "lost" in line:
        return f"{line['time']}  {line['lost']} packets were logged that no line tells of"
    parts = [
        line["time"],
        " ".join(filter(None, (line.get("direction", "").lower(), line.get("protocol", "packet")))),
        f"{_end(line, 'source')} > {_end(line, 'destination')}",
        f"at {line.get('endpoint') or line.get('in') or line.get('out') or 'this host'}",
    ]
    parts += [f"tier {line['tier']}", line["policy"]] if line.get("policy") else []
    return "  ".join([*parts, f"rule {line['rule']}"])


def _end(line: Line, side: str) -> str:
    address, port = line.get(side, "?"), line.get(f"{side}_port")
    if port is None:
        return f"{address}"
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"`{text}` is not a number of lines")
    return int(text)
