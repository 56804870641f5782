"""The story of an endpoint: its policies in order, and the sets that come and go with it."""

from __future__ import annotations

from dataclasses import replace

from tests.spec.cast import ALLOW, BOTH, DENY, EGRESS, INGRESS, OPEN, PASS, endpoint_key, policy, source, tier, workload
from tortie.engine.local import Local, Profiles
from tortie.engine.rules import SetDefinition
from tortie.engine.story import Stories
from tortie.model import Action, Direction, HostEndpoint, Key, Kind, Metadata, Policy, PolicyClass, Settings

W0 = endpoint_key("w0")


class Host:
    """An endpoint with everything that tells its story; `sets` are the active ones."""

    def __init__(self, profiles: tuple[str, ...] = ("open",)) -> None:
        self.profiles = Profiles()
        self.profiles.put(OPEN.key, OPEN)
        self.local = Local(self.profiles)
        self.stories = Stories(self.local, self.profiles, Settings())
        self.sets: dict[str, SetDefinition] = {}
        self.local.put_endpoint(W0, workload("w0", profiles=profiles))

    def settle(self) -> None:
        self.stories.settle(self.local.settle(), self.sets.__setitem__, self.sets.__delitem__)

    def govern(self, *policies: Policy) -> None:
        for each in policies:
            self.local.put_policy(each.key, each)
        self.settle()

    def told(self, direction: Direction = INGRESS) -> list[str]:
        return [rule.id for rule in self.stories.plan(W0, direction).rules]


def test_without_policies_the_profiles_speak() -> None:
    host = Host(("gone", "open"))
    host.settle()
    assert host.told() == ["profile/gone/ingress/missing", "no-profile/ingress"]
    assert host.told(EGRESS) == ["profile/gone/egress/missing", "no-profile/egress"]


def test_without_profiles_nothing_is_left_but_the_deny() -> None:
    host = Host(())
    host.settle()
    assert host.told() == ["no-profile/ingress"]


def test_tiers_and_policies_in_order() -> None:
    host = Host()
    near = source(Action.ALLOW, selector="near == 'yes'")
    host.local.put_tier("late", tier("late", 2e6))
    host.local.put_tier("early", tier("early", 1.0, Action.PASS))
    host.govern(
        policy("b", "all()", (INGRESS,), (PASS,), order=2.0),
        policy("a", "all()", (INGRESS,), (near,), order=2.0),
        policy("z", "all()", (INGRESS,), (near,), order=1.0),
        policy("late", "all()", (INGRESS,), (PASS,), tier="late"),
        policy("early", "all()", (INGRESS,), (near,), tier="early"),
        policy("ghost", "all()", (INGRESS,), (PASS,), tier="ghost"),
        policy("other", "name == 'w1'", (INGRESS,), (ALLOW,)),
        policy("out", "all()", (EGRESS,), (ALLOW,)),
    )
    assert host.told() == [
        *("gnp/early/ingress/0", "gnp/z/ingress/0", "gnp/a/ingress/0", "gnp/b/ingress/0", "tier/default/ingress"),
        *("gnp/late/ingress/0", "tier/late/ingress", "gnp/ghost/ingress/0", "tier/ghost/ingress"),
        *("pro/open/ingress/0", "no-profile/ingress"),
    ]
    assert host.told(EGRESS)[:2] == ["gnp/out/egress/0", "tier/default/egress"]


def test_endpoints_that_differ_in_what_nobody_reaches_share_a_plan() -> None:
    plans = []
    for profiles in (("open",), ("open", "gone"), ()):
        host = Host(profiles)
        host.govern(policy("p", "all()", (INGRESS,), (source(Action.ALLOW, selector="near == 'yes'"),)))
        plans.append(host.stories.plan(W0, INGRESS).plan)
    assert plans[0] == plans[1] == plans[2]


def test_untracked_and_pre_dnat_policies_tell_workloads_nothing() -> None:
    host = Host()
    mine = policy("p", "all()", BOTH, (DENY,))
    host.govern(replace(mine, do_not_track=True), replace(policy("q", "all()", (INGRESS,), (DENY,)), pre_dnat=True))
    assert host.told() == ["pro/open/ingress/0", "no-profile/ingress"]


H0 = Key(Kind.HOST_ENDPOINT, "", "h0")
LISTS = (
    policy("normal", "all()", BOTH, (DENY,)),
    replace(policy("forward", "all()", (INGRESS,), (DENY,)), apply_on_forward=True),
    replace(policy("untracked", "all()", BOTH, (DENY,)), apply_on_forward=True, do_not_track=True),
    replace(policy("pre-dnat", "all()", BOTH, (DENY,)), apply_on_forward=True, pre_dnat=True),
)


