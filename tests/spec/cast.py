"""The cast of the scenarios: three workloads here, one on another host, and words for who speaks to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tests.spec.semantics import HOST
from tortie.model import (
    Action,
    Direction,
    EndpointPort,
    EndpointSlice,
    EntityMatch,
    Family,
    Flow,
    HostEndpoint,
    Key,
    Kind,
    Metadata,
    NetworkSet,
    Place,
    Policy,
    Prefix,
    Profile,
    Protocol,
    Resource,
    Rule,
    Settings,
    StagedAction,
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

UPLINK = "eth0"
"""The interface by which the host speaks to all that is beyond it."""

World = Mapping[Key, Resource]
Flows = tuple[tuple[Flow, Verdict], ...]
WORDS = {"ok": Verdict.ALLOW, "no": Verdict.DENY}


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


def forwarded(mine: Policy) -> Policy:
    """A policy for forwarded traffic too."""
    return replace(mine, apply_on_forward=True)


def untracked(mine: Policy) -> Policy:
    return replace(mine, apply_on_forward=True, do_not_track=True)


def pre_dnat(mine: Policy) -> Policy:
    return replace(mine, apply_on_forward=True, pre_dnat=True)


def staged(mine: Policy, action: StagedAction = StagedAction.SET) -> Policy:
    """A policy that is only staged."""
    kind = Kind.STAGED_NETWORK_POLICY if mine.key.namespace else Kind.STAGED_GLOBAL_NETWORK_POLICY
    return replace(mine, key=Key(kind, mine.key.namespace, mine.key.name), staged=action)


def host_endpoint(interface: str = UPLINK, *, name: str = "host", profiles: tuple[str, ...] = ()) -> HostEndpoint:
    """A host endpoint of this host with the label `name: host`."""
    key = Key(Kind.HOST_ENDPOINT, "", name)
    addresses = tuple(address("host", family) for family in Family)
    return HostEndpoint(key, HOST, interface, Metadata(labels={"name": "host"}), addresses, profiles)


def endpoint_slice(name: str, *names: str, port: int = 80) -> EndpointSlice:
    """A slice `namespace/service` of TCP, with members of the cast."""
    namespace, _, service = name.rpartition("/")
    addresses = tuple(address(each, family) for each in names for family in Family)
    key = Key(Kind.ENDPOINT_SLICE, namespace, f"{service}-{'-'.join(names)}")
    return EndpointSlice(key, service=service, addresses=addresses, ports=(EndpointPort("", Protocol(TCP), port),))


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
        in_interface=UPLINK if PLACES.get(sender) is Place.ELSEWHERE else "",
        out_interface=UPLINK if PLACES.get(receiver) is Place.ELSEWHERE else "",
    )


def expect(text: str, families: tuple[Family, ...] = tuple(Family)) -> tuple[tuple[Flow, Verdict], ...]:
    """What `w1>w0 ok, w2>w0 no` says, for TCP to the usual port in each family."""
    expected = []
    for clause in text.split(","):
        pair, word = clause.split()
        sender, receiver = pair.split(">")
        expected += [(flow(sender, receiver, family), WORDS[word]) for family in families]
    return tuple(expected)


def sent(text: str, *, protocol: int = 6, source_port: int = 40000) -> Flows:
    """What `host>out:22 ok` says, in both families."""
    found = []
    for clause in text.split(","):
        pair, word = clause.split()
        ends, _, port = pair.partition(":")
        sender, receiver = ends.split(">")
        for family in Family:
            asked = flow(sender, receiver, family, protocol, int(port or 0))
            found.append((replace(asked, source_port=source_port if port else 0), WORDS[word]))
    return tuple(found)


def translated(text: str, port: int = 80) -> Flows:
    """As `expect`, of packets that were sent to a port of the host and translated on their way."""
    found = []
    for asked, verdict in expect(text):
        found.append((replace(asked, untranslated=(address("host", asked.family), port)), verdict))
    return tuple(found)
