"""What can go wrong, in four classes: each says what, where, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

__all__ = ["Conflict", "Expired", "Invalid", "NotFound", "Problem", "Unavailable"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with what a person wrote.

    `path` is the place inside the document (`NetworkPolicy/shop/db spec.ingress[0].action`), `file`, `line` and
    `column` the place in the text, counted from 1; 0 and "" mean unknown.
    """

    what: str
    path: str = ""
    mend: str = ""
    file: str = ""
    line: int = 0
    column: int = 0

    def at(self, *, file: str = "", line: int = 0, column: int = 0, path: str = "") -> Problem:
        """Return the problem with the places the caller knows filled in, where they were unknown."""
        return replace(
            self,
            file=self.file or file,
            line=self.line or line,
            column=self.column or (column if not self.line else 0),
            path=self.path or path,
        )

    def __str__(self) -> str:
        """Return `FILE:LINE:COLUMN: path: what`, leaving out what is unknown."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return ": ".join(part for part in (place, self.path, self.what) if part)


class Invalid(ValueError):  # noqa: N818 - the words callers say; an "Error" suffix would add nothing
    """What was given breaks the rules; `problems` lists every breach found, never only the first."""

    def __init__(self, *problems: Problem) -> None:
        """Keep the problems; at least one is needed."""
        if not problems:
            raise ValueError("an Invalid needs at least one problem")
        super().__init__(*problems)
        self.problems = problems

    @classmethod
    def because(cls, what: str, *, path: str = "", mend: str = "") -> Self:
        """Return an Invalid with a single problem."""
        return cls(Problem(what, path=path, mend=mend))

    def __str__(self) -> str:
        """Return one line a problem, each followed by its hint."""
        return "\n".join(f"{p}; {p.mend}" if p.mend else str(p) for p in self.problems)


class NotFound(LookupError):  # noqa: N818 - see Invalid
    """The thing asked for does not exist."""


class Conflict(Exception):  # noqa: N818 - see Invalid
    """The stored thing is not what the caller believed: it exists already, or its revision has moved."""


class Unavailable(Exception):  # noqa: N818 - see Invalid
    """Whoever has to answer does not, for now; trying again may help."""


class Expired(Exception):  # noqa: N818 - see Invalid
    """The revision asked for is no longer kept; list again."""
