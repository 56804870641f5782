"""Files, directories and standard input to documents. Source: calicoctl specification 6."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tortie.api import Document, read_documents
from tortie.cli.output.streams import STDIN as STDIN_NAME
from tortie.cli.output.streams import read_input, read_text
from tortie.errors import Invalid, Problem

__all__ = ["load"]

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
STDIN = "-"


def load(filename: str, *, recursive: bool, may_be_empty: bool) -> list[Document]:
    """Return the documents of a file, of a directory's files in the order of their names, or of standard input.

    Raises:
        Invalid: with every problem of every file; or there is nothing in them, and that is not allowed.
    """
    found: list[Document] = []
    problems: list[Problem] = []
    for name, text in _texts(filename, recursive=recursive):
        try:
            found += read_documents(text, name)
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(*problems)
    if not found and not may_be_empty:
        what = "directory" if filename != STDIN and Path(filename).is_dir() else "file"
        raise Invalid.because(f"no resources specified in {what} {filename}")
    return found


def _texts(filename: str, *, recursive: bool) -> Iterator[tuple[str, str]]:
    if filename == STDIN:
        yield STDIN_NAME, read_input()
        return
    top = Path(filename)
    for path in _files(top, recursive=recursive) if top.is_dir() else (top,):
        yield str(path), _text(path)


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Invalid.because(f"failed to execute command: open {path}: {reason}") from error


def _files(top: Path, *, recursive: bool) -> Iterator[Path]:
    for entry in sorted(os.scandir(top), key=lambda entry: entry.name):
        path = Path(entry.path)
        if entry.is_dir():
            if recursive and not entry.is_symlink():  # a link may lead back up
                yield from _files(path, recursive=True)
        elif path.suffix.lower() in SUFFIXES:
            yield path
