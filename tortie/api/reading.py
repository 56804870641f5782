"""Files to documents: several in one text, lists and arrays taken apart, JSON as well as YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tortie.api.compose import NOT_YAML, composed
from tortie.api.document import Document
from tortie.api.kinds import KINDS
from tortie.errors import Invalid, Problem

__all__ = ["MAX_DOCUMENT", "read_documents"]

MAX_DOCUMENT = 10 * 1024 * 1024
"""Bytes a document may have. Source: calicoctl specification, 6."""

_SEPARATOR = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_ONLY_DIRECTIVES = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n|%[^\n]*\n)*\Z")
_LIST = "List"


def read_documents(text: str, file: str) -> list[Document]:
    """Return the documents of a YAML or JSON text in their order; empty ones are left out.

    Lists (`NetworkPolicyList`, `List`) and top-level arrays are taken apart.

    Args:
        text: of the whole file.
        file: its name, for problems.

    Raises:
        Invalid: with the syntax problem of every document that has one.
    """
    found: list[Document] = []
    problems: list[Problem] = []
    for part, first_line in _parts(text.removeprefix("\ufeff")):
        try:
            found += _documents(part, first_line, file)
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(*(problem.at(file=file) for problem in problems))
    return found


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """Yield the text of each document, with the number of lines before it."""
    start = line = 0
    for separator in _SEPARATOR.finditer(text):
        part = text[start : separator.start()]
        if "%" in part and _ONLY_DIRECTIVES.fullmatch(part):
            continue
        yield part, line
        start, line = separator.start(), line + part.count("\n")
    yield text[start:], line


def _documents(part: str, first_line: int, file: str) -> list[Document]:
    if len(part) > MAX_DOCUMENT or len(part.encode(errors="replace")) > MAX_DOCUMENT:
        what = f"this document is larger than {MAX_DOCUMENT // 1024 // 1024} MiB"
        raise Invalid(Problem(what, mend="split it", line=first_line + 1, column=1))
    try:
        values = list(composed(part, first_line))
    except Invalid as error:
        if (data := _json(part) if NOT_YAML in error.problems[0].what else None) is None:
            raise
        values = [(data, {})]
    found: list[Document] = []
    problems: list[Problem] = []
    for data, marks in values:
        _collect(data, Document({}, marks, file), found, problems)
    if problems:
        raise Invalid(*problems)
    return found


def _json(part: str) -> object:
    """Return the data of JSON that YAML cannot read (surrogate escapes, very long keys), or None."""
    if not part.lstrip().startswith(("{", "[")):
        return None
    import json  # noqa: PLC0415 - few files need it

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(data := dict(pairs)) != len(pairs):
            raise ValueError
        return data

    try:
        data: object = json.loads(part, object_pairs_hook=once)
    except (ValueError, RecursionError):
        return None
    return data


def _collect(data: object, whole: Document, found: list[Document], problems: list[Problem]) -> None:
    """Add the objects that data holds, or the problem with it."""
    if data is None:
        return
    if isinstance(data, list):
        for number, item in enumerate(data):
            _collect(item, Document({}, whole.marks, whole.file, f"{whole.root}[{number}]"), found, problems)
    elif not isinstance(data, dict):
        problem = Problem("a document is an object with `apiVersion`, `kind` and `metadata`; this is not")
        problems.append(whole.at(problem, ""))
    elif (item_kind := _item_kind(data)) is None:
        found.append(Document(data, whole.marks, whole.file, whole.root))
    else:
        items = data.get("items")
        if items is not None and not isinstance(items, list):
            problems.append(whole.at(Problem("`items` of a list must be a list"), "items"))
        for number, item in enumerate(items if isinstance(items, list) else ()):
            named = _named(item, item_kind, data.get("apiVersion"))
            root = f"{whole.root}.items[{number}]" if whole.root else f"items[{number}]"
            _collect(named, Document({}, whole.marks, whole.file, root), found, problems)


def _item_kind(data: dict[str, Any]) -> str | None:
    """Return the kind of a list's items, "" where they tell it themselves, None where the data is no list."""
    kind = data.get("kind")
    if kind == _LIST:
        return ""
    if isinstance(kind, str) and any(kind == info.document_kind + _LIST for info in KINDS):
        return kind.removesuffix(_LIST)
    return None


def _named(item: object, kind: str, api_version: object) -> object:
    """Return an item of a typed list with the kind that the list gives it."""
    if not isinstance(item, dict) or not kind or "kind" in item:
        return item
    return {"kind": kind, "apiVersion": api_version, **item}
