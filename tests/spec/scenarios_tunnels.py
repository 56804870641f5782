"""Acceptance scenarios of tunnels between hosts, and of packets to services that nobody has."""

from __future__ import annotations

from dataclasses import replace

from tests.spec.cast import (
    BOTH,
    DENY,
    EGRESS,
    INGRESS,
    PORT,
    TCP,
    UPLINK,
    Flows,
    Scenario,
    address,
    expect,
    flow,
    forwarded,
    host_endpoint,
    policy,
    pre_dnat,
    sent,
    translated,
    untracked,
    world,
)
from tortie.model import (
    Action,
    BGPConfiguration,
    Encapsulation,
    EntityMatch,
    Family,
    Flow,
    IPPool,
    Key,
    Kind,
    Metadata,
    Node,
    Place,
    PortRange,
    Protocol,
    Resource,
    Rule,
    ServiceLoopPrevention,
    Settings,
    Verdict,
    parse_address,
    parse_prefix,
)

__all__ = ["TUNNELS"]

VXLAN, IPIP, _ = Encapsulation
VXLAN_PORT, WIREGUARD_PORT, UDP, IN_IP = 4789, 51820, 17, 4
HOST = "name == 'host'"
SERVICE_PORT = Rule(Action.ALLOW, protocol=Protocol(TCP), destination=EntityMatch(ports=(PortRange(PORT, PORT),)))


def node(name: str, member: str) -> Node:
    """A host whose addresses are those of a member of the cast, of both families."""
    addresses = tuple(address(member, family) for family in Family)
    return Node(Key(Kind.NODE, "", name), Metadata(), addresses, addresses)


NEAR, FAR = node("node-1", "host"), node("node-2", "r0")
POOLS = tuple(
    IPPool(Key(Kind.IP_POOL, "", f"pool-{number}"), Metadata(), parse_prefix(net), frozenset({VXLAN, IPIP}))
    for number, net in enumerate(("10.65.0.0/16", "fd65::/64"))
)


def tunnelled(
    text: str, *, protocol: int = UDP, port: int = VXLAN_PORT, families: tuple[Family, ...] = tuple(Family)
) -> Flows:
    """What `r0>host ok` says of a tunnel's packets."""
    found = []
    for asked, verdict in expect(text, families):
        found.append(
            (replace(asked, protocol=protocol, source_port=40000 if port else 0, destination_port=port), verdict)
        )
    return tuple(found)


BETWEEN = (
    *tunnelled("r0>host ok, host>r0 ok, out>host no, host>out no"),
    *tunnelled("r0>host ok, host>r0 ok, out>host no, host>out no", protocol=IN_IP, port=0, families=(Family.V4,)),
    *expect("w0>r0 ok, r0>w0 ok, host>w0 ok, host>r0 no, r0>host no"),
    *sent("r0>host:22 ok"),
)
"""What two hosts that deny by default do, where they use both tunnels."""

CLOSED: tuple[tuple[str, tuple[Resource, ...]], ...] = (
    ("untracked policy", (host_endpoint(), untracked(policy("p", HOST, BOTH, (DENY,))))),
    ("pre-DNAT policy", (host_endpoint(), pre_dnat(policy("p", HOST, (INGRESS,), (DENY,))))),
)

