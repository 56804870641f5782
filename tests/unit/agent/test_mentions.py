"""Whose rules mean a network set or an endpoint, so that they cannot be answered without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.spec.cast import ALLOW, INGRESS, destination, host_endpoint, net, network_set, policy, source, workload
from tortie.agent.mentions import Mentions
from tortie.model import (
    NAMESPACE_PREFIX,
    Action,
    EndpointPort,
    HostEndpoint,
    Key,
    Kind,
    NetworkSet,
    Policy,
    Profile,
    Protocol,
    Rule,
    WorkloadEndpoint,
)

LAB = network_set("lab", {"role": "lab"}, "192.0.2.0/24")
IN_SHOP = network_set("shop/nets", {}, "192.0.2.0/24")
SPACE = Profile(Key(Kind.PROFILE, "", "kns.shop"), labels_to_apply={f"{NAMESPACE_PREFIX}team": "a"})


def asks(rule: Rule, name: str = "asks") -> Policy:
    return policy(name, "all()", (INGRESS,), (ALLOW, rule))


def meant_by(member: NetworkSet | HostEndpoint | WorkloadEndpoint, *rules: Policy | Profile) -> list[str]:
    stored: Mapping[Key, Policy | Profile] = {each.key: each for each in rules}
    return sorted(key.name for key in Mentions().of([member], stored))


@pytest.mark.parametrize(
    ("rule", "means_it"),
    [
        (source(Action.ALLOW, selector="role == 'lab'"), True),
        (source(Action.DENY, selector="role == 'lab'"), True),
        (source(Action.PASS, selector="has(role)"), True),
        (source(Action.ALLOW, selector="role != 'web'"), True),
        (source(Action.ALLOW, selector="all()"), True),
        (source(Action.ALLOW, not_selector="role == 'lab'"), True),
        (source(Action.ALLOW, namespace_selector="global()"), True),
        (source(Action.ALLOW, selector="all()", not_selector="role == 'lab'"), False),
        (source(Action.ALLOW, selector="role == 'web'"), False),
        (source(Action.ALLOW, not_selector="role == 'web'"), False),
        (source(Action.ALLOW, namespace_selector="all()"), False),
        (source(Action.ALLOW, nets=(net("192.0.2.0/24"),)), False),
        (ALLOW, False),
    ],
    ids=str,
)
def test_a_rule_means_a_set_that_its_selectors_match_negated_or_not(rule: Rule, means_it: bool) -> None:
    assert bool(meant_by(LAB, asks(rule))) is means_it
    assert bool(meant_by(LAB, Profile(Key(Kind.PROFILE, "", "p"), egress=(rule,)))) is means_it


@pytest.mark.parametrize(
    ("rule", "name", "means_it"),
    [
        (source(Action.ALLOW, namespace_selector="team == 'a'"), "global", True),
        (source(Action.ALLOW, namespace_selector="team == 'b'"), "global", False),
        (source(Action.ALLOW, selector="!has(role)"), "shop/mine", True),
        (source(Action.ALLOW, selector="!has(role)"), "away/theirs", False),
    ],
    ids=str,
)
def test_a_set_of_a_namespace_has_the_labels_of_the_namespace(rule: Rule, name: str, means_it: bool) -> None:
    assert bool(meant_by(IN_SHOP, SPACE, asks(rule, name))) is means_it


def test_without_sets_nobody_is_asked_and_what_changed_is_asked_again() -> None:
    mentions = Mentions()
    old, new = asks(source(Action.DENY, selector="has(role)")), asks(ALLOW)
    assert mentions.of([], {old.key: old}) == frozenset()
    assert mentions.of([LAB], {old.key: old}) == {old.key}
    mentions.forget(old.key)
    assert mentions.of([LAB], {new.key: new}) == frozenset()


TCP, UDP = Protocol(6), Protocol(17)
UPLINK = replace(host_endpoint(profiles=("racks", "gone")), ports=(EndpointPort("ssh", TCP, 22),))
RACKS = Profile(Key(Kind.PROFILE, "", "racks"), labels_to_apply={"rack": "a", "name": "never"})


@pytest.mark.parametrize(
    ("rule", "means_it"),
    [
        (source(Action.ALLOW, selector="name == 'host'"), True),
        (source(Action.DENY, not_selector="name == 'host'"), True),
        (source(Action.ALLOW, selector="name == 'never'"), False),
        (destination(Action.DENY, selector="rack == 'a'"), True),
        (destination(Action.DENY, selector="rack == 'b'"), False),
        (source(Action.ALLOW, selector="!has(rack)"), False),
        (source(Action.ALLOW, namespace_selector="global()"), True),
        (source(Action.ALLOW, namespace_selector="all()"), False),
        (source(Action.ALLOW, nets=(net("host"),)), False),
        (replace(destination(Action.DENY, ports=("ssh",)), protocol=TCP), True),
        (replace(destination(Action.ALLOW, not_ports=("ssh",)), protocol=TCP), True),
        (replace(source(Action.ALLOW, ports=("ssh",)), protocol=UDP), False),
        (replace(destination(Action.DENY, ports=("http",)), protocol=TCP), False),
        (replace(destination(Action.DENY, selector="has(rack)", ports=("ssh",)), protocol=TCP), True),
        (replace(destination(Action.DENY, selector="!has(rack)", ports=("ssh",)), protocol=TCP), False),
    ],
    ids=str,
)
def test_a_rule_means_a_host_endpoint_by_its_labels_those_of_its_profiles_and_its_ports(
    rule: Rule, means_it: bool
) -> None:
    assert ("asks" in meant_by(UPLINK, asks(rule), RACKS)) is means_it


def test_of_two_profiles_of_one_name_the_lowest_key_counts() -> None:
    lower = Key(Kind.NAMESPACE, "", "racks")
    asked = asks(source(Action.DENY, selector="rack == 'a'"))
    other = replace(RACKS, labels_to_apply={"rack": "b"})
    assert Mentions().of([UPLINK], {asked.key: asked, lower: other, RACKS.key: RACKS}) == frozenset()
    assert Mentions().of([UPLINK], {asked.key: asked, lower: RACKS, RACKS.key: other}) == {asked.key}


@pytest.mark.parametrize(
    ("rule", "means_it"),
    [
        (source(Action.DENY, selector="name == 'r0'"), True),
        (source(Action.DENY, selector="projectcalico.org/namespace == 'shop'"), True),
        (source(Action.ALLOW, namespace_selector="team == 'a'"), True),
        (source(Action.ALLOW, namespace_selector="global()"), False),
        (replace(destination(Action.DENY, ports=("ssh",)), protocol=TCP), True),
        (replace(destination(Action.DENY, ports=("ssh",)), protocol=UDP), False),
    ],
    ids=str,
)
def test_a_rule_means_a_workload_by_its_namespace_too(rule: Rule, means_it: bool) -> None:
    mine = replace(workload("r0", namespace="shop", profiles=("kns.shop",)), ports=UPLINK.ports)
    assert ("asks" in meant_by(mine, asks(rule), SPACE)) is means_it
