"""Groups, leaves, outcomes and rules live as long as something needs them."""

from __future__ import annotations

from tortie.compiled import AddressClass, CompiledRule, Delta, Origin, SetTest
from tortie.engine.groups import GroupCompiler
from tortie.engine.holdings import Holdings
from tortie.engine.plans import PlanIndex, TierRules, make_plan
from tortie.engine.rules import CompiledRules
from tortie.model import Action, Direction, Family, Key, Kind

INGRESS = Direction.INGRESS
WEB = AddressClass(1, Family.V4, frozenset({"web"}))
RENUMBERED = AddressClass(2, Family.V4, frozenset({"web"}))
DB = AddressClass(2, Family.V4, frozenset({"db"}))


def compiler_of(id_: str, *, action: Action = Action.ALLOW, digest: str = "") -> tuple[GroupCompiler, PlanIndex]:
    """A group with one rule about peers in the set `web`."""
    asked = (SetTest("web", negated=False, field="", text=""),)
    rule = CompiledRule(id_, action, Origin(INGRESS, note=digest), peer=asked)
    owner = Key(Kind.GLOBAL_NETWORK_POLICY, "", id_)
    tier = TierRules("t", is_profile=False, members=(CompiledRules(owner, (rule,), {}, id_ + digest),), denies=True)
    index = PlanIndex(make_plan(INGRESS, [tier]))
    return GroupCompiler(index, {}), index


def holdings(*classes: AddressClass) -> tuple[Holdings, str]:
    held, (compiler, index) = Holdings(), compiler_of("p")
    held.add(compiler, index, classes)
    return held, compiler.group.id


def assert_closed(held: Holdings) -> None:
    """Nothing dangles, and nothing is held for nobody."""
    leaves = {*held.peers.rows.values(), *(id_ for g in held.groups.rows.values() for id_ in g.defaults.values())}
    assert leaves == set(held.leaves.rows)
    outcomes = {leaf.default for leaf in held.leaves.rows.values()}
    assert outcomes == set(held.outcomes.rows)
    assert {each.verdict for each in held.outcomes.rows.values()} == set(held.rules.rows)


def test_a_group_brings_what_it_names() -> None:
    held, group = holdings(WEB, DB)
    assert held.has(group)
    assert set(held.rules.rows) == {"p", "tier/t/ingress"}
    assert set(held.peers.rows) == {(group, 1)}  # the other class gets the default
    assert_closed(held)


def test_a_group_takes_with_it_what_only_it_names() -> None:
    held, group = holdings(WEB)
    other, index = compiler_of("q")
    held.add(other, index, [WEB])
    assert set(held.rules.rows) == {"p", "q", "tier/t/ingress"}
    held.keep([other.group.id])
    assert not held.has(group)
    assert set(held.rules.rows) == {"q", "tier/t/ingress"}
    assert_closed(held)
    held.keep([])
    for table in (held.rules, held.outcomes, held.leaves, held.groups):
        assert not table.rows
    assert not held.peers.rows


def test_classes_come_and_go() -> None:
    held, group = holdings()
    assert set(held.rules.rows) == {"tier/t/ingress"}
    held.classes_moved(Delta({1: WEB, 2: DB}))
    assert set(held.peers.rows) == {(group, 1)}
    assert_closed(held)
    held.classes_moved(Delta({2: RENUMBERED}, {1: WEB, 2: DB}))  # numbers may be given anew
    assert set(held.peers.rows) == {(group, 2)}
    assert_closed(held)
    held.classes_moved(Delta({}, {2: RENUMBERED}))
    assert not held.peers.rows
    assert set(held.rules.rows) == {"tier/t/ingress"}


def test_a_rule_that_is_told_anew_is_shown_anew() -> None:
    held, _ = holdings(WEB)
    compiler, index = compiler_of("p", action=Action.DENY, digest="anew")
    held.add(compiler, index, [WEB])
    held.keep([compiler.group.id])
    assert held.rules.rows["p"].action is Action.DENY
    assert_closed(held)