HOSTS: tuple[Scenario, ...] = (
    *(
        Scenario(131, f"pools wrap, {kind}", world(host_endpoint(kind), NEAR, FAR, *POOLS), BETWEEN)
        for kind in (UPLINK, "*")
    ),
    *(
        Scenario(
            131,
            f"the settings say so, {kind}",
            world(host_endpoint(kind), NEAR, FAR),
            BETWEEN,
            Settings(vxlan_enabled=True, ipip_enabled=True),
        )
        for kind in (UPLINK, "*")
    ),
    Scenario(
        131,
        "nobody wraps",
        world(host_endpoint(), NEAR, FAR),
        (*tunnelled("r0>host no, host>r0 no"), *tunnelled("r0>host no", protocol=IN_IP, port=0)),
    ),
    Scenario(
        131,
        "the settings say no",
        world(host_endpoint(), NEAR, FAR, *POOLS),
        (
            *tunnelled("r0>host no", families=(Family.V4,)),
            *tunnelled("r0>host ok, out>host no", families=(Family.V6,)),
            *tunnelled("r0>host no", protocol=IN_IP, port=0),
        ),
        Settings(vxlan_enabled=False, ipip_enabled=False),
    ),
    Scenario(
        131,
        "another port",
        world(host_endpoint(), NEAR, FAR, *POOLS),
        (*tunnelled("r0>host no"), *tunnelled("r0>host ok, out>host no", port=8472)),
        Settings(vxlan_port=8472),
    ),
    Scenario(
        131,
        "WireGuard is let in from everywhere",
        world(host_endpoint(), NEAR, FAR),
        (
            *tunnelled("r0>host ok, out>host ok, host>out ok", port=WIREGUARD_PORT, families=(Family.V4,)),
            *tunnelled("r0>host no", port=WIREGUARD_PORT, families=(Family.V6,)),
            *tunnelled("w0>host no", port=WIREGUARD_PORT, families=(Family.V4,)),
        ),
        Settings(wireguard_ports=((Family.V4, WIREGUARD_PORT),)),
    ),
    *(
        Scenario(131, f"what comes earlier is asked: {name}", world(*ends, NEAR, FAR, *POOLS), tunnelled("r0>host no"))
        for name, ends in CLOSED
    ),
    *(
        Scenario(
            132,
            f"a host to a pod of another through a service, {kind}",
            world(host_endpoint(kind), NEAR, FAR, *POOLS, policy("p", HOST, (EGRESS,), (SERVICE_PORT,))),
            (*translated("host>r0 ok"), *sent("host>r0:8056 no"), *tunnelled("host>r0 ok, r0>host ok, out>host no")),
        )
        for kind in (UPLINK, "*")
    ),
    Scenario(
        133,
        "a host that nobody knows any more",
        world(host_endpoint(), NEAR, *POOLS),
        (*tunnelled("r0>host no, host>r0 no"), *tunnelled("r0>host no", protocol=IN_IP, port=0)),
    ),
    Scenario(
        133,
        "strangers, where nothing else is policed",
        world(NEAR, FAR, *POOLS),
        (
            *tunnelled("r0>host ok, out>host no, host>out ok"),
            *tunnelled("out>host no", protocol=IN_IP, port=0, families=(Family.V4,)),
            *expect("out>host ok"),
        ),
    ),
    Scenario(
        133,
        "a host outside the cluster",
        world(host_endpoint(), NEAR, *POOLS),
        (
            *tunnelled("r0>host ok, host>r0 ok, out>host no", families=(Family.V4,)),
            *tunnelled("r0>host no", families=(Family.V6,)),
        ),
        Settings(external_nodes=(parse_prefix("10.65.0.16/28"),)),
    ),
    Scenario(
        134,
        "a workload is no host, even where it may send tunnels' packets",
        world(NEAR, FAR, *POOLS),
        (*tunnelled("w0>host no, w0>r0 ok"), *tunnelled("w0>host no, w0>r0 ok", protocol=IN_IP, port=0)),
        Settings(allow_vxlan_from_workloads=True, allow_ipip_from_workloads=True),
    ),
)

SERVICES = BGPConfiguration(
    Key(Kind.BGP_CONFIGURATION, "", "default"),
    service_nets=(
        (parse_prefix("10.96.0.0/12"), "serviceClusterIPs"),
        (parse_prefix("fd96::/108"), "serviceClusterIPs"),
        (parse_prefix("203.0.113.7/32"), "serviceExternalIPs"),
        (parse_prefix("198.51.100.0/24"), "serviceLoadBalancerIPs"),
    ),
)


def to(text: str, sender: str = "out", *, is_translated: bool = False) -> tuple[Flow, ...]:
    """A packet to an address, through the host; or one that was sent there, and translated to w0."""
    family = Family.V6 if ":" in text else Family.V4
    there = parse_address(text)
    asked = flow(sender, "w0" if is_translated else "out", family)
    if is_translated:
        return (replace(asked, untranslated=(there, 80)),)
    return (replace(asked, destination=there),)


ADDRESSES = ("10.96.0.1", "fd96::1", "203.0.113.7", "198.51.100.250")
OTHERS = ("203.0.113.8", "10.112.0.1", "fd96:1::1")


def said(addresses: tuple[str, ...], verdict: Verdict, *, is_translated: bool = False) -> Flows:
    return tuple(
        (asked, verdict)
        for text in addresses
        for sender in ("out", "w1")
        for asked in to(text, sender, is_translated=is_translated)
    )


LOOPS: tuple[Scenario, ...] = (
    *(
        Scenario(
            138,
            f"packets to services that nobody has, {prevention}",
            world(SERVICES),
            (
                *said(ADDRESSES, Verdict.ALLOW if prevention is ServiceLoopPrevention.DISABLED else Verdict.DENY),
                *said(OTHERS, Verdict.ALLOW),
                *said(ADDRESSES, Verdict.ALLOW, is_translated=True),
                *expect("out>host ok, host>out ok"),
            ),
            Settings(service_loop_prevention=prevention),
        )
        for prevention in ServiceLoopPrevention
    ),
    Scenario(138, "no addresses are known", world(), said(ADDRESSES, Verdict.ALLOW)),
    Scenario(
        138,
        "what one host says does not count",
        world(replace(SERVICES, key=Key(Kind.BGP_CONFIGURATION, "", "node.node-1"))),
        said(ADDRESSES, Verdict.ALLOW),
    ),
    Scenario(
        138,
        "policy may deny before",
        world(SERVICES, host_endpoint(), forwarded(policy("p", HOST, (INGRESS,), (DENY,)))),
        tuple((replace(each, sender=Place.ELSEWHERE), Verdict.DENY) for text in OTHERS for each in to(text)),
    ),
)

TUNNELS: tuple[Scenario, ...] = (*HOSTS, *LOOPS)
