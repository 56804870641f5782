"""Which flows a change of policy alters, on the guide's world."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.explain.world import FROM_BLUE, PEOPLE, POLICY, WORLD, policy
from tortie.api import stored_settings
from tortie.explain import Change, impact
from tortie.model import (
    Action,
    ClusterInformation,
    Direction,
    FelixConfiguration,
    HostEndpoint,
    Key,
    Kind,
    Resource,
    Rule,
    Verdict,
    parse_address,
)

KEY = Key(Kind.GLOBAL_NETWORK_POLICY, "", "p")
ALLOW, DENY = Verdict.ALLOW, Verdict.DENY
PODS_OF_NODE_1 = {"production/blue", "production/red"}


def told(changes: tuple[Change, ...], family: int = 4) -> list[tuple[str, str, tuple[str, ...], Verdict]]:
    return [
        (
            ", ".join(end.name for end in change.sources),
            ", ".join(end.name for end in change.destinations),
            change.packets,
            change.after,
        )
        for change in changes
        if change.family == family
    ]


def test_a_first_policy_closes_what_it_does_not_allow() -> None:
    changes = impact(PEOPLE, WORLD, stored_settings())
    assert {change.rule_after for change in changes} == {"tier/default/ingress"}
    assert {change.rule_before for change in changes} == {"pro/kns.production/ingress/0"}
    udp = "UDP port 0-4788, 4790-65535"  # workloads send no VXLAN before or after
    every = ("other protocols", "ICMP", "TCP port 0-6378, 6380-65535", udp, "SCTP")
    assert ("production/blue", "production/red", every, DENY) in told(changes)
    assert ("anywhere else", "production/red", ("everything",), DENY) in told(changes)
    assert not [row for row in told(changes) if row[1] != "production/red"]


def test_there_and_back_are_opposites() -> None:
    opened, closed = impact(WORLD, PEOPLE, stored_settings()), impact(PEOPLE, WORLD, stored_settings())
    assert [(each.before, each.after) for each in opened] == [(DENY, ALLOW)] * len(closed)
    assert [each.cells for each in opened] == [each.cells for each in closed]


@pytest.mark.parametrize(
    "changed",
    [
        policy(FROM_BLUE),
        replace(policy(FROM_BLUE), order=5.0),
        replace(policy(FROM_BLUE, Rule(Action.DENY)), order=5.0),
    ],
)
def test_what_decides_alike_changes_nothing(changed: Resource) -> None:
    assert impact(WORLD, {**WORLD, POLICY: changed}, stored_settings()) == ()


def test_a_deny_in_the_place_of_an_allow() -> None:
    deny = policy(replace(FROM_BLUE, action=Action.DENY))
    rows = told(impact(WORLD, {**WORLD, POLICY: deny}, stored_settings()))
    assert rows == [("production/blue", "production/red", ("TCP port 6379",), DENY)]


def test_an_endpoint_that_goes_is_silent() -> None:
    red = Key(Kind.POD, "production", "red")
    rest = {key: value for key, value in PEOPLE.items() if key != red}
    changes = impact(PEOPLE, rest, stored_settings())
    assert {change.rule_after for change in changes} == {"unknown-interface"}
    assert all("production/red" in (row[0], row[1]) for row in told(changes))


@pytest.mark.parametrize(
    ("name", "host", "senders"),
    [
        ("default", "host", {*PODS_OF_NODE_1, "production/green", "partners/blue"}),
        ("node.node-1", "host node-1", PODS_OF_NODE_1),
    ],
)
def test_a_setting_changes_flows_too(name: str, host: str, senders: set[str]) -> None:
    key = Key(Kind.FELIX_CONFIGURATION, "", name)
    accept = FelixConfiguration(key, values={"DefaultEndpointToHostAction": "Accept"})
    changes = impact(WORLD, {**WORLD, key: accept}, stored_settings())
    assert {(each.rule_before, each.rule_after) for each in changes} == {
        ("endpoint-to-host-drop", "endpoint-to-host-accept")
    }
    assert {row[:2] for row in told(changes)} == {(sender, host) for sender in senders}


def test_a_setting_that_changes_no_flow_changes_nothing() -> None:
    key = Key(Kind.FELIX_CONFIGURATION, "", "default")
    assert impact(WORLD, {**WORLD, key: FelixConfiguration(key, values={"LogPrefix": "x"})}, stored_settings()) == ()


def test_hosts_keep_their_failsafes() -> None:
    host = Key(Kind.HOST_ENDPOINT, "", "h")
    before: dict[Key, Resource] = {**PEOPLE, host: HostEndpoint(host, "node-9", "eth0", profiles=("gone",))}
    allow = replace(policy(Rule(Action.ALLOW), key=KEY), selector="!has(color)", types=(Direction.INGRESS,))
    rows = [
        row
        for row in told(impact(before, {**before, KEY: allow}, stored_settings()))
        if row[:2] == ("anywhere else", "h")
    ]
    (row,) = rows
    assert row[3] is ALLOW
    assert "TCP port 0-21, 23-178, 180-2378, 2381-5472, 5474-6442, 6444-6665, 6668-65535" in row[2]


def test_what_a_host_of_openstack_serves_is_told() -> None:
    key = Key(Kind.CLUSTER_INFORMATION, "", "default")
    rows = told(
        impact(PEOPLE, {**PEOPLE, key: ClusterInformation(key, cluster_type="k8s,openstack")}, stored_settings())
    )
    dns = [f"UDP port 53 from port {ports}" for ports in ("0-67", "69-545", "546", "547-65535")]
    dns.insert(1, "UDP port 53, 67 from port 68")
    assert {row[2:] for row in rows} == {(tuple(dns), ALLOW)}
    assert {row[1] for row in rows} == {"host"}


def test_of_a_hosts_addresses_only_that_of_metadata_serves_it() -> None:
    host, settings = Key(Kind.HOST_ENDPOINT, "", "h"), Key(Kind.FELIX_CONFIGURATION, "", "default")
    near, served = map(parse_address, ("10.0.0.1", "10.0.0.2"))
    before = {**PEOPLE, host: HostEndpoint(host, "node-1", "eth0", expected_addresses=(near, served))}
    asked = FelixConfiguration(settings, values={"MetadataAddr": "10.0.0.2"})
    changes = impact(before, {**before, settings: asked}, stored_settings())
    told_of = {
        end.address
        for each in changes
        for end in each.destinations
        if any(words.startswith("TCP port 8775") for words in each.packets)
    }
    assert told_of == {served}
