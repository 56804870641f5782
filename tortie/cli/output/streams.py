"""Standard input and output, also where whoever started us closed them, and the text of files."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tortie.errors import Invalid, Problem

__all__ = ["STDIN", "drop_output", "given_input", "open_streams", "printable", "read_input", "read_text"]

STDIN = "<stdin>"
"""How messages name standard input."""

MOST_BYTES = 256 << 20
"""More than this in one file is no document that a person meant; a device would never end."""


def open_streams() -> None:
    """Let output that was closed before we began go nowhere, so that it can be written to."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open until exit


def drop_output() -> None:
    """Let what standard output could not take go nowhere; the interpreter would try once more at exit, and complain."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


_given: list[str] = []  # what standard input had: it can be read once, and errors show lines of it


def given_input() -> str:
    """Return what `read_input` has read last."""
    return _given[-1] if _given else ""


def read_input() -> str:
    """Return what standard input has; nothing where it is closed.

    Raises:
        Invalid: it is not UTF-8 text, or does not end.
        OSError: it cannot be read.
    """
    text = "" if sys.stdin is None else _decoded(sys.stdin.buffer.read(MOST_BYTES + 1), STDIN)
    _given[:] = [text]
    return text


def read_text(path: Path) -> str:
    """Return what a file has.

    Raises:
        Invalid: it is not UTF-8 text, or does not end.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return _decoded(file.read(MOST_BYTES + 1), str(path))


def printable(text: str) -> str:
    """Return the text with what would steer a terminal written as escapes; lines stay lines."""
    return "".join(char if char.isprintable() or char == "\n" else ascii(char)[1:-1] for char in text)


def _decoded(data: bytes, name: str) -> str:
    if len(data) > MOST_BYTES:
        raise Invalid(Problem(f"this has more than {MOST_BYTES >> 20} MiB", mend="split it", file=name))
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        what = "this file is not UTF-8 text"
        raise Invalid(Problem(what, mend="save it as UTF-8", file=name, line=line, column=column)) from error
