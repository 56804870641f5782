"""Command line flags, parsed by the rules and with the messages of the reference system's parser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tortie.errors import Invalid

__all__ = ["Flag", "Parsed", "flags_help", "parse"]

_TRUE, _FALSE = (
    frozenset({"1", "t", "T", "true", "TRUE", "True"}),
    frozenset({"0", "f", "F", "false", "FALSE", "False"}),
)


class Flag(NamedTuple):
    """One flag; `default` is a text, or False for a flag without a value. `hidden` keeps it out of the help.

    Of a flag that `repeats` every value counts: they are lines of one text. Of others the last one does.
    """

    name: str
    short: str
    help: str
    default: str | bool = ""
    hidden: bool = False
    repeats: bool = False


class Parsed(NamedTuple):
    """The words of a command line that are no flags, and the value of each flag by its name."""

    words: tuple[str, ...]
    flags: Mapping[str, str | bool]

    def text(self, name: str) -> str:
        """Return the value of a flag that takes one."""
        return str(self.flags[name])

    def on(self, name: str) -> bool:
        """Tell whether a flag without a value was given."""
        return self.flags[name] is True


def parse(arguments: Sequence[str], flags: Sequence[Flag]) -> Parsed:
    """Return what the arguments say; flags may stand anywhere, `--` ends them.

    Raises:
        Invalid: a flag is unknown, lacks its value, or has one it cannot have.
    """
    values: dict[str, str | bool] = {flag.name: flag.default for flag in flags}
    several: dict[str, list[str]] = {}
    words: list[str] = []
    left = list(reversed(arguments))
    while left:
        argument = left.pop()
        if argument == "--":
            words += reversed(left)
            break
        given: dict[str, str | bool] = {}
        if argument.startswith("--"):
            _long(argument, {flag.name: flag for flag in flags}, given, left)
        elif argument.startswith("-") and argument != "-":
            _short(argument, {flag.short: flag for flag in flags if flag.short}, given, left)
        else:
            words.append(argument)
        for name, value in given.items():
            several[name] = [*several.get(name, ()), str(value)]
            values[name] = value
    repeated = {flag.name: "\n".join(several[flag.name]) for flag in flags if flag.repeats and flag.name in several}
    return Parsed(tuple(words), values | repeated)


def _long(argument: str, known: Mapping[str, Flag], values: dict[str, str | bool], left: list[str]) -> None:
    name, equals, value = argument[2:].partition("=")
    if name not in known:
        raise _refused(f"unknown flag: --{name}")
    flag = known[name]
    if equals:
        values[name] = _value(flag, value, f"--{name}")
    elif isinstance(flag.default, bool):
        values[name] = True
    elif left:
        values[name] = left.pop()
    else:
        raise _refused(f"flag needs an argument: --{name}")


def _short(argument: str, known: Mapping[str, Flag], values: dict[str, str | bool], left: list[str]) -> None:
    letters = argument[1:]
    while letters:
        letter, rest = letters[0], letters[1:]
        if letter not in known:
            raise _refused(f"unknown shorthand flag: '{letter}' in -{letters}")
        flag = known[letter]
        shown = f"-{letter}, --{flag.name}"
        if rest.startswith("="):
            values[flag.name] = _value(flag, rest[1:], shown)
        elif isinstance(flag.default, bool):
            values[flag.name] = True
            letters = rest
            continue
        elif rest:
            values[flag.name] = rest
        elif left:
            values[flag.name] = left.pop()
        else:
            raise _refused(f"flag needs an argument: '{letter}' in -{letters}")
        return


def _value(flag: Flag, value: str, shown: str) -> str | bool:
    if not isinstance(flag.default, bool):
        return value
    if value in _TRUE | _FALSE:
        return value in _TRUE
    what = f'strconv.ParseBool: parsing "{value}": invalid syntax'
    raise _refused(f'invalid argument "{value}" for "{shown}" flag: {what}')


def _refused(what: str) -> Invalid:
    return Invalid.because(what)


def flags_help(flags: Sequence[Flag]) -> str:
    """Return a line for each flag, their explanations below one another."""
    rows = []
    for flag in flags:
        if not flag.hidden:
            short = f"-{flag.short}, " if flag.short else "    "
            value = "" if isinstance(flag.default, bool) else " string"
            default = f' (default "{flag.default}")' if isinstance(flag.default, str) and flag.default else ""
            rows.append((f"  {short}--{flag.name}{value}", f"{flag.help}{default}"))
    width = max((len(left) for left, _ in rows), default=0) + 3
    return "".join(f"{left.ljust(width)}{right}\n" for left, right in rows)
