"""The `calicoctl` command: finds the verb, loads nothing else, and tells how it went."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from tortie.cli.commands import COMMANDS, GLOBAL_FLAGS, Command, command_help, overview
from tortie.cli.flags import Parsed, parse
from tortie.cli.streams import drop_output, open_streams, printable
from tortie.errors import Conflict, Expired, Invalid, NotFound, Unavailable

__all__ = ["main"]

LOG_LEVELS = ("panic", "fatal", "error", "warn", "info", "debug")
ON_STDOUT = ("Error reading config file: ", "Failed to create Calico API client: ")
"""How errors begin that go to standard output. Source: calicoctl specification 12.4."""


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run one command and return its exit code: 0, or 1 where anything failed.

    Args:
        argv: the arguments without the program's name; by default the process's own.
        environ: the environment; by default the process's own.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    open_streams()
    try:
        return _run(arguments, os.environ if environ is None else environ)
    except BrokenPipeError:
        drop_output()  # whoever read us has gone, and needs no telling
        return 1
    except KeyboardInterrupt:
        return 130
    except (Invalid, NotFound, Conflict, Unavailable, Expired, OSError) as error:
        return _told(error)


def _run(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    if _first_word(arguments) == "help":
        arguments = [*(argument for argument in arguments if argument != "help"), "--help"]
    command = _command(arguments)
    parsed = parse(arguments, (*(command.flags if command else ()), *GLOBAL_FLAGS))
    if command is None or parsed.on("help"):
        sys.stdout.write(command_help(command) if command else overview())
        sys.stdout.flush()
        return 0
    if (level := parsed.text("log-level")) not in LOG_LEVELS:
        raise Invalid.because(f"unknown log level: {level}, expected one of: {', '.join(LOG_LEVELS)}")
    from importlib import import_module  # noqa: PLC0415 - help needs none

    report = import_module(command.module).run(Parsed(parsed.words[1:], parsed.flags), environ)
    sys.stdout.write(report.out)
    sys.stdout.flush()
    sys.stderr.write(printable(report.err))
    code: int = report.code
    return code


def _command(arguments: Sequence[str]) -> Command | None:
    """Return the command that is meant; None where there is none, so that help is wanted."""
    name = _first_word(arguments)
    if not name:
        return None
    if name not in COMMANDS:
        from difflib import get_close_matches  # noqa: PLC0415 - rarely

        near = get_close_matches(name, COMMANDS, n=1)
        mend = f"did you mean `{near[0]}`?" if near else "`calicoctl --help` lists the commands"
        raise Invalid.because(f'unknown command "{name}" for "calicoctl"', mend=mend)
    return COMMANDS[name]


def _first_word(arguments: Sequence[str]) -> str:
    """Return the first argument that is neither a flag nor the value of a global one; "" where there is none."""
    known = {f"--{flag.name}": flag for flag in GLOBAL_FLAGS} | {f"-{flag.short}": flag for flag in GLOBAL_FLAGS}
    left = iter(arguments)
    for argument in left:
        if not argument.startswith("-"):
            return argument
        flag = known.get(argument)
        if flag and not isinstance(flag.default, bool):
            next(left, None)
    return ""


def _told(error: Exception) -> int:
    """Print an error as people are to see it, and return the exit code."""
    from tortie.cli.problems import print_error  # noqa: PLC0415 - only when something is wrong

    is_ours = isinstance(error, Invalid) and error.problems[0].what.startswith(ON_STDOUT)
    print_error(error, sys.stdout if is_ours else sys.stderr)
    if isinstance(error, OSError):
        drop_output()
    return 1
