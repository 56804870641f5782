"""The problems of one document, collected with their places."""

from __future__ import annotations

from collections.abc import Mapping

from tortie.api.document import Document
from tortie.api.nearest import nearest
from tortie.errors import Invalid, Problem

__all__ = ["Report"]

_SHOWN = 120  # characters of a value that a message repeats


class Report:
    """Collects every problem of a document, so that one run of a tool tells them all."""

    __slots__ = ("_subject", "document", "problems", "unclear")

    def __init__(self, document: Document) -> None:
        """Begin with no problems; the subject is `Kind/namespace/name` as far as the document tells."""
        self.document = document
        self.problems: list[Problem] = []
        self.unclear: list[str] = []
        self._subject = ""

    @property
    def subject(self) -> str:
        """Return `Kind/namespace/name`, as much of it as is known."""
        if not self._subject:
            metadata = self.document.data.get("metadata")
            names = metadata if isinstance(metadata, Mapping) else {}
            parts = (self.document.kind, names.get("namespace"), names.get("name"))
            self._subject = "/".join(part for part in parts if isinstance(part, str) and part)
        return self._subject

    def add(self, path: str, what: str, mend: str = "", *, column: int = 0, is_clear: bool = False) -> None:
        """Note a problem with the value at a path (the key, where it ends in `#`), at a column of its text.

        `is_clear` tells that what the author meant is certain all the same; the other paths are kept in `unclear`.
        """
        if not is_clear:
            self.unclear.append(path)
        shown = " ".join(part for part in (self.subject, path.removesuffix("#")) if part)
        self.problems.append(self.document.at(Problem(what, path=shown, mend=mend), path, column))

    def choose(self, path: str, what: str, given: str, known: Mapping[str, object] | tuple[str, ...]) -> None:
        """Note that a word is none of the known ones."""
        near = nearest(given, known)
        listed = ", ".join(f'"{word}"' for word in known)
        mend = f"write `{near}`" if near else ""
        self.add(path, f"{what} `{given[:_SHOWN]}` is not known; supported values: {listed}", mend)

    def check(self) -> None:
        """Raise Invalid where there were problems, ordered as they stand in the file."""
        if self.problems:
            raise Invalid(*sorted(self.problems, key=lambda problem: (problem.line, problem.column)))
