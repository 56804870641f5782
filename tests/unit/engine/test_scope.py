"""Whom selectors of policies and rules speak of, row by row of the specification's rewriting rules."""

from __future__ import annotations

import pytest

from tortie.engine.scope import entity_selector, policy_selector
from tortie.model import EntityMatch, Key, Kind, Policy, ServiceAccountMatch, parse_prefix
from tortie.selector import parse


def shop_policy(selector: str = "", *, accounts: str = "") -> Policy:
    key = Key(Kind.NETWORK_POLICY, "shop", "p")
    return Policy(key, selector=selector, service_account_selector=accounts)


def global_policy(selector: str = "", *, spaces: str = "", accounts: str = "") -> Policy:
    key = Key(Kind.GLOBAL_NETWORK_POLICY, "", "p")
    return Policy(key, selector=selector, namespace_selector=spaces, service_account_selector=accounts)


def accounts(*names: str, selector: str = "") -> ServiceAccountMatch:
    return ServiceAccountMatch(names, selector)


ENTITIES = [
    ("shop", EntityMatch(selector="role == 'db'"), "(projectcalico.org/namespace == 'shop') && (role == 'db')"),
    ("", EntityMatch(selector="role == 'db'"), "role == 'db'"),
    ("shop", EntityMatch(not_selector="role == 'db'"), "projectcalico.org/namespace == 'shop'"),
    (
        "shop",
        EntityMatch(namespace_selector="team == 'a'", selector="role == 'db'"),
        "(pcns.team == 'a') && (role == 'db')",
    ),
    ("shop", EntityMatch(namespace_selector="all()"), "has(projectcalico.org/namespace)"),
    ("", EntityMatch(namespace_selector="all()"), "has(projectcalico.org/namespace)"),
    (
        "shop",
        EntityMatch(namespace_selector="global()", selector="net == 'x'"),
        "(!has(projectcalico.org/namespace)) && (net == 'x')",
    ),
    (
        "",
        EntityMatch(namespace_selector="global()", selector="net == 'x'"),
        "(!has(projectcalico.org/namespace)) && (net == 'x')",
    ),
    (
        "shop",
        EntityMatch(namespace_selector="projectcalico.org/name == 'shop'"),
        "pcns.projectcalico.org/name == 'shop'",
    ),
    (
        "shop",
        EntityMatch(service_accounts=accounts("s1", "s2")),
        "(projectcalico.org/namespace == 'shop') && (projectcalico.org/serviceaccount in {'s1', 's2'})",
    ),
    (
        "",
        EntityMatch(
            service_accounts=accounts("s3", selector="k == 'v'"), namespace_selector="n == 'm'", selector="has(l)"
        ),
        "(pcns.n == 'm') && (((pcsa.k == 'v') && (projectcalico.org/serviceaccount in {'s3'})) && (has(l)))",
    ),
    ("", EntityMatch(namespace_selector="!all()"), "!has(projectcalico.org/namespace)"),
    ("", EntityMatch(namespace_selector="a == 'all()'"), "pcns.a == 'all()'"),  # text in a value is no function
    ("", EntityMatch(selector="all()"), "all()"),
    ("shop", EntityMatch(selector="all()"), "projectcalico.org/namespace == 'shop' && all()"),
]
UNSCOPED = [
    ("shop", EntityMatch()),
    ("shop", EntityMatch(nets=(parse_prefix("10.0.0.0/8"),))),
    ("shop", EntityMatch(not_nets=(parse_prefix("10.0.0.0/8"),), ports=("http",))),
    ("", EntityMatch(not_selector="role == 'db'")),  # nothing binds it to a namespace
    ("", EntityMatch(service_accounts=accounts())),
]
POLICIES = [
    (shop_policy(), "projectcalico.org/namespace == 'shop'"),
    (shop_policy("role == 'db'"), "(role == 'db') && projectcalico.org/namespace == 'shop'"),
    (
        shop_policy("all()", accounts="tier == 'web'"),
        "((all()) && projectcalico.org/namespace == 'shop') && pcsa.tier == 'web'",
    ),
    (
        global_policy("all()", spaces="env == 'prod'"),
        "(has(projectcalico.org/namespace)) && pcns.env == 'prod'",
    ),
    (global_policy(spaces="env == 'prod'"), "pcns.env == 'prod'"),
    (global_policy(spaces="all()"), "has(projectcalico.org/namespace)"),
    (global_policy(accounts="all()"), "has(projectcalico.org/serviceaccount)"),
    (
        global_policy("all()", accounts="tier == 'web'"),
        "(has(projectcalico.org/serviceaccount)) && pcsa.tier == 'web'",
    ),
    (
        global_policy("a == 'all()'", spaces="env == 'prod'"),
        "(a == 'all()') && pcns.env == 'prod'",
    ),
    (global_policy("all()"), "all()"),
    (global_policy(), "all()"),
]


@pytest.mark.parametrize(("namespace", "entity", "expected"), ENTITIES)
def test_entities(namespace: str, entity: EntityMatch, expected: str) -> None:
    assert entity_selector(entity, namespace) == parse(expected)


@pytest.mark.parametrize(("namespace", "entity"), UNSCOPED)
def test_entities_that_speak_of_any_address(namespace: str, entity: EntityMatch) -> None:
    assert entity_selector(entity, namespace) is None


@pytest.mark.parametrize(("policy", "expected"), POLICIES)
def test_policies(policy: Policy, expected: str) -> None:
    assert policy_selector(policy) == parse(expected)
