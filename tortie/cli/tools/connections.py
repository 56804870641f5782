"""`tortie connections`: the open connections of this host, and what policy would say if they were opened now."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Mapping, Sequence
from typing import Any

from tortie.agent import control_path, read_config
from tortie.cli.ask import ask
from tortie.cli.output.tabwriter import table

__all__ = ["run"]

_SECONDS = 60.0  # a full table is long
_COLUMNS = ("protocol", "source", "destination", "sender", "receiver", "verdict", "rule")


def run(argv: Sequence[str]) -> int:
    """Print the open connections; return 1 where `--denied` finds one, else 0.

    Raises:
        Unavailable: no agent answers.
    """
    parser = argparse.ArgumentParser(
        prog="tortie connections",
        description="Tell which open connections policy would allow if they were opened now, and which it would not.",
    )
    parser.add_argument("--denied", action="store_true", help="only those that `cutEstablished` would end")
    parser.add_argument("-o", "--output", choices=("json", "yaml"), help="print everything, for programs")
    parser.add_argument("--run-directory", metavar="DIR", help="where the agent's socket is (default: /run/tortie)")
    given = parser.parse_args(argv)
    config = read_config({"run-directory": given.run_directory}, os.environ, platform.node())
    found = ask(control_path(config.run_directory), "/connections", seconds=_SECONDS)
    shown = [each for each in found if each["verdict"] == "deny" or not given.denied]
    print(_text(shown, given.output), end="")  # noqa: T201 - a command's output
    return int(given.denied and bool(shown))


def _text(found: Sequence[Mapping[str, Any]], output: str | None) -> str:
    if output == "json":
        return json.dumps(found, indent=2) + "\n"
    if output == "yaml":
        import yaml  # noqa: PLC0415 - only where it is asked for

        text: str = yaml.safe_dump(list(found), sort_keys=False)
        return text
    denied = sum(each["verdict"] == "deny" for each in found)
    rows = [[str(each[column]) for column in _COLUMNS] for each in found]
    lines = [line.rstrip() for line in table([column.upper() for column in _COLUMNS], rows).splitlines()]
    return "\n".join([*lines, f"{len(found)} connections, of which policy would refuse {denied}"]) + "\n"
