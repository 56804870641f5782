"""Dispatches: the group of every class of own addresses, kept as plans and classes come and go."""

from __future__ import annotations

from tortie.compiled import AddressClass, CompiledRule, Delta, Origin, SetTest
from tortie.engine.dispatches import Dispatches, dispatch_id
from tortie.engine.groups import OwnSets, group_id
from tortie.engine.plans import PlanIndex, TierRules, make_plan
from tortie.engine.rules import CompiledRules
from tortie.model import Action, Direction, Family, Key, Kind

INGRESS = Direction.INGRESS


def plan(*asked: str) -> PlanIndex:
    """A plan that asks the own side to be in each of these sets."""
    rules = tuple(
        CompiledRule(
            f"r{number}", Action.ALLOW, Origin(INGRESS), own=(SetTest(each, negated=False, field="", text=""),)
        )
        for number, each in enumerate(asked)
    )
    owner = Key(Kind.GLOBAL_NETWORK_POLICY, "", "p")
    members = (CompiledRules(owner, rules, {}, "-".join(asked)),)
    return PlanIndex(make_plan(INGRESS, [TierRules("t", is_profile=False, members=members, denies=True)]))


def group_of(index: PlanIndex, own: OwnSets) -> str:
    return group_id(index, own)


def side(index: PlanIndex, *sets: str) -> str:
    return group_id(index, dict.fromkeys(Family, frozenset(sets)))


WEB, WEB_DB, OTHER, WEB6 = (
    AddressClass(1, Family.V4, frozenset({"web"})),
    AddressClass(2, Family.V4, frozenset({"web", "db"})),
    AddressClass(3, Family.V4, frozenset({"other"})),
    AddressClass(4, Family.V6, frozenset({"web", "other"})),
)
CLASSES = {each.id: each for each in (WEB, WEB_DB, OTHER, WEB6)}


def test_own_classes_choose_the_group() -> None:
    dispatches, index = Dispatches(group_of), plan("web", "db")
    dispatches.keep([index], CLASSES)
    id_ = dispatch_id(index)
    assert dispatches.dispatches.rows[id_].default == side(index)
    assert dispatches.owners.rows == {
        (id_, 1): side(index, "web"),
        (id_, 2): side(index, "web", "db"),
        (id_, 4): side(index, "web"),  # the same group for both families: the same sets count
    }
    assert dispatches.groups() == {side(index), side(index, "web"), side(index, "web", "db")}
    assert dispatches.plans() == {index.plan.id}


def test_a_plan_that_asks_nothing_of_the_own_side_has_no_rows() -> None:
    dispatches, index = Dispatches(group_of), plan()
    dispatches.keep([index], CLASSES)
    dispatches.classes_moved(Delta(CLASSES, {}))
    assert not dispatches.owners.rows
    assert dispatches.groups() == {side(index)}


def test_classes_come_and_go() -> None:
    dispatches, index = Dispatches(group_of), plan("web")
    dispatches.keep([index], {})
    dispatches.classes_moved(Delta({1: WEB, 3: OTHER}, {}))
    id_ = dispatch_id(index)
    assert dispatches.owners.rows == {(id_, 1): side(index, "web")}
    dispatches.classes_moved(Delta({1: OTHER}, {1: WEB}))  # another class under the same number
    assert not dispatches.owners.rows
    dispatches.classes_moved(Delta({4: WEB6}, {1: OTHER}))
    assert dispatches.owners.rows == {(id_, 4): side(index, "web")}
    dispatches.classes_moved(Delta({}, {4: WEB6}))
    assert not dispatches.owners.rows
    assert dispatches.groups() == {side(index)}


def test_plans_come_and_go() -> None:
    dispatches, first, second = Dispatches(group_of), plan("web"), plan("db")
    dispatches.keep([first, first], CLASSES)
    dispatches.keep([second], CLASSES)
    assert {id_ for id_, _ in dispatches.owners.rows} == dispatches.dispatches.rows.keys() == {dispatch_id(second)}
    dispatches.keep([], CLASSES)
    assert not any((dispatches.dispatches.rows, dispatches.owners.rows, dispatches.groups(), dispatches.plans()))
