"""What may come next on a command line, for shells that ask: a word and what it is, a tab between, on each line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tortie.cli.commands import COMMANDS, GLOBAL_FLAGS, GROUPS, LOG_LEVELS, Command, children
from tortie.cli.flags import Flag, Parsed, parse
from tortie.cli.output.summary import Report
from tortie.errors import Conflict, Expired, Invalid, NotFound, Unavailable

__all__ = ["FILES", "candidates", "run"]

FILES = ":files"
"""Stands for the names of files, which the shell knows better."""

_FORMATS = ("ps", "wide", "yaml", "json", "custom-columns=", "go-template=", "go-template-file=")
_VALUES: Mapping[str, Sequence[str]] = {
    "output": _FORMATS,
    "log-level": LOG_LEVELS,
    "type": ("strategic",),
}
_OF_FILES = frozenset({"filename", "config"})
_BY_NAME = frozenset({"get", "delete", "patch", "label"})
_ONE_NAME = frozenset({"patch", "label"})
_UNANSWERED = (Invalid, NotFound, Conflict, Unavailable, Expired, OSError)

Candidate = tuple[str, str]


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Print what may stand in the place of the last word; nothing where that cannot be told."""
    *before, last = parsed.words or ("",)
    try:
        found = [
            (word, what) for word, what in candidates(before, last, environ) if word.startswith(last) or word == FILES
        ]
    except _UNANSWERED:
        return Report()
    return Report("".join(f"{word}\t{what}\n" if what else f"{word}\n" for word, what in found))


def candidates(before: Sequence[str], last: str, environ: Mapping[str, str]) -> Iterable[Candidate]:
    """Return the words that may follow others, each with what it is.

    Args:
        before: the words that stand there.
        last: what is typed of the next one.
        environ: the environment, which names the datastore.

    Raises:
        Invalid, NotFound, Unavailable: it cannot be told.
    """
    command, path = _command(before)
    flags = (*(command.flags if command else ()), *GLOBAL_FLAGS)
    if before and (flag := _awaits_value(before[-1], flags)):
        return _values(flag, before, environ)
    if last.startswith("-"):
        return [(f"--{flag.name}", flag.help) for flag in flags if not flag.hidden]
    if command is None:
        return children(path)
    words = parse(before, flags).words[len(command.name.split()) :]
    if command.name == "completion":
        return [(shell, "") for shell in ("bash", "zsh", "fish")]
    if command.name not in _BY_NAME or (command.name in _ONE_NAME and len(words) > 1):
        return ()
    return _names(words[0], before, flags, environ) if words else _kinds()


def _command(words: Sequence[str]) -> tuple[Command | None, str]:
    """Return the command that words begin with, or the group they are in."""
    path = ""
    for word in words:
        name = f"{path} {word}".strip()
        if name in COMMANDS:
            return COMMANDS[name], name
        if name in GROUPS:
            path = name
    return None, path


def _awaits_value(word: str, flags: Sequence[Flag]) -> Flag | None:
    """Return the flag whose value comes after a word, if any."""
    for flag in flags:
        if word in {f"--{flag.name}", f"-{flag.short}" if flag.short else ""} and not isinstance(flag.default, bool):
            return flag
    return None


def _values(flag: Flag, before: Sequence[str], environ: Mapping[str, str]) -> Iterable[Candidate]:
    if flag.name in _OF_FILES:
        return [(FILES, "")]
    if flag.name == "namespace":
        return _namespaces(before[:-1], environ)
    return [(value, "") for value in _VALUES.get(flag.name, ())]


def _kinds() -> list[Candidate]:
    from tortie.api import KINDS  # noqa: PLC0415 - only where kinds are asked for

    return [(info.names[0], info.document_kind) for info in KINDS]


def _names(kind: str, before: Sequence[str], flags: Sequence[Flag], environ: Mapping[str, str]) -> list[Candidate]:
    from tortie.api import kind_named  # noqa: PLC0415 - as above
    from tortie.cli.connect import connected  # noqa: PLC0415 - as above
    from tortie.cli.scope import namespace_for  # noqa: PLC0415 - as above

    info, parsed = kind_named(kind), parse(before, flags)
    with connected(parsed, environ) as client:
        listing = client.list(info.kind, namespace_for(info, "", parsed.text("namespace")))
    return [(item["metadata"]["name"], info.document_kind) for item in listing.items]


def _namespaces(before: Sequence[str], environ: Mapping[str, str]) -> list[Candidate]:
    from tortie.api import KINDS  # noqa: PLC0415 - as above
    from tortie.cli.connect import connected  # noqa: PLC0415 - as above
    from tortie.model import Kind  # noqa: PLC0415 - as above

    command, _ = _command(before)
    parsed = parse(before, (*(command.flags if command else ()), *GLOBAL_FLAGS))
    with connected(parsed, environ) as client:
        found = {item["metadata"]["name"] for item in client.list(Kind.NAMESPACE).items}
        for info in KINDS:
            if info.namespaced and info.is_calico:
                found |= {item["metadata"]["namespace"] for item in client.list(info.kind).items}
    return [(name, "namespace") for name in sorted(found)]
