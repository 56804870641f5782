"""Random worlds: resources of every kind out of small alphabets, so that they meet."""

from __future__ import annotations

from tests.spec.dice import Dice, chance, pick, some
from tests.spec.rules import OUTSIDE, POOLS, SETS, prefix, rules
from tests.spec.semantics import HOST
from tests.spec.texts import ACCOUNTS, LABELS, NAMES, NAMESPACE_LABELS, VALUES, label_map, selector
from tortie.model import (
    ALL_INTERFACES,
    DEFAULT_ALLOW_PROFILE,
    NAMESPACE_PREFIX,
    SERVICE_ACCOUNT_PREFIX,
    Action,
    BGPConfiguration,
    Direction,
    Encapsulation,
    EndpointPort,
    EndpointSlice,
    HostEndpoint,
    HostEndpointTemplate,
    IPPool,
    Key,
    Kind,
    KubeControllersConfiguration,
    Metadata,
    NetworkSet,
    Node,
    Policy,
    Profile,
    Protocol,
    Resource,
    Rule,
    StagedAction,
    Tier,
    Update,
    WorkloadEndpoint,
    parse_prefix,
)

World = dict[Key, Resource]

TIERS = ("default", "first", "second", "kube-admin")
POLICY_TIERS = ("default", "first", "default", "second", "ghost", "kube-admin")
ORDERS = (None, 10.0, 10.0, 10.0, -1.0, 0.5)
POLICY_NAMES = ("a", "a-b", "a.b", "b")
ENDPOINTS = tuple(
    Key(kind, namespace, name)
    for namespace in NAMES
    for kind, name in ((Kind.WORKLOAD_ENDPOINT, "w0"), (Kind.WORKLOAD_ENDPOINT, "w1"), (Kind.POD, "p0"))
)
POLICIES = (
    *(Key(Kind.NETWORK_POLICY, namespace, name) for namespace in NAMES for name in POLICY_NAMES),
    *(Key(Kind.GLOBAL_NETWORK_POLICY, "", name) for name in POLICY_NAMES),
    *(Key(Kind.KUBERNETES_NETWORK_POLICY, namespace, "a") for namespace in NAMES),
    *(Key(Kind.STAGED_NETWORK_POLICY, namespace, "a") for namespace in NAMES),
    *(Key(Kind.STAGED_GLOBAL_NETWORK_POLICY, "", name) for name in ("a", "c")),
    Key(Kind.STAGED_KUBERNETES_NETWORK_POLICY, NAMES[0], "a"),
)
GLOBAL_KINDS = (Kind.GLOBAL_NETWORK_POLICY, Kind.STAGED_GLOBAL_NETWORK_POLICY)
KUBERNETES_KINDS = (Kind.KUBERNETES_NETWORK_POLICY, Kind.STAGED_KUBERNETES_NETWORK_POLICY)
STAGED_KINDS = (
    Kind.STAGED_NETWORK_POLICY,
    Kind.STAGED_GLOBAL_NETWORK_POLICY,
    Kind.STAGED_KUBERNETES_NETWORK_POLICY,
)
SPACES = tuple(Key(Kind.NAMESPACE, "", name) for name in NAMES)
SERVICE_ACCOUNTS = tuple(Key(Kind.SERVICE_ACCOUNT, space, name) for space in NAMES for name in ACCOUNTS)
PROFILES = tuple(Key(Kind.PROFILE, "", name) for name in ("shared", "mute", "kns.red"))
TIER_KEYS = tuple(Key(Kind.TIER, "", name) for name in TIERS)
SET_KEYS = (
    *(Key(Kind.GLOBAL_NETWORK_SET, "", name) for name in ("g0", "g1")),
    *(Key(Kind.NETWORK_SET, space, "s") for space in NAMES),
)
HOSTS = tuple(Key(Kind.HOST_ENDPOINT, "", name) for name in ("h0", "h1", "h2", "h3", f"{HOST}-auto-hep"))
INTERFACES = ("eth0", ALL_INTERFACES, "eth1", "eth0", ALL_INTERFACES, "eth1", "", "lo", "cali0")
CONTROLLERS = (Key(Kind.KUBE_CONTROLLERS_CONFIGURATION, "", "default"),)
SLICES = tuple(Key(Kind.ENDPOINT_SLICE, space, name) for space in NAMES for name in ("web-1", "web-2"))
NODES = tuple(Key(Kind.NODE, "", name) for name in (HOST, "node-2", "node-3"))
IP_POOLS = tuple(Key(Kind.IP_POOL, "", name) for name in ("p0", "p1"))
ROUTERS = tuple(Key(Kind.BGP_CONFIGURATION, "", name) for name in ("default", f"node.{HOST}"))
SERVICE_NETS = ("10.0.0.8/31", "192.0.2.0/24", "192.0.2.7/32", "fd00::8/127", "2001:db8::/32")
EVERY_KEY = (
    *(*ENDPOINTS, *HOSTS, *SLICES, *POLICIES, *SPACES, *SERVICE_ACCOUNTS, *PROFILES, *TIER_KEYS, *SET_KEYS),
    *(*NODES, *IP_POOLS, *ROUTERS, *CONTROLLERS),
)


