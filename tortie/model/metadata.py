"""What every resource carries beside its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tortie.model.labels import Labels

__all__ = ["Metadata"]


@dataclass(frozen=True, slots=True)
class Metadata:
    """Labels and annotations, and what the datastore adds; "" where nothing was given.

    Name and namespace are in the resource's key. `created` is the RFC 3339 text of the creation time.
    """

    labels: Labels = field(default_factory=dict[str, str])
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    uid: str = ""
    revision: str = ""
    created: str = ""
