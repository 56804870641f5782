"""What a setting is: how it is called, read, written in a document, and what it is if nobody says it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from tortie.api.settings_unused import Form

__all__ = ["Evaluation", "Setting", "Spoofing", "Switch"]

T = TypeVar("T")


class Switch(StrEnum):
    """A feature that is on or off."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"


class Spoofing(StrEnum):
    """Whether workloads may ask to send from addresses that are not theirs."""

    DISABLED = "Disabled"
    ANY = "Any"


class Evaluation(StrEnum):
    """Whether what staged policies would do is kept up to date."""

    NONE = "None"
    CONTINUOUS = "Continuous"


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One setting: `key` is its own name, `field` the name in documents.

    `zero` is what the word `none` means, None where it is refused. `fatal` tells that an agent must not run with a
    value that it cannot understand. `live` tells that a change needs no new start, `has_effect` that something reads
    the setting. `exact` tells that documents must spell its words in the right case, `in_documents` that
    FelixConfigurations say it.
    """

    key: str
    parse: Callable[[str], T]
    default: T
    meaning: str
    form: Form = Form.TEXT
    field: str = ""
    zero: T | None = None
    fatal: bool = False
    live: bool = True
    has_effect: bool = True
    exact: bool = False
    in_documents: bool = True

    @property
    def document_field(self) -> str:
        """Return the name in documents."""
        return self.field or self.key[0].lower() + self.key[1:]
