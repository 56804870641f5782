"""Documents: what a person or a datastore wrote, with the place of every value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tortie.errors import Problem

__all__ = ["Document", "Mark", "document_of"]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value starts, line and column from 1.

    `inset` is how far behind the start its text begins (1 after a quote); None where positions in the value are not
    positions in the file: blocks, several lines, escapes.
    """

    line: int
    column: int
    inset: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One object as it was written, not yet understood.

    `marks` has the place of every value by its path (`spec.ingress[0].action`, "" is the object itself) and of every
    key by the path followed by `#`; it is empty where there was no text. Paths of the document start at `root`.
    """

    data: Mapping[str, Any]
    marks: Mapping[str, Mark] = field(default_factory=dict[str, Mark])
    file: str = ""
    root: str = ""

    @property
    def kind(self) -> str:
        """Return the kind as written, or ""."""
        return _text(self.data.get("kind"))

    @property
    def api_version(self) -> str:
        """Return the apiVersion as written, or ""."""
        return _text(self.data.get("apiVersion"))

    def position(self, path: str, column: int = 0) -> tuple[int, int]:
        """Return line and column, from 1, of the value at a path; (0, 0) where that is unknown.

        A path that is not there has the place of the nearest value around it; one that ends in `#` is the key's.

        Args:
            path: of the value, from the document's own root.
            column: the place inside the value's text, from 1; 0 is where the value starts.
        """
        full = _joined(self.root, path)
        mark = self.marks.get(full)
        if mark is not None and column and mark.inset is not None:
            return mark.line, mark.column + mark.inset + column - 1
        while mark is None and full:
            full = _around(full)
            mark = self.marks.get(full)
        return (mark.line, mark.column) if mark else (0, 0)

    def at(self, problem: Problem, path: str, column: int = 0) -> Problem:
        """Return the problem with file, line and column of the value at a path."""
        line, found = self.position(path, column)
        return problem.at(file=self.file, line=line, column=found)


def document_of(data: Mapping[str, Any], file: str = "") -> Document:
    """Return the document of data that had no text, such as a datastore's JSON; positions are unknown."""
    return Document(data, file=file)


def _around(path: str) -> str:
    """Return the path of what a value or key is in; "" at the top."""
    if path.endswith("#"):
        return path[:-1]
    return path[: max(path.rfind("."), path.rfind("["), 0)]


def _joined(root: str, path: str) -> str:
    """Return a path below another."""
    return root + path if not root or not path or path[0] in "[#" else f"{root}.{path}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
