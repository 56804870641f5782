"""Dispatches: plans whose own side is looked up for each packet, and the group of every class of own addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tortie.compiled import AddressClass, ClassId, Delta, Dispatch, DispatchId, GroupId, SetId
from tortie.engine.groups import OwnSets
from tortie.engine.ids import digest
from tortie.engine.plans import PlanIndex
from tortie.engine.tables import Table
from tortie.model import Family

__all__ = ["Dispatches", "dispatch_id"]


def dispatch_id(index: PlanIndex) -> DispatchId:
    """Return the id of the dispatch of a plan."""
    return digest("dispatch-", (index.plan.id,))


class Dispatches:
    """Which dispatches exist, and their rows; groups are made by whoever is given at the start.

    What the class of an own address comes to, for a plan, is the sets that the plan asks of the own side; a group
    serves both families, as it is the same sets that count.
    """

    def __init__(self, group_of: Callable[[PlanIndex, OwnSets], GroupId]) -> None:
        self.dispatches: Table[DispatchId, Dispatch] = Table()
        self.owners: Table[tuple[DispatchId, ClassId], GroupId] = Table()
        self._group_of = group_of
        self._indexes: dict[DispatchId, PlanIndex] = {}
        self._rows: dict[DispatchId, dict[ClassId, GroupId]] = {}

    def keep(self, wanted: Iterable[PlanIndex], classes: Mapping[ClassId, AddressClass]) -> None:
        """Have the dispatches of these plans and no others; `classes` are all there are."""
        indexes = {dispatch_id(index): index for index in wanted}
        for id_ in self._indexes.keys() - indexes.keys():
            for class_id in self._rows.pop(id_):
                self.owners.drop((id_, class_id))
            self.dispatches.drop(id_)
        for id_ in indexes.keys() - self._indexes.keys():
            index = indexes[id_]
            self._rows[id_] = {}
            self.dispatches.put(id_, Dispatch(id_, index.plan, self._group(index, frozenset())))
            for each in classes.values():
                self._put(id_, index, each)
        self._indexes = indexes

    def classes_moved(self, delta: Delta[ClassId, AddressClass]) -> None:
        """Give the classes that came their groups, and take away the rows of those that went."""
        for id_, index in self._indexes.items():
            if index.own_sets:
                for class_id in delta.before.keys() & self._rows[id_].keys():
                    del self._rows[id_][class_id]
                    self.owners.drop((id_, class_id))
                for each in delta.upserts.values():
                    self._put(id_, index, each)

    def groups(self) -> set[GroupId]:
        """Return the groups that are in use."""
        found = {each.default for each in self.dispatches.rows.values()}
        return found.union(*(rows.values() for rows in self._rows.values()))

    def plans(self) -> set[str]:
        """Return the ids of the plans that are in use."""
        return {index.plan.id for index in self._indexes.values()}

    def _put(self, id_: DispatchId, index: PlanIndex, each: AddressClass) -> None:
        if side := index.own_side(each.sets):
            group = self._group(index, side)
            self._rows[id_][each.id] = group
            self.owners.put((id_, each.id), group)

    def _group(self, index: PlanIndex, side: frozenset[SetId]) -> GroupId:
        return self._group_of(index, dict.fromkeys(Family, side))
