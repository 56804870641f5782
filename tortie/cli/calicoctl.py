"""The `calicoctl` command: finds the verb, loads nothing else, and tells how it went."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tortie.cli.commands import COMMANDS, GLOBAL_FLAGS, GROUPS, LOG_LEVELS, Command, command_help, group_help, overview
from tortie.cli.flags import Parsed, parse
from tortie.cli.output.streams import drop_output, open_streams, printable
from tortie.errors import Conflict, Expired, Invalid, NotFound, Unavailable

__all__ = ["main"]

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
    words = _words(arguments)
    if words[:1] == ["help"]:
        arguments = [*(argument for argument in arguments if argument != "help"), "--help"]
        words = words[1:]
    group, command = _meant(words)
    if command and command.hidden:
        given = Parsed(tuple(arguments[arguments.index(command.name) + 1 :]), parse((), GLOBAL_FLAGS).flags)
        return _reported(command, given, environ)
    if command and command.foreign:
        is_help = bool({"-h", "--help"} & set(arguments))
        parsed = Parsed(tuple(words), parse(("--help",) if is_help else (), GLOBAL_FLAGS).flags)
    else:
        parsed = parse(arguments, (*(command.flags if command else ()), *GLOBAL_FLAGS))
    if command is None or parsed.on("help"):
        return _shown(group, command)
    words_left = parsed.words if command.foreign else parsed.words[len(command.name.split()) :]
    return _reported(command, Parsed(words_left, _leveled(parsed)), environ)


def _reported(command: Command, given: Parsed, environ: Mapping[str, str]) -> int:
    from importlib import import_module  # noqa: PLC0415 - help needs none

    report = getattr(import_module(command.module), command.function)(given, environ)
    sys.stdout.write(report.out)
    sys.stdout.flush()
    sys.stderr.write(printable(report.err))
    code: int = report.code
    return code


def _shown(group: str, command: Command | None) -> int:
    """Print the help of a command, of a group of them, or of the program."""
    called = Path(sys.argv[0]).name
    root = "kubectl-calico" if called.startswith("kubectl-") else "calicoctl"
    if command:
        sys.stdout.write(command_help(command, root))
    else:
        sys.stdout.write(group_help(group, root) if group else overview(root))
    sys.stdout.flush()
    return 0


def _meant(words: Sequence[str]) -> tuple[str, Command | None]:
    """Return the words that begin a command, and the command; None where there is none, so that help is wanted."""
    group = ""
    for word in words:
        name = f"{group} {word}".strip()
        if name in COMMANDS:
            return group, COMMANDS[name]
        if name not in GROUPS:
            if not group:
                raise _unknown(word)
            break
        group = name
    return group, None


def _unknown(name: str) -> Invalid:
    from difflib import get_close_matches  # noqa: PLC0415 - rarely

    near = get_close_matches(name, (*COMMANDS, *GROUPS), n=1)
    mend = f"did you mean `{near[0]}`?" if near else "`calicoctl --help` lists the commands"
    return Invalid.because(f'unknown command "{name}" for "calicoctl"', mend=mend)


def _leveled(parsed: Parsed) -> Mapping[str, str | bool]:
    """Return the flags; what `-l` has and is no log level selects labels, where the command can do that."""
    levels = parsed.text("log-level").split("\n")
    others = [level for level in levels if level not in LOG_LEVELS]
    if not others:
        return parsed.flags
    if "selector" not in parsed.flags:
        raise Invalid.because(f"unknown log level: {others[0]}, expected one of: {', '.join(LOG_LEVELS)}")
    selectors = [*filter(None, [parsed.text("selector")]), *others]
    return {**parsed.flags, "log-level": "panic", "selector": "\n".join(selectors)}


def _words(arguments: Sequence[str]) -> list[str]:
    """Return the arguments that are neither flags nor the values of flags."""
    every = [*GLOBAL_FLAGS, *(flag for command in COMMANDS.values() for flag in command.flags)]
    known = {f"--{flag.name}": flag for flag in every} | {f"-{flag.short}": flag for flag in every if flag.short}
    left = iter(arguments)
    found = []
    for argument in left:
        if not argument.startswith("-"):
            found.append(argument)
            continue
        flag = known.get(argument)
        if flag and not isinstance(flag.default, bool):
            next(left, None)
    return found


def _told(error: Exception) -> int:
    """Print an error as people are to see it, and return the exit code."""
    from tortie.cli.output.problems import print_error  # noqa: PLC0415 - only when something is wrong

    is_ours = isinstance(error, Invalid) and error.problems[0].what.startswith(ON_STDOUT)
    print_error(error, sys.stdout if is_ours else sys.stderr)
    if isinstance(error, OSError):
        drop_output()
    return 1
