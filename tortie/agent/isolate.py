"""Which of several resources keep the kernel from taking the policy: found by closing halves of them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

__all__ = ["MAX_TRIALS", "culprits"]

K = TypeVar("K", bound=Hashable)

MAX_TRIALS = 64
"""Trials after which what could not be told apart yet is closed as a whole."""


def culprits(
    candidates: Sequence[K], accepts: Callable[[frozenset[K]], bool], trials: int = MAX_TRIALS
) -> frozenset[K] | None:
    """Return the fewest candidates that have to be closed for the rest to be accepted; None where none of it helps.

    `accepts` closes exactly the candidates that it is given and tells whether that is taken; without any closed it is
    known not to be. Candidates that may hide, once closed, what is wrong with others come before these. The last call
    of a search that succeeds is the one with the result, and it was accepted.
    """
    search = _Search(accepts, trials)
    if not candidates or not search.accepts(frozenset(candidates)):
        return None
    found = search.among(tuple(candidates), frozenset())
    for wanted in (found, frozenset(candidates)):
        if search.last == wanted or accepts(wanted):
            return wanted
    return None


class _Search(Generic[K]):
    """A search by halves; `last` is what was closed in the last trial."""

    def __init__(self, accepts: Callable[[frozenset[K]], bool], trials: int) -> None:
        self._accepts = accepts
        self._left = trials
        self.last: frozenset[K] | None = None

    def accepts(self, closed: frozenset[K]) -> bool:
        self._left -= 1
        self.last = closed
        return self._accepts(closed)

    def among(self, part: tuple[K, ...], others: frozenset[K]) -> frozenset[K]:
        """Return the culprits in `part`: to close it and `others` is enough, to close only `others` is not."""
        if len(part) == 1 or self._left <= 0:
            return frozenset(part)
        left, right = part[: len(part) // 2], part[len(part) // 2 :]
        for half in (right, left):
            if self.accepts(others.union(half)):
                return self.among(half, others)
        found = self.among(left, others.union(right))
        return found | self.among(right, others | found)
