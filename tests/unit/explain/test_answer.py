"""Answers: who decides, on which host, in which words, and what nearly allowed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.unit.explain.world import BLUE, FROM_BLUE, PEOPLE, POLICY, REDIS, TCP, WORLD, policy
from tortie.api import Source, stored_settings
from tortie.explain import Answer, Asked, Directory, answer, ask, to_document, to_text
from tortie.model import (
    Action,
    BGPConfiguration,
    Direction,
    EntityMatch,
    FelixConfiguration,
    HostEndpoint,
    Key,
    Kind,
    Metadata,
    Node,
    Protocol,
    Resource,
    Rule,
    StagedAction,
    Verdict,
    WorkloadEndpoint,
    parse_address,
    parse_prefix,
)

ALLOW, DENY = Verdict.ALLOW, Verdict.DENY
REDIS_PORT = Asked(port=6379)


def explained(
    source: str,
    destination: str,
    asked: Asked = REDIS_PORT,
    world: Mapping[Key, Resource] = WORLD,
    *told: Source,
) -> Answer:
    return answer(world, ask(Directory(world), source, destination, asked), stored_settings(*told))


@pytest.mark.parametrize(
    ("source", "destination", "verdict", "decided_by", "reason"),
    [
        (
            "production/blue",
            "red",
            ALLOW,
            "np/production/allow-tcp-6379/ingress/0",
            "ingress[0] of NetworkPolicy production/allow-tcp-6379 allows it",
        ),
        (
            "green",
            "red",
            DENY,
            "tier/default/ingress",
            (
                "end of tier `default`: production/allow-tcp-6379 governs ingress of production/red and none of its "
                "rules matched"
            ),
        ),
        ("red", "green", ALLOW, "pro/kns.production/ingress/0", "ingress[0] of Profile kns.production allows it"),
        (
            "red",
            "legacy",
            DENY,
            "no-profile/ingress",
            "no policy governs ingress of production/legacy, and it has no profile",
        ),
        ("host", "red", ALLOW, "host-to-workload", "a host may always reach its own workloads"),
        ("1.2.3.4", "5.6.7.8", ALLOW, "not-governed", "no endpoint of this host governs the packet on this side"),
    ],
)
def test_reason(source: str, destination: str, verdict: Verdict, decided_by: str, reason: str) -> None:
    found = explained(source, destination)
    assert (found.verdict, found.decided_by, found.reason) == (verdict, decided_by, reason)


@pytest.mark.parametrize(
    ("source", "destination", "passed"),
    [
        ("production/blue", "red", ["Egress node-1", "Ingress node-1"]),
        ("green", "red", ["Egress node-2", "Ingress node-1"]),
        ("legacy", "red", ["Egress node-2"]),
        ("1.2.3.4", "red", ["Ingress node-1"]),
        ("red", "1.2.3.4", ["Egress node-1"]),
        ("host", "red", []),
    ],
)
def test_each_host_on_the_way_is_asked(source: str, destination: str, passed: list[str]) -> None:
    stories = explained(source, destination).stories
    assert [f"{story.section.direction} {story.node}" for story in stories] == passed


def test_hosts_may_use_the_same_interface_name() -> None:
    red, green = (Key(Kind.POD, "production", name) for name in ("red", "green"))
    world = dict(WORLD)
    for key in (red, green):
        endpoint = world[key]
        assert isinstance(endpoint, WorkloadEndpoint)
        world[key] = replace(endpoint, interface="cali-same")
    assert explained("green", "red", world=world).decided_by == "tier/default/ingress"


def felix(name: str, **values: str) -> dict[Key, Resource]:
    key = Key(Kind.FELIX_CONFIGURATION, "", name)
    return {key: FelixConfiguration(key, values=values)}


@pytest.mark.parametrize(
    ("stored", "decided_by"),
    [
        ({}, "endpoint-to-host-drop"),
        (felix("default", DefaultEndpointToHostAction="Accept"), "endpoint-to-host-accept"),
        (felix("node.node-1", DefaultEndpointToHostAction="Accept"), "endpoint-to-host-accept"),
        (felix("node.node-2", DefaultEndpointToHostAction="Accept"), "endpoint-to-host-drop"),
        (felix("default", DefaultEndpointToHostAction="nonsense"), "endpoint-to-host-drop"),
        (
            felix("default", DefaultEndpointToHostAction="Accept")
            | felix("node.node-1", DefaultEndpointToHostAction="Drop"),
            "endpoint-to-host-drop",
        ),
    ],
)
def test_workload_to_host_follows_the_stored_setting(stored: dict[Key, Resource], decided_by: str) -> None:
    assert explained("production/blue", "host", world={**WORLD, **stored}).decided_by == decided_by


def test_what_a_person_says_comes_before_what_is_stored() -> None:
    world = {**WORLD, **felix("default", DefaultEndpointToHostAction="Accept")}
    told = Source("command line", {"DefaultEndpointToHostAction": "Drop"})
    assert explained("production/blue", "host", REDIS_PORT, world, told).decided_by == "endpoint-to-host-drop"


def test_a_nodes_labels_choose_its_settings() -> None:
    key = Key(Kind.FELIX_CONFIGURATION, "", "edge")
    edge = FelixConfiguration(key, node_selector="edge == 'y'", values={"DefaultEndpointToHostAction": "Accept"})
    node = Key(Kind.NODE, "", "node-1")
    labelled = {**WORLD, key: edge, node: Node(node, Metadata({"edge": "y"}))}
    assert explained("production/blue", "host", world=labelled).decided_by == "endpoint-to-host-accept"
    assert explained("production/blue", "host", world={**WORLD, key: edge}).decided_by == "endpoint-to-host-drop"


def test_two_policies_of_a_tier_are_both_named() -> None:
    other = Key(Kind.NETWORK_POLICY, "production", "other")
    world = {**WORLD, other: policy(key=other)}
    assert explained("green", "red", world=world).reason == (
        "end of tier `default`: production/allow-tcp-6379 and production/other govern ingress of production/red and "
        "none of their rules matched"
    )


def test_a_missing_profile_denies_in_so_many_words() -> None:
    blue = WORLD[BLUE]
    assert isinstance(blue, WorkloadEndpoint)
    world = {**WORLD, BLUE: replace(blue, profiles=("gone",))}
    found = explained("production/blue", "red", world=world)
    assert found.reason == "profile `gone` does not exist, which denies egress of production/blue"


FAR = Rule(Action.ALLOW, protocol=Protocol(17), source=EntityMatch(selector="color == 'pink'"), destination=REDIS)
NEAR = Rule(Action.ALLOW, protocol=TCP, source=EntityMatch(nets=(parse_prefix("10.0.0.0/16"),)))


@pytest.mark.parametrize(
    ("rules", "nearest"),
    [
        ((FROM_BLUE,), [("ingress/0", ["source.selector"])]),
        ((FAR, FROM_BLUE), [("ingress/1", ["source.selector"])]),
        ((FAR, FROM_BLUE, NEAR), [("ingress/1", ["source.selector"]), ("ingress/2", ["source.nets"])]),
        ((FAR,), [("ingress/0", ["protocol", "source.selector"])]),
        ((Rule(Action.LOG), replace(FROM_BLUE, action=Action.PASS)), []),
        ((), []),
    ],
)
def test_nearest_allow_rules(rules: tuple[Rule, ...], nearest: list[tuple[str, list[str]]]) -> None:
    world = {**PEOPLE, POLICY: policy(*rules)}
    found = explained("green", "red", world=world)
    assert found.verdict is DENY
    assert [
        (each.step.rule.id.removeprefix("np/production/allow-tcp-6379/"), [reason.field for reason in each.reasons])
        for each in found.nearest
    ] == nearest


@pytest.mark.parametrize("rules", [(Rule(Action.DENY), FROM_BLUE), (Rule(Action.ALLOW),)])
def test_a_rule_that_decides_leaves_nothing_near(rules: tuple[Rule, ...]) -> None:
    assert explained("green", "red", world={**PEOPLE, POLICY: policy(*rules)}).nearest == ()


def test_a_denied_sender_is_not_followed() -> None:
    world = {**PEOPLE, POLICY: policy(Rule(Action.DENY), direction=Direction.EGRESS)}
    found = explained("red", "green", world=world)
    assert [story.endpoint for story in found.stories] == ["production/red"]
    assert found.reason == "egress[0] of NetworkPolicy production/allow-tcp-6379 denies it"


@pytest.mark.parametrize(
    ("staged", "source", "expected"),
    [
        ((Rule(Action.DENY),), "production/blue", (DENY, "np/production/allow-tcp-6379/ingress/0")),
        ((), "production/blue", (DENY, "tier/default/ingress")),
        ((FROM_BLUE,), "production/blue", None),
        ((Rule(Action.ALLOW),), "green", (ALLOW, "np/production/allow-tcp-6379/ingress/0")),
        ((Rule(Action.ALLOW),), "production/blue", None),
    ],
)
def test_what_staged_policies_would_do(
    staged: tuple[Rule, ...], source: str, expected: tuple[Verdict, str] | None
) -> None:
    key = Key(Kind.STAGED_NETWORK_POLICY, "production", POLICY.name)
    mine = replace(policy(*staged, key=key), staged=StagedAction.SET)
    found = explained(source, "red", world={**WORLD, key: mine})
    plain = explained(source, "red")
    assert (found.verdict, found.decided_by, found.stories) == (plain.verdict, plain.decided_by, plain.stories)
    assert (found.staged and (found.staged.verdict, found.staged.decided_by)) == expected


def test_a_staged_answer_is_told_as_text_and_data() -> None:
    key = Key(Kind.STAGED_NETWORK_POLICY, "production", POLICY.name)
    world = {**WORLD, key: replace(policy(key=key), staged=StagedAction.DELETE)}
    found = explained("green", "red", world=world)
    assert to_text(found).endswith(
        "If staged policies were enforced: ALLOWED; ingress[0] of Profile kns.production\n  allows it"
        "\n\nnote: source port 40000 was assumed"
    )
    assert to_document(found, Directory(world))["staged"] == {
        "verdict": "allow",
        "decidedBy": "pro/kns.production/ingress/0",
        "reason": "ingress[0] of Profile kns.production allows it",
    }
    assert to_document(explained("green", "red"), Directory(WORLD))["staged"] is None


NODES = tuple(
    Node(Key(Kind.NODE, "", f"node-{number}"), outer=(parse_address(f"10.0.0.{number}"),)) for number in (1, 2)
)
HOSTS = tuple(
    HostEndpoint(Key(Kind.HOST_ENDPOINT, "", f"h{each.key.name}"), each.key.name, "*", expected_addresses=each.outer)
    for each in NODES
)
SERVICES = BGPConfiguration(
    Key(Kind.BGP_CONFIGURATION, "", "default"), service_nets=((parse_prefix("10.96.0.0/12"), "serviceClusterIPs"),)
)


@pytest.mark.parametrize(
    ("source", "destination", "asked", "verdict", "decided_by", "word"),
    [
        ("hnode-1", "hnode-2", Asked("udp", 4789), ALLOW, "tunnel", "hosts always reach one another"),
        ("192.0.2.9", "hnode-2", Asked("udp", 4789), DENY, "foreign-tunnel", "no known host"),
        ("hnode-1", "hnode-2", Asked("udp", 4790), DENY, "no-profile/egress", "no policy governs"),
        ("production/blue", "10.96.0.1", REDIS_PORT, DENY, "service-loop", "no service has this address"),
    ],
)
def test_what_hosts_do_about_tunnels_and_services_has_a_name(
    source: str, destination: str, asked: Asked, verdict: Verdict, decided_by: str, word: str
) -> None:
    added: tuple[Resource, ...] = (*NODES, *HOSTS, SERVICES)
    world = {**WORLD, **{each.key: each for each in added}}
    found = explained(source, destination, asked, world, Source("here", {"VXLANEnabled": "true"}))
    assert (found.verdict, found.decided_by) == (verdict, decided_by)
    assert word in found.reason
    assert word.split(maxsplit=1)[0] in to_text(found)
