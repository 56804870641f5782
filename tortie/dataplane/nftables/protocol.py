"""What a kernel can do with the one table: the protocol that the real kernel and the fake both keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from .objects import Object
from .ruleset import Actual
from .transaction import Transaction, Verb

__all__ = ["Failure", "Kernel", "Refused", "Stale"]


@dataclass(frozen=True, slots=True)
class Failure:
    """An operation that the kernel refused, with its error number (of `errno`)."""

    verb: Verb
    object: Object
    errno: int


class Refused(Exception):  # noqa: N818 - the field's word, as in tortie.errors
    """The kernel refused a transaction and changed nothing; `failures` names every operation at fault.

    It is empty where the transaction as a whole was refused (`errno` says why).
    """

    def __init__(self, failures: tuple[Failure, ...], errno: int) -> None:
        super().__init__(failures, errno)
        self.failures = failures
        self.errno = errno


class Stale(Exception):  # noqa: N818 - as Refused
    """Somebody committed since the generation that a transaction was computed against; compute it again."""


class Kernel(Protocol):
    """One table `inet tortie` in the present network namespace; no other table is ever read or written."""

    def commit(self, transaction: Transaction, generation: int | None = None) -> int:
        """Make all changes of the transaction at once, and return the generation that they made.

        With `generation`, only where nobody committed anything (to any table) since.

        Raises:
            Stale: somebody has; nothing was changed.
            Refused: an operation was not possible; nothing was changed.
            Unavailable: the kernel cannot be asked.
        """

    def generation(self) -> int:
        """Return the number of the last commit of anybody to any table."""

    def dump(self) -> Actual:
        """Return all that our table holds, as of one generation; raises Unavailable."""

    def counters(self) -> Mapping[str, tuple[int, int]]:
        """Return packets and bytes of each named counter; empty where there is no table."""

    def foreign_changes(self) -> bool:
        """Tell whether somebody else committed a change to our table since the last call; never waits."""

    def fileno(self) -> int:
        """Return a descriptor that is readable when `foreign_changes` has something to say."""

    def delete_table(self) -> None:
        """Remove the table with all it holds; where there is none, nothing happens."""

    def close(self) -> None:
        """Let go of the sockets; the table stays."""