def build_world(dice: Dice) -> World:
    """One to three namespaces with endpoints on two hosts, network sets, tiers and policies."""
    spaces = {"", *some(dice, NAMES, 3, 1)}

    def here(keys: tuple[Key, ...]) -> list[Key]:
        return [key for key in keys if key.namespace in spaces]

    keys = [
        *some(dice, here(ENDPOINTS), 6, 2),
        *some(dice, here(SLICES), 3),
        *some(dice, HOSTS, 4, 1 if chance(dice, 60) else 0),
        *some(dice, here(POLICIES), 8, 1),
        *(key for key in SPACES if not chance(dice, 8)),
        *some(dice, here(SERVICE_ACCOUNTS), 3),
        *some(dice, PROFILES, 3),
        *some(dice, TIER_KEYS, 4),
        *some(dice, here(SET_KEYS), 4),
        *some(dice, NODES, 3),
        *(some(dice, IP_POOLS, 2, 1) if chance(dice, 50) else ()),
        *(some(dice, ROUTERS, 2) if chance(dice, 20) else ()),
        *(CONTROLLERS if chance(dice, 30) else ()),
    ]
    return {key: build(dice, key) for key in keys}


def build_changes(dice: Dice, world: World) -> tuple[Update, ...]:
    """Up to eight updates: what is there goes or is another, what was not there comes, now and then the same again."""
    changes: list[Update] = []
    for _ in range(1 + dice.number(7)):
        if changes and chance(dice, 10):
            changes.append(pick(dice, changes))
            continue
        key = pick(dice, EVERY_KEY) if not world or chance(dice, 40) else pick(dice, sorted(world))
        changes.append(Update(key, None if chance(dice, 25) else build(dice, key)))
    return tuple(changes)


def build_arrival(dice: Dice, world: World) -> tuple[Update, ...]:
    """The world as updates in random order, some of them twice, some after another value, some after their removal."""
    updates: list[Update] = []
    for key in some(dice, sorted(world), len(world), len(world)):
        if chance(dice, 15):
            updates.append(Update(key, build(dice, key) if chance(dice, 50) else None))
        updates.append(Update(key, world[key]))
    repeated = [pick(dice, updates) for _ in range(dice.number(3))] if updates else []
    return (*updates, *(Update(update.key, world[update.key]) for update in repeated))


def after(world: World, updates: tuple[Update, ...]) -> World:
    """The world once all updates have come: the last of a key is all that counts."""
    result = dict(world)
    for update in updates:
        result.pop(update.key, None)
        if update.value is not None:
            result[update.key] = update.value
    return result


def build(dice: Dice, key: Key) -> Resource:
    """A resource to be stored under a key."""
    for keys, builder in (
        (ENDPOINTS, build_endpoint),
        (HOSTS, build_host_endpoint),
        (POLICIES, build_policy),
        (SLICES, build_slice),
        (NODES, build_node),
        (IP_POOLS, build_pool),
        (ROUTERS, build_router),
        (CONTROLLERS, build_controllers),
    ):
        if key in keys:
            return builder(dice, key)
    if key in SET_KEYS:
        nets = tuple(prefix(dice, pick(dice, SETS)) for _ in range(dice.number(3)))
        return NetworkSet(key, Metadata(labels=label_map(dice)), nets)
    if key in TIER_KEYS:
        order = pick(dice, (100.0, 100.0, 50.0, None, 1_000_000.0))
        return Tier(key, order=order, default_action=pick(dice, (Action.DENY, Action.PASS)))
    return build_profile(dice, key)


