"""The `tortie` command: finds the subcommand asked for, and loads nothing else."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module

from tortie import __version__
from tortie.cli.output.problems import guarded
from tortie.errors import Invalid

__all__ = ["COMMANDS", "main"]

COMMANDS = {
    "agent": ("tortie.cli.tools.agent", "enforce policy on this host"),
    "connections": ("tortie.cli.tools.connections", "open connections, and what policy says of them now"),
    "diff": ("tortie.cli.tools.flow_diff", "which flows a change of policy alters"),
    "explain": ("tortie.cli.tools.explain", "why a connection is allowed or denied"),
    "lab": ("tortie.cli.tools.lab", "hosts, pods and VMs to try a policy in"),
    "logs": ("tortie.cli.tools.logs", "what Log rules of this host logged"),
    "status": ("tortie.cli.tools.status", "how the agent of this host is"),
}
"""Name to the module whose `run(argv) -> int` answers, and a clause for the overview."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit code; `argv` without the program's name, by default the process's own."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    return guarded(lambda: _dispatch(arguments))


def _dispatch(arguments: list[str]) -> int:
    name = arguments[0] if arguments else "--help"
    if name in ("-h", "--help", "help"):
        print(_overview())  # noqa: T201 - a command's output
        return 0
    if name in ("-V", "--version", "version"):
        print(f"tortie {__version__}")  # noqa: T201 - a command's output
        return 0
    if name not in COMMANDS:
        raise Invalid.because(f"`{name}` is not a command of tortie", mend=_suggestion(name))
    module = import_module(COMMANDS[name][0])
    code: int = module.run(arguments[1:])
    return code


def _overview() -> str:
    width = max(map(len, COMMANDS))
    rows = [f"  {name:<{width}}  {clause}" for name, (_, clause) in sorted(COMMANDS.items())]
    usage = ["usage: tortie COMMAND [ARGUMENTS]", "", "commands:", *rows]
    return "\n".join([*usage, "", "`tortie COMMAND --help` tells more of one."])


def _suggestion(name: str) -> str:
    near = get_close_matches(name, COMMANDS, n=1)
    return f"did you mean `{near[0]}`?" if near else "`tortie --help` lists the commands"
