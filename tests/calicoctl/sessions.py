"""Sessions with calicoctl, as text files have them: what is typed, and every character that is to come of it.

A file has sessions, each with a datastore of its own:

    === 11.delete-some 5.delete: what it is about       the rows of rows.txt that it holds, and a title
    @ file policy.yaml                                  a file of these lines; `-` stands for standard input
    $ calicoctl delete -f policy.yaml                   a command; variables of its environment may stand before it
    Successfully deleted 1 'NetworkPolicy' resource(s)  standard output
    ! what goes to standard error                       after `! `
    [exit 1]                                            where it is not 0

Lines that are empty, or end in a space, end in `¶`; empty lines in a file of sessions only part. A line that is `...`
stands for any lines. Lines after `[etcd] ` or `[sqlite] ` count there alone. `∎` is the end of output that does not end
in a new line. `@ says FIELD=VALUE` lets ClusterInformation say so, and `@ holds FILE` puts documents into the datastore
that calicoctl does not write. What differs each time is written `<uid>`, `<guid>`, `<time>` and `<revision>`.
"""

from __future__ import annotations

import difflib
import io
import json
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import yaml

from tests.unit.cli.console import Console, Said
from tortie.model import Key, Kind

__all__ = ["FOLDER", "Command", "Session", "differs", "played", "sessions", "shown"]

FOLDER = Path(__file__).parent / "sessions"
_PARTS = re.compile(r"^(?=\$ |@ )", re.MULTILINE)
_EXIT = re.compile(r"\[exit (\d+)\]")
_END, _NO_NEW_LINE = "¶", "∎"
_READ = {"true": True, "false": False}
_VARYING = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uid>"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "<guid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "<time>"),
    (re.compile(r'(resourceVersion"?: )"\d+"'), r'\1"<revision>"'),
)


@dataclass(frozen=True, slots=True)
class Command:
    """What is typed, and what is to come of it on one datastore."""

    line: str
    out: tuple[str, ...]
    err: tuple[str, ...]
    code: int


@dataclass(frozen=True, slots=True)
class Session:
    """One session: the rows that it holds, its title, and its parts as they are written."""

    rows: tuple[str, ...]
    file: str
    title: str
    parts: tuple[str, ...]


def sessions() -> list[Session]:
    """Return the sessions of all files."""
    return [session for path in sorted(FOLDER.glob("*.txt")) for session in _sessions(path)]


def _sessions(path: Path) -> Iterator[Session]:
    for text in re.split(r"^=== ", path.read_text(), flags=re.MULTILINE)[1:]:
        head, _, body = text.partition("\n")
        rows, _, title = head.partition(": ")
        yield Session(tuple(rows.split()), path.stem, title, tuple(_PARTS.split(body)[1:]))


def played(session: Session, console: Console) -> Iterator[tuple[Command, Said]]:
    """Do what a session says, in the console's directory; yield each command with what it answered."""
    typed = ""
    for part in session.parts:
        first, _, rest = part.partition("\n")
        if first.startswith("$"):
            command = _command(first[2:], rest, "etcd" if console.etcd else "sqlite")
            yield command, _run(command.line, console, typed)
            typed = ""
            continue
        _, verb, *words = first.split()
        if verb == "file" and words == ["-"]:
            typed = rest
        elif verb == "file":
            console.file(rest, words[0])
        elif verb == "says":
            console.says(
                **{name: _READ.get(value, value) for name, _, value in (each.partition("=") for each in words)}
            )
        else:
            assert verb == "holds", verb
            _put(console, words[0])


def _put(console: Console, file: str) -> None:
    """Put the documents of a file into the datastore, as others write them there."""
    store = console.store
    for document in yaml.safe_load_all((console.directory / file).read_text()):
        metadata = document["metadata"]
        key = Key(Kind(document["kind"]), metadata.get("namespace", ""), metadata["name"])
        store.create(key, json.dumps(document).encode())
    store.close()


def _command(line: str, rest: str, store: str) -> Command:
    lines = (_here(each, store) for each in rest.split("\n") if each)
    shown = [each for each in lines if each is not None]
    code = int(found[1]) if shown and (found := _EXIT.fullmatch(shown[-1])) else 0
    shown = shown[:-1] if code else shown
    out = tuple(each for each in shown if not each.startswith("!"))
    return Command(line, out, tuple(each[2:] for each in shown if each.startswith("!")), code)


def _here(line: str, store: str) -> str | None:
    """Return a line as it counts on this datastore; None where it does not."""
    for name in ("etcd", "sqlite"):
        if line.startswith(f"[{name}] "):
            return line.removeprefix(f"[{name}] ") if name == store else None
    return line


def _run(line: str, console: Console, typed: str) -> Said:
    words = shlex.split(line)
    program = words.index("calicoctl")
    environ = console.environ | dict(word.split("=", 1) for word in words[:program])
    with patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode()))):
        return console.run_in(environ, *words[program + 1 :])


def shown(text: str) -> list[str]:
    """Return what was printed as session files have it."""
    for pattern, instead in _VARYING:
        text = pattern.sub(instead, text)
    lines = text.split("\n")
    if lines.pop():
        lines = text.split("\n")
        lines[-1] += _NO_NEW_LINE
    return [f"{line}{_END}" if not line or line.endswith(" ") else line for line in lines]


def differs(command: Command, said: Said) -> str:
    """Return what is wrong with the answer of a command; "" where nothing is."""
    found = []
    if said.code != command.code:
        found.append(f"exit code {said.code}, not {command.code}")
    for name, wanted, text in (("output", command.out, said.out), ("errors", command.err, said.err)):
        lines = shown(text)
        if not _matches(lines, wanted):
            found += [f"{name}:", *difflib.ndiff(wanted, lines)]
    return "\n".join([f"$ {command.line}", *found]) if found else ""


def _matches(lines: Sequence[str], wanted: Sequence[str]) -> bool:
    parts = (r"(?:.*\n)*?" if each == "..." else re.escape(each) + r"\n" for each in wanted)
    return re.fullmatch("".join(parts), "".join(f"{line}\n" for line in lines)) is not None