def build_profile(dice: Dice, key: Key) -> Profile:
    """What a namespace, a service account or a profile of the user's own says."""
    allow = (Rule(Action.ALLOW),)
    if key.kind is Kind.NAMESPACE:
        labels = {**label_map(dice), "projectcalico.org/name": key.name}
        applied = {NAMESPACE_PREFIX + name: value for name, value in labels.items()}
        return Profile(Key(Kind.PROFILE, "", f"kns.{key.name}"), ingress=allow, egress=allow, labels_to_apply=applied)
    if key.kind is Kind.SERVICE_ACCOUNT:
        labels = {**label_map(dice), "projectcalico.org/name": key.name}
        applied = {SERVICE_ACCOUNT_PREFIX + name: value for name, value in labels.items()}
        return Profile(Key(Kind.PROFILE, "", f"ksa.{key.namespace}.{key.name}"), labels_to_apply=applied)
    ingress = rules(dice, Direction.INGRESS, is_global=True, most=2)
    egress = rules(dice, Direction.EGRESS, is_global=True, most=2)
    return Profile(key, ingress=ingress, egress=egress, labels_to_apply=label_map(dice))


def build_endpoint(dice: Dice, key: Key) -> WorkloadEndpoint:
    """An endpoint with addresses of both families, mostly its own and mostly here."""
    index = ENDPOINTS.index(key)
    addresses = {pool[index] for pool in POOLS if not chance(dice, 10)}
    addresses.update(pick(dice, pool) for pool in POOLS if chance(dice, 15))
    alike = chance(dice, 25)  # replicas, which the engine keeps as one
    account = "" if alike or chance(dice, 40) else pick(dice, ACCOUNTS)
    profiles = [f"kns.{key.namespace}", *([f"ksa.{key.namespace}.{account}"] if account else [])]
    if not alike and chance(dice, 20):
        profiles = list(some(dice, ("shared", "kns.red", "mute", "gone", DEFAULT_ALLOW_PROFILE.key.name), 3))
    spoofed = {f"{NAMESPACE_PREFIX}a": "x"} if chance(dice, 8) else {}
    return WorkloadEndpoint(
        Key(Kind.WORKLOAD_ENDPOINT, key.namespace, key.name),
        node="node-2" if chance(dice, 25) else HOST,
        interface="cali0" if chance(dice, 5) else f"cali{index}",
        metadata=Metadata(labels=dict.fromkeys(LABELS, VALUES[0]) if alike else {**label_map(dice), **spoofed}),
        orchestrator="k8s",
        service_account=account,
        addresses=() if chance(dice, 3) else tuple(sorted(addresses)),
        profiles=tuple(profiles),
        ports=() if alike else tuple(build_port(dice) for _ in range(dice.number(2))),
        allowed_sources=(prefix(dice, pick(dice, SETS)),) if chance(dice, 4) else (),
        active=not chance(dice, 4),
    )


def build_host_endpoint(dice: Dice, key: Key) -> HostEndpoint:
    """A host endpoint of one interface or of all, mostly here, with addresses that others may have too."""
    interface = pick(dice, INTERFACES)
    addresses = some(dice, [*POOLS[0][6:], *POOLS[1][6:]], 2, 0 if interface else 1)
    spoofed = {"projectcalico.org/namespace": "red"} if chance(dice, 8) else {}
    return HostEndpoint(
        key,
        node="node-2" if chance(dice, 20) else HOST,
        interface=interface,
        metadata=Metadata(labels={**label_map(dice), **spoofed}),
        expected_addresses=addresses,
        profiles=some(dice, ("shared", "mute", "gone", DEFAULT_ALLOW_PROFILE.key.name), 2),
        ports=tuple(build_port(dice) for _ in range(dice.number(2))),
    )


