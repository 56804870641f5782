"""How members are wired: a lab as batches of `ip` commands, one batch for each network namespace.

Every member hangs on a router by one link, and every link is alike: the router's end answers for the link-local
gateways 169.254.1.1 and fe80::ecee:eeff:feee:eeee, and has one route for each address of the member. Hosts route for
their workloads; the fabric routes for hosts and externals.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from tortie.lab.topology import Address, Lab, Member, Workload, WorkloadType

__all__ = [
    "DEVICE",
    "FABRIC",
    "Batch",
    "fabric_routes",
    "leaf",
    "namespace_name",
    "no_fabric_routes",
    "router_end",
    "router_up",
    "wiring",
]

FABRIC = "fabric"
DEVICE = "eth0"
ROUTER_MAC = "ee:ee:ee:ee:ee:ee"
GATEWAY_4 = "169.254.1.1"
GATEWAY_6 = "fe80::ecee:eeff:feee:eeee"
FABRIC_ADDRESSES = ("172.29.0.1/32", "fd00:29::1/128")  # where its "unreachable" comes from
_FOUR = 4


@dataclass(frozen=True, slots=True)
class Batch:
    """Commands for `ip -batch` inside one network namespace."""

    namespace: str
    lines: tuple[str, ...]


def namespace_name(lab: str, place: str) -> str:
    """Return the name of the network namespace of a member, by its `place`, or of the fabric.

    A lab's name has no dot and a place begins with its kind and a dot, so that no name belongs to two labs.
    """
    return f"tortie-{lab}-{place}"


def wiring(lab: Lab) -> tuple[tuple[Batch, ...], ...]:
    """Return the batches that wire a lab whose addresses are known: those of a later stage need the earlier ones.

    Taps are not made here: they must exist before the second stage.
    """
    fabric = [*_loopback(), *(f"address add {address} dev lo" for address in FABRIC_ADDRESSES)]
    outers: tuple[Member, ...] = (*lab.hosts, *lab.externals)
    for outer in outers:
        fabric += router_end(lab.name, outer)
    for workload in lab.workloads:
        fabric += fabric_routes(lab, workload)
    hosts = []
    for host in lab.hosts:
        lines = [*_loopback(), *_leaf_end(host)]
        for workload in lab.workloads:
            if workload.host == host.name:
                lines += router_end(lab.name, workload)
        hosts.append(Batch(namespace_name(lab.name, host.place), tuple(lines)))
    ends: tuple[Member, ...] = (*lab.externals, *lab.workloads)
    leaves = [leaf(lab.name, member) for member in ends]
    return (Batch(namespace_name(lab.name, FABRIC), tuple(fabric)),), tuple(hosts), tuple(leaves)


def router_end(lab: str, member: Member) -> Iterator[str]:
    """Yield the commands, in the namespace of its router, that make a member's link and route to it."""
    device = member.interface
    if isinstance(member, Workload) and member.type is WorkloadType.VM:
        yield f"link set dev {device} address {ROUTER_MAC}"
    else:
        peer = f"name {DEVICE} address {_mac(member)} netns {namespace_name(lab, member.place)}"
        yield f"link add name {device} address {ROUTER_MAC} type veth peer {peer}"
    yield f"link set dev {device} addrgenmode none"
    yield from router_up(member)


def router_up(member: Member) -> Iterator[str]:
    """Yield the commands that take a member's link up; the kernel forgets the routes when a link goes down."""
    device = member.interface
    yield f"link set dev {device} up"
    yield f"address replace {GATEWAY_6}/64 dev {device} nodad"
    for address in member.addresses:
        yield f"route replace {_exact(address)} dev {device}"


def leaf(lab: str, member: Member) -> Batch:
    """Return the commands, in a member's own namespace, that give it its addresses and its way out."""
    return Batch(namespace_name(lab, member.place), (*_loopback(), *_leaf_end(member)))


def _leaf_end(member: Member) -> Iterator[str]:
    """Yield the commands for the outer device of a member.

    The IPv4 gateway is a permanent neighbour; the IPv6 one is found by neighbour discovery, as in a real cluster.
    """
    if isinstance(member, Workload) and member.type is WorkloadType.VM:
        yield f"link set dev {DEVICE} address {_mac(member)}"
    yield f"link set dev {DEVICE} addrgenmode none"
    yield f"link set dev {DEVICE} up"
    for address in member.addresses:
        yield f"address add {_exact(address)} dev {DEVICE}{'' if address.version == _FOUR else ' nodad'}"
    yield f"address add {_link_local(_mac(member))}/64 dev {DEVICE} nodad"
    yield f"neighbour replace {GATEWAY_4} lladdr {ROUTER_MAC} dev {DEVICE} nud permanent"
    yield f"route replace {GATEWAY_4} dev {DEVICE} scope link"
    yield f"route replace default via {GATEWAY_4} dev {DEVICE}"
    yield f"route replace default via {GATEWAY_6} dev {DEVICE}"


def fabric_routes(lab: Lab, workload: Workload) -> Iterator[str]:
    """Yield the commands, in the fabric, that lead to a workload by way of its host."""
    host = lab.host(workload.host)
    for address in workload.addresses:
        hop = next(a for a in host.addresses if a.version == address.version)
        yield f"route replace {_exact(address)} via {hop} dev {host.interface} onlink"


def no_fabric_routes(workload: Workload) -> Iterator[str]:
    """Yield the commands, in the fabric, that forget the way to a workload."""
    for address in workload.addresses:
        yield f"route delete {_exact(address)}"


def _loopback() -> Iterator[str]:
    yield "link set dev lo up"


def _exact(address: Address) -> str:
    return f"{address}/{address.max_prefixlen}"


def _mac(member: Member) -> str:
    """Return a locally administered address that follows from the member's name."""
    digest = hashlib.sha1(member.place.encode(), usedforsecurity=False).digest()
    return ":".join(f"{byte:02x}" for byte in (2, *digest[:5]))


def _link_local(mac: str) -> str:
    """Return the IPv6 link-local address that belongs to a hardware address (RFC 4291, appendix A)."""
    first, *rest = bytes.fromhex(mac.replace(":", ""))
    identifier = bytes((first ^ 2, *rest[:2], 0xFF, 0xFE, *rest[2:]))
    return "fe80::" + ":".join(identifier[i : i + 2].hex() for i in range(0, 8, 2))
