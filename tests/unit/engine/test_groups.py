"""Groups: the leaf of each class of peers, for a plan and an own side."""

from __future__ import annotations

import pytest

from tests.differential.tables import lookup
from tests.spec.cast import ALLOW, DENY, INGRESS, policy, tier, world
from tests.spec.cast import flow as cast_flow
from tests.spec.semantics import HOST
from tortie.compiled import AddressClass, CompiledRule, NamedPorts, Origin, SetTest, named_port
from tortie.engine import compile_all
from tortie.engine.groups import GroupCompiler, group_id
from tortie.engine.plans import PlanIndex, TierRules, make_plan
from tortie.engine.rules import CompiledRules
from tortie.model import Action, Direction, Family, Key, Kind, PortRange, Protocol, Rule

OWNER = Key(Kind.GLOBAL_NETWORK_POLICY, "", "p")


def is_in(set_id: str) -> SetTest:
    return SetTest(set_id, negated=False, field="", text="")


def is_not_in(set_id: str) -> SetTest:
    return SetTest(set_id, negated=True, field="", text="")


def rule(id_: str, action: Action = Action.ALLOW, **fields: object) -> CompiledRule:
    return CompiledRule(id_, action, Origin(INGRESS), **fields)  # type: ignore[arg-type] # fields of a rule


def index_of(*rules: CompiledRule) -> PlanIndex:
    return PlanIndex(make_plan(INGRESS, [TierRules("t", False, (CompiledRules(OWNER, rules, {}, repr(rules)),), True)]))  # noqa: FBT003 - a tier that denies


def verdict(compiler: GroupCompiler, protocol: int, port: int, *sets: str, family: Family = Family.V4) -> str:
    """Return the rule that decides for a peer in some sets."""
    leaf = compiler.leaves[compiler.leaf_of(AddressClass(1, family, frozenset(sets)))]
    return compiler.outcome(leaf.outcome(protocol, destination_port=port)).verdict


@pytest.mark.parametrize(
    ("sets", "decides"),
    [
        ((), "rest"),
        (("web",), "web"),
        (("db",), "tier/t/ingress"),
        (("web", "db"), "web"),
        (("cache",), "rest"),
        (("web", "bad"), "bad"),
        (("both", "one"), "both"),
        (("one",), "rest"),
    ],
)
def test_a_class_meets_the_rules_of_its_sets(sets: tuple[str, ...], decides: str) -> None:
    compiler = GroupCompiler(
        index_of(
            rule("bad", Action.DENY, peer=(is_in("bad"),)),
            rule("both", peer=(is_in("both"), is_in("one"))),
            rule("web", peer=(is_in("web"),)),
            rule("rest", peer=(is_not_in("db"),)),
        ),
        {},
    )
    assert verdict(compiler, 6, 80, *sets) == decides


def test_defaults_are_the_leaves_of_peers_in_no_set() -> None:
    compiler = GroupCompiler(index_of(rule("v6", family=Family.V6)), {})
    verdicts = {
        family: compiler.outcome(compiler.leaves[id_].default).verdict
        for family, id_ in compiler.group.defaults.items()
    }
    assert verdicts == {Family.V4: "tier/t/ingress", Family.V6: "v6"}


def test_sets_nobody_asks_for_make_no_leaf() -> None:
    compiler = GroupCompiler(index_of(rule("web", peer=(is_in("web"),))), {})
    known = set(compiler.leaves)
    assert compiler.leaf_of(AddressClass(1, Family.V4, frozenset({"db", "cache"}))) in known
    assert set(compiler.leaves) == known


def test_the_own_side_is_decided_at_compile_time() -> None:
    index = index_of(rule("web", own=(is_in("web"),)))
    inside = GroupCompiler(index, {Family.V4: frozenset({"web"})})
    outside = GroupCompiler(index, {})
    assert verdict(inside, 6, 80) == "web"
    assert verdict(inside, 6, 80, family=Family.V6) == verdict(outside, 6, 80) == "tier/t/ingress"
    assert inside.group.id != outside.group.id
    assert inside.group.id == group_id(index, {Family.V4: frozenset({"web"})})


def test_a_group_says_its_direction() -> None:
    for direction, start in ((Direction.INGRESS, "in-"), (Direction.EGRESS, "out-")):
        assert group_id(PlanIndex(make_plan(direction, [])), {}).startswith(start)


