"""Which hosts a flow passes, and what it is to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.unit.explain.world import PEOPLE, address, policy
from tortie.api import stored_settings
from tortie.explain import Answer, Asked, Directory, answer, ask
from tortie.explain.journey import assumed_interfaces
from tortie.model import (
    Action,
    Direction,
    EntityMatch,
    HostEndpoint,
    Key,
    Kind,
    Metadata,
    Protocol,
    Resource,
    Rule,
    Verdict,
    parse_prefix,
)

H1, H2 = (Key(Kind.HOST_ENDPOINT, "", name) for name in ("h1", "h2"))
KEY = Key(Kind.GLOBAL_NETWORK_POLICY, "", "p")


def host(key: Key, interface: str, *addresses: str) -> HostEndpoint:
    node = f"node-{key.name[1]}"
    return HostEndpoint(key, node, interface, Metadata({"color": "red"}), tuple(map(address, addresses)))


HOSTS: dict[Key, Resource] = {**PEOPLE, H1: host(H1, "eth0", "192.0.2.1"), H2: host(H2, "", "192.0.2.2")}
TO_80 = Asked(port=80)


def explained(source: str, destination: str, asked: Asked = TO_80, world: Mapping[Key, Resource] = HOSTS) -> Answer:
    return answer(world, ask(Directory(world), source, destination, asked), stored_settings())


def passed(found: Answer) -> list[str]:
    return [
        f"{story.section.policy_class} {story.section.direction.lower()} {story.endpoint} {story.node}"
        for story in found.stories
    ]


@pytest.mark.parametrize(
    ("source", "destination", "sections", "decided_by"),
    [
        ("1.2.3.4", "h1", ["normal ingress h1 node-1"], "no-profile/ingress"),
        ("1.2.3.4", "192.0.2.2", ["normal ingress h2 node-2"], "no-profile/ingress"),
        ("h1", "1.2.3.4", ["normal egress h1 node-1"], "no-profile/egress"),
        ("h1", "h2", ["normal egress h1 node-1"], "no-profile/egress"),
        ("h1", "h1", [], "loopback"),
        ("h1", "red", [], "host-to-workload"),
        ("red", "h1", ["normal egress production/red node-1"], "endpoint-to-host-drop"),
        (
            "red",
            "h2",
            ["normal egress production/red node-1", "normal ingress h2 node-2"],
            "no-profile/ingress",
        ),
        ("host", "1.2.3.4", [], "not-governed"),
    ],
)
def test_hosts_are_ends_too(source: str, destination: str, sections: list[str], decided_by: str) -> None:
    found = explained(source, destination)
    assert (passed(found), found.decided_by) == (sections, decided_by)


def test_a_node_and_interfaces_may_be_named() -> None:
    asked = replace(TO_80, node="node-1", out_interface="eth0")
    assert passed(explained("host", "1.2.3.4", asked)) == ["normal egress h1 node-1"]
    assert passed(explained("host", "1.2.3.4", replace(asked, out_interface="eth1"))) == []
    deny = replace(policy(Rule(Action.DENY), key=KEY), apply_on_forward=True)
    through = Asked(port=80, node="node-1", in_interface="eth0", out_interface="eth1")
    found = explained("1.2.3.4", "5.6.7.8", through, {**HOSTS, KEY: deny})
    assert (passed(found), found.verdict) == (["forward ingress h1 node-1"], Verdict.DENY)


def test_the_first_host_translates_and_the_others_see_what_came_of_it() -> None:
    service = (Rule(Action.DENY, destination=EntityMatch(nets=(parse_prefix("10.96.0.10/32"),))),)
    early = replace(policy(*service, key=KEY), pre_dnat=True, apply_on_forward=True)
    everywhere = HostEndpoint(H1, "node-1", "*", Metadata({"color": "red"}))
    there = replace(everywhere, key=H2, node="node-2")
    world: dict[Key, Resource] = {**PEOPLE, H1: everywhere, H2: there, KEY: early}
    aimed = replace(TO_80, original_destination="10.96.0.10:8080")
    assert explained("red", "green", TO_80, world).decided_by == "pro/kns.production/ingress/0"
    refused = explained("red", "green", aimed, world)
    assert (refused.decided_by, passed(refused)) == ("gnp/p/ingress/0", ["pre-dnat ingress h1 node-1"])
    behind = explained("red", "green", aimed, {**world, H1: replace(everywhere, metadata=Metadata())})
    assert behind.decided_by == "pro/kns.production/ingress/0"


def test_host_endpoints_that_name_no_interface_are_given_one() -> None:
    hosts = Directory(HOSTS).host_endpoints.values()
    assert assumed_interfaces(hosts) == {"h2": frozenset({address("192.0.2.2")})}


def test_a_list_that_does_not_decide_and_a_failsafe_are_told() -> None:
    early = replace(policy(Rule(Action.DENY, protocol=Protocol(17)), key=KEY), pre_dnat=True, apply_on_forward=True)
    world = {**HOSTS, KEY: early}
    found = explained("1.2.3.4", "h1", TO_80, world)
    assert [story.reason for story in found.stories] == [
        "no pre-dnat policy decided on ingress of h1",
        "no policy governs ingress of h1, and it has no profile",
    ]
    kept = explained("1.2.3.4", "h1", Asked(port=22), world)
    assert (kept.verdict, kept.decided_by) == (Verdict.ALLOW, "failsafe-inbound")
    assert [story.askings for story in kept.stories] == [(), ()]
    assert kept.stories[0].section.direction is Direction.INGRESS
