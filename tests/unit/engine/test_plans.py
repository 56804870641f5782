"""Plans: tiers and profiles in order, ended by a deny, and where a Pass goes."""

from __future__ import annotations

import pytest

from tortie.compiled import CompiledRule, NamedPorts, Origin, SetTest
from tortie.engine.plans import PlanIndex, TierRules, make_plan, missing_profile
from tortie.engine.rules import CompiledRules, compile_rules
from tortie.model import Action, Direction, Family, Key, Kind, Policy, PolicyClass, Rule, Settings

INGRESS = Direction.INGRESS


def owned(name: str, *actions: Action) -> CompiledRules:
    key = Key(Kind.GLOBAL_NETWORK_POLICY, "", name)
    return compile_rules(Policy(key, tier="t", ingress=tuple(map(Rule, actions))), INGRESS, Settings())


def tier(name: str, *members: CompiledRules, denies: bool = True, is_profile: bool = False) -> TierRules:
    return TierRules(name, is_profile, members, denies)


PLAN = make_plan(
    INGRESS,
    [
        tier("first", owned("a", Action.PASS, Action.ALLOW), owned("b", Action.DENY)),
        tier("second", owned("c", Action.PASS), denies=False),
        tier("kns.shop", owned("d", Action.PASS), denies=False, is_profile=True),
    ],
)


def test_rules_in_order() -> None:
    assert [(rule.id, rule.action) for rule in PLAN.rules()] == [
        ("gnp/a/ingress/0", Action.PASS),
        ("gnp/a/ingress/1", Action.ALLOW),
        ("gnp/b/ingress/0", Action.DENY),
        ("tier/first/ingress", Action.DENY),
        ("gnp/c/ingress/0", Action.PASS),
        ("gnp/d/ingress/0", Action.PASS),
        ("no-profile/ingress", Action.DENY),
    ]


def test_stages_name_their_owners() -> None:
    owners = [[owner.name for owner in stage.owners] for stage in PLAN.stages]
    assert owners == [["a", "b"], ["c"], ["d"]]
    assert [stage.is_profile for stage in PLAN.stages] == [False, False, True]


def test_equal_stories_have_equal_ids() -> None:
    def story(*members: CompiledRules, denies: bool = True) -> str:
        return make_plan(INGRESS, [tier("t", *members, denies=denies)]).id

    a, b = owned("a", Action.ALLOW), owned("b", Action.ALLOW)
    assert story(a, b) == story(owned("a", Action.ALLOW), b)
    assert len({story(a, b), story(b, a), story(a), story(), story(a, b, denies=False)}) == 5


@pytest.mark.parametrize("policy_class", [PolicyClass.UNTRACKED, PolicyClass.PRE_DNAT, PolicyClass.FORWARD])
def test_what_the_other_lists_do_not_decide_goes_on(policy_class: PolicyClass) -> None:
    plan = make_plan(INGRESS, [tier("t", owned("a", Action.ALLOW), denies=False)], policy_class)
    assert (plan.policy_class, plan.end.action, plan.end.id) == (
        policy_class,
        Action.PASS,
        f"no-verdict/{policy_class}/ingress",
    )
    assert plan.end.origin.policy_class is policy_class
    assert len({plan.id, *(make_plan(INGRESS, [], each).id for each in PolicyClass)}) == 5


def test_a_pass_goes_on_after_its_stage() -> None:
    index = PlanIndex(PLAN)
    assert [index.after_stage(position) for position in range(7)] == [4, 4, 4, 4, 5, 6, 6]


def test_a_missing_profile_denies_and_says_so() -> None:
    rule = missing_profile("gone", INGRESS).rules[0]
    assert (rule.id, rule.action) == ("profile/gone/ingress/missing", Action.DENY)
    assert rule.origin.note == "profile `gone` does not exist"


def asking(id_: str, **fields: object) -> CompiledRule:
    return CompiledRule(id_, Action.ALLOW, Origin(INGRESS), **fields)  # type: ignore[arg-type] # fields of a rule


def index_of(*rules: CompiledRule) -> PlanIndex:
    owner = Key(Kind.GLOBAL_NETWORK_POLICY, "", "p")
    return PlanIndex(make_plan(INGRESS, [tier("t", CompiledRules(owner, rules, {}, "digest"), denies=False)]))


def test_live_rules_are_those_the_own_side_leaves() -> None:
    index = index_of(
        asking("any"),
        asking("v6", family=Family.V6),
        asking("web", own=(SetTest("web", negated=False, field="", text=""),)),
        asking("not web", own=(SetTest("web", negated=True, field="", text=""),)),
    )

    def live(family: Family, *own: str) -> list[str]:
        return [index.rules[position].id for position in index.live(family, frozenset(own))]

    assert live(Family.V4) == ["any", "not web", "no-profile/ingress"]
    assert live(Family.V6, "web", "other") == ["any", "v6", "web", "no-profile/ingress"]


def test_own_side_keeps_only_what_the_plan_asks() -> None:
    index = index_of(
        asking("web", own=(SetTest("web", negated=False, field="", text=""),)),
        asking("named", destination_names=NamedPorts(wanted=(("p1", "http"),))),
        asking("peer", source_names=NamedPorts(wanted=(("p2", "http"),))),
    )
    assert index.own_side(frozenset({"web", "db", "p1/6/80", "p2/6/80"})) == {"web", "p1/6/80"}
    assert index_of(asking("any")).own_side(frozenset({"web"})) == frozenset()
