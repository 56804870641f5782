"""Network sets: addresses that carry labels without being endpoints."""

from __future__ import annotations

from dataclasses import dataclass, field

from tortie.model.key import Key
from tortie.model.metadata import Metadata
from tortie.model.net import Prefix

__all__ = ["NetworkSet"]


@dataclass(frozen=True, slots=True)
class NetworkSet:
    """Addresses under the labels of its metadata; with a namespace, also under that namespace's labels.

    Source: api.md 1.9.
    """

    key: Key
    metadata: Metadata = field(default_factory=Metadata)
    nets: tuple[Prefix, ...] = ()