def told_of(interface: str) -> dict[tuple[PolicyClass, Direction], list[str]]:
    """The rules in each list of a host endpoint."""
    host = Host()
    host.local.put_endpoint(H0, HostEndpoint(H0, "here", interface, profiles=("open",)))
    host.govern(*LISTS)
    return {name: [rule.id for rule in index.rules] for name, index in host.stories.plans(H0).items()}


def test_a_host_endpoint_has_four_lists() -> None:
    end = [[f"tier/default/{each}", f"no-profile/{each}"] for each in ("ingress", "egress")]
    expected = {
        (PolicyClass.UNTRACKED, INGRESS): ["gnp/untracked/ingress/0", "no-verdict/untracked/ingress"],
        (PolicyClass.UNTRACKED, EGRESS): ["gnp/untracked/egress/0", "no-verdict/untracked/egress"],
        (PolicyClass.PRE_DNAT, INGRESS): ["gnp/pre-dnat/ingress/0", "no-verdict/pre-dnat/ingress"],
        (PolicyClass.FORWARD, INGRESS): ["gnp/forward/ingress/0", "tier/default/ingress", "no-verdict/forward/ingress"],
        (PolicyClass.NORMAL, INGRESS): ["gnp/forward/ingress/0", "gnp/normal/ingress/0", *end[0]],
        (PolicyClass.NORMAL, EGRESS): ["gnp/normal/egress/0", *end[1]],
    }
    assert told_of("eth0") == expected
    untracked = {name for name in expected if name[0] is PolicyClass.UNTRACKED}
    assert told_of("*") == {name: rules for name, rules in expected.items() if name not in untracked}


def test_a_host_endpoint_without_policies_has_the_normal_list_alone() -> None:
    host = Host()
    host.local.put_endpoint(H0, HostEndpoint(H0, "here", "eth0"))
    host.settle()
    assert host.stories.plans(H0).keys() == {(PolicyClass.NORMAL, each) for each in Direction}


def test_sets_are_active_while_a_governing_rule_asks_for_them() -> None:
    host = Host()
    first = policy("a", "all()", (INGRESS,), (source(Action.ALLOW, selector="x == 'y'"),))
    second = policy("b", "all()", (INGRESS,), (source(Action.DENY, selector="x == 'y'"),))
    elsewhere = policy("c", "name == 'w1'", (INGRESS,), (source(Action.DENY, selector="x == 'z'"),))
    host.govern(first, second, elsewhere)
    assert len(host.sets) == 1
    host.govern(replace(first, ingress=()))
    assert len(host.sets) == 1
    host.govern(replace(second, selector="name == 'w1'"))
    assert not host.sets
    host.govern(replace(elsewhere, selector="all()"))
    assert len(host.sets) == 1
    host.local.put_endpoint(W0, None)
    host.settle()
    assert not host.sets


def test_endpoints_with_the_same_story_share_its_plan() -> None:
    host = Host()
    host.local.put_endpoint(endpoint_key("w1"), workload("w1"))
    host.govern(policy("p", "name == 'w1'", (EGRESS,), (ALLOW,)))
    plans = [host.stories.plan(endpoint_key(name), INGRESS) for name in ("w0", "w1")]
    assert plans[0] is plans[1]
    assert host.stories.plan(W0, EGRESS) is not host.stories.plan(endpoint_key("w1"), EGRESS)


def test_what_is_written_again_in_the_same_words_leads_to_the_same_plan() -> None:
    host = Host()
    mine = policy("p", "name == 'w0'", (INGRESS,), (ALLOW,))
    host.govern(mine)
    before = host.stories.plan(W0, INGRESS)
    host.govern(replace(mine, metadata=Metadata({"written": "again"})))
    assert host.stories.plan(W0, INGRESS) is before
    host.govern(replace(mine, ingress=(DENY,)))
    assert host.stories.plan(W0, INGRESS) is not before


def test_owners_govern_as_long_as_one_endpoint_is_left() -> None:
    host = Host()
    others = [endpoint_key(name) for name in ("w1", "w2")]
    for key in others:
        host.local.put_endpoint(key, workload(key.name))
    host.govern(policy("p", "all()", (INGRESS,), (source(Action.ALLOW, selector="color == 'blue'"),)))
    for key in (W0, *others):
        assert len(host.sets) == 1
        host.local.put_endpoint(key, None)
        host.settle()
    assert not host.sets


def test_a_plan_in_use_is_kept_and_others_are_forgotten() -> None:
    host = Host()
    host.settle()
    kept, other = host.stories.plan(W0, INGRESS), host.stories.plan(W0, EGRESS)
    host.stories.forget({kept.plan.id})
    host.settle()
    host.stories.settle({W0}, host.sets.__setitem__, host.sets.__delitem__)
    assert host.stories.plan(W0, INGRESS) is kept
    assert host.stories.plan(W0, EGRESS) is not other
    assert host.stories.plan(W0, EGRESS).plan == other.plan
