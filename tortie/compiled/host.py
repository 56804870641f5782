"""Host endpoints of this host, and plans whose own side is looked up for each packet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tortie.compiled.plan import Plan
from tortie.model import Direction, Key, PolicyClass

__all__ = ["Dispatch", "DispatchId", "LocalHostEndpoint"]

DispatchId = str


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A plan for packets whose own address is not known before they come: their own class chooses the group.

    `default` is the id of the group of own addresses whose class is not in `Snapshot.owners`. `id` is a hash of the
    plan. A plan that asks nothing of the own side has no row there.
    """

    id: DispatchId
    plan: Plan
    default: str


@dataclass(frozen=True, slots=True)
class LocalHostEndpoint:
    """A host endpoint on one interface of this host, or on all that have none of their own (`ALL_INTERFACES`).

    `dispatches` has the normal list in both directions. Of the other lists it has the directions that policies
    govern; where one is missing, packets go on.
    """

    interface: str
    key: Key
    dispatches: Mapping[tuple[PolicyClass, Direction], DispatchId]
