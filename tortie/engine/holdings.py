"""The tables of groups, leaves, outcomes and rules, each row kept as long as something above it needs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tortie.compiled import (
    AddressClass,
    ClassId,
    CompiledRule,
    Delta,
    Group,
    GroupId,
    Leaf,
    LeafId,
    Outcome,
    OutcomeId,
    RuleId,
)
from tortie.engine.groups import GroupCompiler
from tortie.engine.plans import PlanIndex
from tortie.engine.tables import CountedTable, Table

__all__ = ["Holdings"]


class Holdings:
    """Which groups exist, and everything that they name."""

    def __init__(self) -> None:
        self.groups: Table[GroupId, Group] = Table()
        self.peers: Table[tuple[GroupId, ClassId], LeafId] = Table()
        self.leaves: CountedTable[LeafId, Leaf] = CountedTable()
        self.outcomes: CountedTable[OutcomeId, Outcome] = CountedTable()
        self.rules: CountedTable[RuleId, CompiledRule] = CountedTable()
        self._compilers: dict[GroupId, tuple[GroupCompiler, PlanIndex]] = {}

    def add(self, compiler: GroupCompiler, index: PlanIndex, classes: Iterable[AddressClass]) -> None:
        """Add a group, with its leaf for every class there is."""
        group = compiler.group
        self._compilers[group.id] = (compiler, index)
        self.groups.put(group.id, group)
        for leaf in group.defaults.values():
            self._hold(leaf, group.id)
        for each in classes:
            self._add_peer(group.id, each)
        for outcome in compiler.outcomes.values():
            self._refresh(outcome, index)

    def keep(self, wanted: Iterable[GroupId]) -> None:
        """Remove every group that is not wanted any more."""
        for id_ in self._compilers.keys() - set(wanted):
            compiler, _ = self._compilers[id_]
            for class_id in list(compiler.leaf_of_class):
                self._drop_peer(id_, class_id)
            for leaf in compiler.group.defaults.values():
                self._let_go(leaf)
            self.groups.drop(id_)
            del self._compilers[id_]

    def has(self, id_: GroupId) -> bool:
        """Tell whether a group exists."""
        return id_ in self._compilers

    def classes_moved(self, delta: Delta[ClassId, AddressClass]) -> None:
        """Give every group its leaf for the classes that came, and take back those of the classes that went."""
        for id_, (compiler, _) in self._compilers.items():
            for class_id in delta.before.keys() & compiler.leaf_of_class.keys():
                self._drop_peer(id_, class_id)
            for class_id, each in delta.upserts.items():
                if class_id not in compiler.leaf_of_class:
                    self._add_peer(id_, each)

    def _add_peer(self, id_: GroupId, each: AddressClass) -> None:
        compiler, _ = self._compilers[id_]
        leaf = compiler.leaf_of(each)
        if leaf != compiler.group.defaults[each.family]:
            compiler.leaf_of_class[each.id] = leaf
            self._hold(leaf, id_)
            self.peers.put((id_, each.id), leaf)

    def _drop_peer(self, id_: GroupId, class_id: ClassId) -> None:
        compiler, _ = self._compilers[id_]
        leaf = compiler.leaf_of_class.pop(class_id)
        self.peers.drop((id_, class_id))
        self._let_go(leaf)

    def _hold(self, leaf_id: LeafId, group: GroupId) -> None:
        compiler, index = self._compilers[group]
        leaf = compiler.leaves[leaf_id]
        if not self.leaves.acquire(leaf_id, leaf):
            return
        for outcome_id in leaf.outcomes:
            outcome = compiler.outcome(outcome_id)
            if self.outcomes.acquire(outcome_id, outcome):
                for rule in (*outcome.logs, outcome.verdict):
                    self.rules.acquire(rule, index.by_id[rule])

    def _let_go(self, leaf_id: LeafId) -> None:
        leaf = self.leaves.rows[leaf_id]
        if not self.leaves.release(leaf_id):
            return
        for outcome_id in leaf.outcomes:
            outcome = self.outcomes.rows[outcome_id]
            if self.outcomes.release(outcome_id):
                for rule in (*outcome.logs, outcome.verdict):
                    self.rules.release(rule)

    def _refresh(self, outcome: Outcome, index: PlanIndex) -> None:
        """Show the newest text of rules whose outcome was there before."""
        held: Mapping[RuleId, CompiledRule] = self.rules.rows
        for rule in (*outcome.logs, outcome.verdict):
            if rule in held:
                self.rules.put(rule, index.by_id[rule])
