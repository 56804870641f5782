"""The world of the guide, small: two namespaces, a virtual machine, a network set and one policy."""

from __future__ import annotations

from tortie.model import (
    Action,
    Direction,
    EntityMatch,
    Key,
    Kind,
    Metadata,
    NetworkSet,
    Policy,
    PortRange,
    Profile,
    Protocol,
    Resource,
    Rule,
    Tier,
    WorkloadEndpoint,
    parse_address,
    parse_prefix,
)

RED = Key(Kind.POD, "production", "red")
BLUE = Key(Kind.POD, "production", "blue")
GREEN = Key(Kind.POD, "production", "green")
PARTNER = Key(Kind.POD, "partners", "blue")
LEGACY = Key(Kind.WORKLOAD_ENDPOINT, "production", "node--2-openstack-legacy-tap0")
POLICY = Key(Kind.NETWORK_POLICY, "production", "allow-tcp-6379")
TCP = Protocol(6)


def address(text: str) -> bytes:
    return parse_address(text)


def pod(key: Key, node: str, number: str, color: str) -> WorkloadEndpoint:
    """An endpoint of a pod; all of them have the same interface name, each on its own host or not."""
    return WorkloadEndpoint(
        key=Key(Kind.WORKLOAD_ENDPOINT, key.namespace, f"{node}-k8s-{key.name}-eth0"),
        node=node,
        interface=f"cali-{key.name}",
        metadata=Metadata({"color": color}),
        orchestrator="k8s",
        pod=key.name,
        addresses=(address(f"10.65.{number}"), address(f"fd00:65::{number.replace('.', ':')}")),
        profiles=(f"kns.{key.namespace}",),
    )


def namespace(name: str, shape: str) -> tuple[Key, Profile]:
    everything = (Rule(Action.ALLOW),)
    profile = Profile(
        Key(Kind.PROFILE, "", f"kns.{name}"),
        ingress=everything,
        egress=everything,
        labels_to_apply={"pcns.shape": shape, "pcns.projectcalico.org/name": name},
    )
    return Key(Kind.NAMESPACE, "", name), profile


def policy(*rules: Rule, direction: Direction = Direction.INGRESS, key: Key = POLICY) -> Policy:
    is_ingress = direction is Direction.INGRESS
    return Policy(
        key,
        selector="color == 'red'",
        types=(direction,),
        ingress=rules if is_ingress else (),
        egress=() if is_ingress else rules,
    )


REDIS = EntityMatch(ports=(PortRange(6379, 6379),))
FROM_BLUE = Rule(Action.ALLOW, protocol=TCP, source=EntityMatch(selector="color == 'blue'"), destination=REDIS)

PEOPLE: dict[Key, Resource] = dict(
    [
        namespace("production", "square"),
        namespace("partners", "circle"),
        (RED, pod(RED, "node-1", "1.10", "red")),
        (BLUE, pod(BLUE, "node-1", "1.11", "blue")),
        (GREEN, pod(GREEN, "node-2", "2.10", "green")),
        (PARTNER, pod(PARTNER, "node-2", "2.12", "blue")),
        (
            LEGACY,
            WorkloadEndpoint(
                key=LEGACY,
                node="node-2",
                interface="cali-legacy",
                orchestrator="openstack",
                workload="legacy",
                addresses=(address("10.65.2.20"),),
            ),
        ),
        (
            Key(Kind.GLOBAL_NETWORK_SET, "", "office"),
            NetworkSet(
                Key(Kind.GLOBAL_NETWORK_SET, "", "office"), Metadata({"color": "grey"}), (parse_prefix("192.0.2.0/24"),)
            ),
        ),
        (Key(Kind.TIER, "", "default"), Tier(Key(Kind.TIER, "", "default"))),
    ]
)
WORLD: dict[Key, Resource] = {**PEOPLE, POLICY: policy(FROM_BLUE)}