@pytest.mark.parametrize(
    ("protocol", "port", "declared", "decides"),
    [
        (6, 80, [(6, 80)], "http"),
        (6, 81, [(6, 80)], "tier/t/ingress"),
        (17, 80, [(6, 80)], "tier/t/ingress"),
        (17, 80, [(6, 80), (17, 53)], "tier/t/ingress"),  # the number is TCP's
        (6, 53, [(6, 80), (17, 53)], "tier/t/ingress"),
        (17, 53, [(6, 80), (17, 53)], "http"),
        (6, 80, [], "tier/t/ingress"),
        (1, 0, [(6, 80)], "tier/t/ingress"),  # ICMP has no ports
    ],
)
def test_named_ports_of_the_own_side(protocol: int, port: int, declared: list[tuple[int, int]], decides: str) -> None:
    names = NamedPorts(wanted=(("p1", "http"),))
    index = index_of(rule("http", destination_ports=(), destination_names=names))
    own = frozenset(named_port("p1", *each) for each in declared)
    compiler = GroupCompiler(index, {Family.V4: own, Family.V6: own})
    assert verdict(compiler, protocol, port) == decides


@pytest.mark.parametrize(
    ("protocol", "port", "decides"),
    [(6, 80, "tier/t/ingress"), (6, 81, "not http"), (17, 80, "not http"), (47, 0, "not http")],
)
def test_refused_names(protocol: int, port: int, decides: str) -> None:
    index = index_of(rule("not http", destination_names=NamedPorts(refused=(("p1", "http"),))))
    compiler = GroupCompiler(index, {Family.V4: frozenset({named_port("p1", 6, 80)})})
    assert verdict(compiler, protocol, port) == decides


@pytest.mark.parametrize(
    ("port", "decides"), [(80, "web"), (90, "web"), (91, "tier/t/ingress"), (70, "tier/t/ingress"), (71, "web")]
)
def test_names_and_numbers_together(port: int, decides: str) -> None:
    names = NamedPorts(wanted=(("p1", "http"),), refused_numbers=(PortRange(91, 91), PortRange(70, 70)))
    numbers = (PortRange(71, 71), PortRange(90, 90))
    index = index_of(rule("web", protocol=6, destination_ports=numbers, destination_names=names))
    own = frozenset({named_port("p1", 6, 80), named_port("p1", 6, 91)})
    assert verdict(GroupCompiler(index, {Family.V4: own}), 6, port) == decides


def test_named_ports_of_the_peer_are_part_of_its_class() -> None:
    names = NamedPorts(wanted=(("p1", "http"),))
    compiler = GroupCompiler(index_of(rule("http", source_ports=(), source_names=names)), {})
    with_port = AddressClass(1, Family.V4, frozenset({named_port("p1", 6, 80)}))
    leaf = compiler.leaves[compiler.leaf_of(with_port)]
    assert compiler.outcome(leaf.outcome(6, source_port=80)).verdict == "http"
    assert compiler.outcome(leaf.outcome(6, source_port=81)).verdict == "tier/t/ingress"
    assert compiler.leaf_of(AddressClass(2, Family.V4, frozenset())) == compiler.group.defaults[Family.V4]


def test_every_outcome_of_a_leaf_is_known() -> None:
    compiler = GroupCompiler(index_of(rule("log", Action.LOG, protocol=6), rule("web", peer=(is_in("web"),))), {})
    compiler.leaf_of(AddressClass(1, Family.V4, frozenset({"web"})))
    logs = {(outcome.logs, outcome.verdict) for outcome in compiler.outcomes.values()}
    assert logs == {(("log",), "web"), ((), "web"), (("log",), "tier/t/ingress"), ((), "tier/t/ingress")}
    with pytest.raises(KeyError, match="nothing"):
        compiler.outcome("nothing")


def test_a_pass_leads_beyond_a_verdict_on_everything() -> None:
    """TCP passes to the next tier, over the deny of all that ends the leaf for everything else."""
    first = policy("first", "all()", (INGRESS,), (Rule(Action.PASS, protocol=Protocol(6)), DENY), tier="one")
    second = policy("second", "all()", (INGRESS,), (ALLOW,), tier="two")
    resources = dict(world(tier("one", 1.0), tier("two", 2.0), first, second))
    snapshot = compile_all(resources, lambda each: each.node == HOST)
    assert lookup(snapshot, cast_flow("w1", "w0", protocol=6))[1] == "gnp/second/ingress/0"
    assert lookup(snapshot, cast_flow("w1", "w0", protocol=17))[1] == "gnp/first/ingress/1"