def build_controllers(dice: Dice, key: Key) -> KubeControllersConfiguration:
    """What asks for automatic host endpoints, now and then with a template."""
    template = HostEndpointTemplate(
        "t",
        nets=tuple(parse_prefix(pick(dice, SETS)) for _ in range(dice.number(2))),
        pattern=pick(dice, ("", "", "eth0", "^eth[01]$")),
        node_selector="" if chance(dice, 60) else selector(dice, depth=1),
        labels=label_map(dice),
    )
    templates = (template,) if chance(dice, 50) else ()
    return KubeControllersConfiguration(
        key, auto_create=not chance(dice, 15), default=not chance(dice, 25), templates=templates
    )


def build_slice(dice: Dice, key: Key) -> EndpointSlice:
    """A slice of the service `web`, with addresses that endpoints may have."""
    addresses = some(dice, [*POOLS[0], *POOLS[1]], 4)
    ports = tuple(build_port(dice) for _ in range(dice.number(2)))
    return EndpointSlice(key, service="" if chance(dice, 10) else "web", addresses=addresses, ports=ports)


def build_node(dice: Dice, key: Key) -> Node:
    """A host with addresses of its own, which workloads and strangers may have too, and of its tunnels."""
    outer = some(dice, [*POOLS[0][5:], *POOLS[1][5:], *OUTSIDE[0][:2], *OUTSIDE[1][:2]], 5)
    carried = tuple((name, some(dice, outer, 2)) for name in some(dice, ("eth0", "eth1"), 2))
    return Node(key, Metadata(labels=label_map(dice)), (*outer, *some(dice, POOLS[0][:5], 1)), outer, carried)


def build_pool(dice: Dice, key: Key) -> IPPool:
    """A pool whose packets may be wrapped, in one way or two."""
    wrapping = frozenset(some(dice, (Encapsulation.VXLAN, Encapsulation.IPIP), 2, 0 if chance(dice, 10) else 1))
    return IPPool(key, Metadata(), None if chance(dice, 5) else prefix(dice, pick(dice, SETS)), wrapping)


def build_router(dice: Dice, key: Key) -> BGPConfiguration:
    """Addresses of services, which may be those of workloads, and overlap."""
    nets = some(dice, SERVICE_NETS, 3)
    return BGPConfiguration(key, Metadata(), tuple((parse_prefix(each), "serviceClusterIPs") for each in nets))


def build_interfaces(dice: Dice) -> dict[str, frozenset[bytes]]:
    """The interfaces of the host, with addresses that host endpoints expect."""
    names = some(dice, ("eth0", "eth1", "lo", "cali0"), 4)
    return {name: frozenset(some(dice, [*POOLS[0][6:], *POOLS[1][6:]], 2)) for name in names}


def build_port(dice: Dice) -> EndpointPort:
    """A named port, with few names and numbers."""
    protocol = Protocol(pick(dice, (6, 17, 132)))
    return EndpointPort(pick(dice, ("http", "dns", "")), protocol, pick(dice, (80, 81, 8000)))


def build_policy(dice: Dice, key: Key) -> Policy:
    """A valid policy of any kind."""
    is_global = key.kind in GLOBAL_KINDS
    is_kubernetes = key.kind in KUBERNETES_KINDS
    types = pick(dice, ((Direction.INGRESS, Direction.EGRESS), (Direction.INGRESS,), (Direction.EGRESS,)))
    only = (Action.ALLOW,) if is_kubernetes else None
    lists = pick(dice, ("normal", "forward", "untracked", "pre-dnat") if is_global else ("normal",))
    if lists == "pre-dnat":
        types = (Direction.INGRESS,)
    return Policy(
        key,
        tier="default" if is_kubernetes else pick(dice, POLICY_TIERS),
        order=1000.0 if is_kubernetes else pick(dice, ORDERS),
        selector="" if chance(dice, 45 if lists == "normal" else 75) else selector(dice, depth=1),
        namespace_selector=selector(dice, NAMESPACE_LABELS, 1) if is_global and chance(dice, 15) else "",
        service_account_selector=selector(dice, NAMESPACE_LABELS, 1) if chance(dice, 15) else "",
        types=types,
        ingress=rules(dice, Direction.INGRESS, is_global=is_global, only=only),
        egress=rules(dice, Direction.EGRESS, is_global=is_global, only=only),
        do_not_track=lists == "untracked",
        pre_dnat=lists == "pre-dnat",
        apply_on_forward=lists != "normal",
        staged=pick(dice, tuple(StagedAction)) if key.kind in STAGED_KINDS else None,
    )
