"""Staged policies in the place of those that they would be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.explain.world import FROM_BLUE, POLICY, WORLD, policy
from tortie.explain import enforced, has_staged
from tortie.model import Action, Key, Kind, Policy, Rule, StagedAction

KINDS = {
    Kind.STAGED_NETWORK_POLICY: Kind.NETWORK_POLICY,
    Kind.STAGED_GLOBAL_NETWORK_POLICY: Kind.GLOBAL_NETWORK_POLICY,
    Kind.STAGED_KUBERNETES_NETWORK_POLICY: Kind.KUBERNETES_NETWORK_POLICY,
}


def staged(key: Key, action: StagedAction = StagedAction.SET) -> Policy:
    return replace(policy(Rule(Action.DENY), key=key), staged=action)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("action", [StagedAction.SET, StagedAction.LEARN, StagedAction.IGNORE])
def test_a_staged_policy_takes_its_place(kind: Kind, action: StagedAction) -> None:
    namespace = "" if kind is Kind.STAGED_GLOBAL_NETWORK_POLICY else "production"
    mine = staged(Key(kind, namespace, POLICY.name), action)
    place = Key(KINDS[kind], namespace, POLICY.name)
    found = enforced({**WORLD, mine.key: mine})
    assert found == {**WORLD, place: replace(mine, key=place, staged=None)}


def test_a_staged_delete_takes_away() -> None:
    mine = staged(Key(Kind.STAGED_NETWORK_POLICY, "production", POLICY.name), StagedAction.DELETE)
    rest = {key: value for key, value in WORLD.items() if key != POLICY}
    assert enforced({mine.key: mine, **WORLD}) == enforced({**rest, mine.key: mine}) == rest


@pytest.mark.parametrize("action", StagedAction)
def test_a_policy_of_kubernetes_gives_way_where_its_controllers_stored_it(action: StagedAction) -> None:
    """On etcd Kubernetes' policies are stored as NetworkPolicies `knp.default.NAME`."""
    stored = Key(Kind.NETWORK_POLICY, "production", f"knp.default.{POLICY.name}")
    mine = staged(Key(Kind.STAGED_KUBERNETES_NETWORK_POLICY, "production", POLICY.name), action)
    place = Key(Kind.KUBERNETES_NETWORK_POLICY, "production", POLICY.name)
    wanted = {} if action is StagedAction.DELETE else {place: replace(mine, key=place, staged=None)}
    others = {**WORLD, mine.key: mine}
    assert enforced({**others, stored: replace(WORLD[POLICY], key=stored)}) == {**WORLD, **wanted}
    elsewhere = replace(stored, namespace="other")
    assert elsewhere in enforced({**others, elsewhere: replace(WORLD[POLICY], key=elsewhere)})


def test_nothing_staged_changes_nothing() -> None:
    assert enforced(WORLD) == WORLD
    assert not has_staged(WORLD)
    mine = staged(Key(Kind.STAGED_NETWORK_POLICY, "production", "x"))
    assert has_staged({**WORLD, mine.key: mine})
    assert policy(FROM_BLUE).staged is None
