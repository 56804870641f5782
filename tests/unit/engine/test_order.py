"""In which order tiers and policies speak."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.engine.order import policy_rank, tier_default, tiers_in_order
from tortie.model import Action, Key, Kind, Policy, Tier


def policy(name: str, order: float | None = None, namespace: str = "", kind: Kind | None = None) -> Policy:
    kind = kind or (Kind.NETWORK_POLICY if namespace else Kind.GLOBAL_NETWORK_POLICY)
    return Policy(Key(kind, namespace, name), order=order)


def tier(name: str, order: float | None, action: Action = Action.DENY) -> Tier:
    return Tier(Key(Kind.TIER, "", name), order=order, default_action=action)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (policy("z", 1.0), policy("a", 2.0)),
        (policy("z", -3.5), policy("a", 0.0)),
        (policy("z", 1e9), policy("a")),  # without an order last
        (policy("a"), policy("b")),
        (policy("a-b", 1.0), policy("a", 1.0)),  # because `/`, which ends a name, sorts after `-` ...
        (policy("a.b", 1.0), policy("a", 1.0)),  # ... and after `.`
        (policy("a", 1.0), policy("a0", 1.0)),
        (policy("a", 1.0), policy("a", 1.0, "shop")),  # global before namespaced
        (policy("a", 1.0, "shop"), policy("b", 1.0)),  # the name counts first
        (policy("a", 1.0, "shop"), policy("a", 1.0, "web")),
        (policy("a", 1.0, "shop", Kind.KUBERNETES_NETWORK_POLICY), policy("a", 1.0, "shop")),
    ],
)
def test_policies(first: Policy, second: Policy) -> None:
    assert sorted([second, first], key=policy_rank) == [first, second]


@pytest.mark.parametrize(
    ("tiers", "expected"),
    [
        ([tier("b", 1.0), tier("a", 2.0)], "b a"),
        ([tier("a", None), tier("b", 5e9)], "b a"),  # without an order after all that have one
        ([tier("b", 1.0), tier("a", 1.0)], "a b"),
        ([tier("b", None), tier("a", None)], "a b"),
        ([tier("a-b", 1.0), tier("a", 1.0)], "a a-b"),  # nothing follows the name of a tier
    ],
)
def test_tiers(tiers: list[Tier], expected: str) -> None:
    known = {each.key.name: each for each in tiers}
    assert tiers_in_order(known, known) == expected.split()


def test_unknown_tiers_come_last_and_built_in_ones_are_known() -> None:
    known = {"late": tier("late", None), "mine": tier("mine", 1_000_000.0)}
    names = ["ghost", "kube-baseline", "late", "mine", "default", "kube-admin", "any"]
    expected = ["kube-admin", "default", "mine", "kube-baseline", "late", "any", "ghost"]
    assert tiers_in_order(names, known) == expected


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("passing", Action.PASS),
        ("denying", Action.DENY),
        ("odd", Action.DENY),  # all but Pass denies
        ("kube-admin", Action.PASS),
        ("kube-baseline", Action.PASS),
        ("default", Action.DENY),
        ("ghost", Action.DENY),  # nobody knows it
    ],
)
def test_tier_default(name: str, action: Action) -> None:
    tiers = {
        "passing": tier("passing", 1.0, Action.PASS),
        "denying": tier("denying", 1.0),
        "odd": tier("odd", 1.0, Action.ALLOW),
    }
    assert tier_default(name, tiers) is action


def test_a_stored_tier_beats_the_built_in_one_of_its_name() -> None:
    assert tier_default("default", {"default": tier("default", 1e6, Action.PASS)}) is Action.PASS


NAMES = st.text("a-.b0", min_size=1, max_size=3)


@given(st.lists(st.tuples(NAMES, st.sampled_from((None, 1.0, 2.0)), st.sampled_from(("", "x", "y"))), max_size=6))
def test_policies_that_differ_never_tie(rows: list[tuple[str, float | None, str]]) -> None:
    assert len({policy_rank(policy(*row)) for row in rows}) == len(set(rows))
