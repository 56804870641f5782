"""The cast of the scenarios: three workloads here, one on another host, and words for who speaks to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.spec.semantics import HOST
from tortie.model import (
    Action,
    Direction,
    EntityMatch,
    Family,
    Flow,
    Key,
    Kind,
    Metadata,
    NetworkSet,
    Place,
    Policy,
    Prefix,
    Profile,
    Resource,
    Rule,
    Settings,
    Tier,
    Verdict,
    WorkloadEndpoint,
    parse_address,
    parse_prefix,
)

PORT = 8055
TCP = 6
INGRESS, EGRESS = Direction.INGRESS, Direction.EGRESS
BOTH = (INGRESS, EGRESS)
ALLOW, DENY, PASS = Rule(Action.ALLOW), Rule(Action.DENY), Rule(Action.PASS)

NAMESPACE = "default"
NUMBERS = {"w0": 10, "w1": 11, "w2": 12, "r0": 20, "host": 1}
OUTSIDE = {Family.V4: "192.0.2.7", Family.V6: "2001:db8::7"}
PLACES = {"host": Place.HOST, "out": Place.ELSEWHERE, "r0": Place.ELSEWHERE, "unknown": Place.UNKNOWN_WORKLOAD}

World = Mapping[Key, Resource]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Resources, and what becomes of flows under them. A scenario of several steps is several of these."""

    number: int
    name: str
    resources: World
    flows: tuple[tuple[Flow, Verdict], ...]
    settings: Settings = field(default_factory=Settings)


def address(name: str, family: Family = Family.V4) -> bytes:
    """The packed address of somebody: a member of the cast, or a stranger."""
    if name not in NUMBERS:
        return parse_address(OUTSIDE[family])
    return parse_address(f"10.65.0.{NUMBERS[name]}" if family is Family.V4 else f"fd65::{NUMBERS[name]:x}")


def net(text: str) -> Prefix:
    """A CIDR, or the IPv4 address of a member of the cast."""
    return Prefix(address(text), 32) if text in NUMBERS else parse_prefix(text)


def endpoint_key(name: str, namespace: str = NAMESPACE) -> Key:
    return Key(Kind.WORKLOAD_ENDPOINT, namespace, name)


def workload(name: str, *, profiles: tuple[str, ...] = ("open",), namespace: str = NAMESPACE) -> WorkloadEndpoint:
    """A member of the cast with an address of each family and the label `name`."""
    return WorkloadEndpoint(
        endpoint_key(name, namespace),
        node=HOST if name.startswith("w") else "node-2",
        interface=f"cali{name}",
        metadata=Metadata(labels={"name": name}),
        orchestrator="k8s",
        addresses=tuple(address(name, family) for family in Family),
        profiles=profiles,
    )


OPEN = Profile(Key(Kind.PROFILE, "", "open"), ingress=(ALLOW,), egress=(ALLOW,))


def world(*extra: Resource, profiles: tuple[str, ...] = ("open",)) -> World:
    """The cast with a profile that allows all, and what is added; the later of one key replaces the earlier."""
    workloads = (workload(name, profiles=profiles) for name in ("w0", "w1", "w2", "r0"))
    cast: list[Resource] = [OPEN, *workloads, *extra]
    return {resource.key: resource for resource in cast}


def policy(
    name: str,
    selector: str,
    types: tuple[Direction, ...],
    rules: tuple[Rule, ...] | Mapping[Direction, tuple[Rule, ...]] = (),
    *,
    tier: str = "default",
    order: float | None = None,
) -> Policy:
    """A policy with rules by direction, or the same for each of its types; global, or `namespace/name`."""
    namespace, _, short = name.rpartition("/")
    by_direction = rules if isinstance(rules, Mapping) else dict.fromkeys(types, rules)
    return Policy(
        Key(Kind.NETWORK_POLICY if namespace else Kind.GLOBAL_NETWORK_POLICY, namespace, short),
        tier=tier,
        order=order,
        selector=selector,
        types=types,
        ingress=by_direction.get(INGRESS, ()),
        egress=by_direction.get(EGRESS, ()),
    )


def source(action: Action, **asked: object) -> Rule:
    """A rule about the source; `selector="..."`, `nets=(...)` and so on as in `EntityMatch`."""
    return Rule(action, source=EntityMatch(**asked))  # type: ignore[arg-type] # names and types of EntityMatch


def destination(action: Action, **asked: object) -> Rule:
    """A rule about the destination."""
    return Rule(action, destination=EntityMatch(**asked))  # type: ignore[arg-type] # as above


def tier(name: str, order: float | None, default_action: Action = Action.DENY) -> Tier:
    return Tier(Key(Kind.TIER, "", name), order=order, default_action=default_action)


def network_set(name: str, labels: dict[str, str], *nets: str) -> NetworkSet:
    """A network set; global, or `namespace/name`."""
    namespace, _, short = name.rpartition("/")
    key = Key(Kind.NETWORK_SET if namespace else Kind.GLOBAL_NETWORK_SET, namespace, short)
    return NetworkSet(key, Metadata(labels=labels), tuple(net(each) for each in nets))


def flow(sender: str, receiver: str, family: Family = Family.V4, protocol: int = TCP, port: int = PORT) -> Flow:
    """A connection between two members of the cast, each under its own address."""
    return Flow(
        address(sender, family),
        address(receiver, family),
        protocol,
        source_port=40000 if port else 0,
        destination_port=port,
        sender=PLACES.get(sender) or endpoint_key(sender),
        receiver=PLACES.get(receiver) or endpoint_key(receiver),
    )


def expect(text: str, families: tuple[Family, ...] = tuple(Family)) -> tuple[tuple[Flow, Verdict], ...]:
    """What `w1>w0 ok, w2>w0 no` says, for TCP to the usual port in each family."""
    expected = []
    for clause in text.split(","):
        pair, word = clause.split()
        sender, receiver = pair.split(">")
        verdict = {"ok": Verdict.ALLOW, "no": Verdict.DENY}[word]
        expected += [(flow(sender, receiver, family), verdict) for family in families]
    return tuple(expected)
