"""Tunnels between hosts, and packets to services that nobody has.

Part of the specification in `semantics.py`, and as plain as that.
"""

from __future__ import annotations

from tests.spec.story import Decision
from tests.spec.view import World
from tortie.model import (
    BGPConfiguration,
    Encapsulation,
    Family,
    Flow,
    IPPool,
    Node,
    Place,
    ServiceLoopPrevention,
    Verdict,
)

UDP, IPIP = 17, 4


def wrapped_in(world: World, flow: Flow) -> str:
    """The tunnel that a packet is of, by how the hosts of the cluster wrap packets; "" for none [E2.2, A1.12]."""
    settings, family = world.settings, flow.family
    if flow.protocol == IPIP and family is Family.V4:
        said = settings.ipip_enabled
        return "ipip" if (pools_wrap(world, Encapsulation.IPIP, family) if said is None else said) else ""
    if flow.protocol != UDP:
        return ""
    if flow.destination_port == settings.vxlan_port:
        by_pools = pools_wrap(world, Encapsulation.VXLAN, family)
        said = settings.vxlan_enabled
        if said or (by_pools and (said is None or family is Family.V6)):
            return "vxlan"
    return "wireguard" if (family, flow.destination_port) in settings.wireguard_ports else ""


def pools_wrap(world: World, how: Encapsulation, family: Family) -> bool:
    """Has any pool of a family packets wrapped so?"""
    pools = [each for each in world.resources.values() if isinstance(each, IPPool)]
    return any(each.net is not None and each.net.family is family and how in each.encapsulations for each in pools)


def is_host(world: World, address: bytes) -> bool:
    """Is it an address of a host of the cluster, or of one outside that counts like them?"""
    nodes = [each for each in world.resources.values() if isinstance(each, Node)]
    return any(address in each.outer for each in nodes) or any(
        net.covers(address) for net in world.settings.external_nodes
    )


def tunnel_in(world: World, flow: Flow) -> Decision | None:
    """What becomes of a tunnel's packet to this host, whatever policy says; a workload is no host [E2.2, E3.4]."""
    tunnel, is_beyond = wrapped_in(world, flow), flow.sender is Place.ELSEWHERE
    if not tunnel or flow.in_interface == "lo":
        return None
    if tunnel == "wireguard":  # it proves who sent it
        return Decision(Verdict.ALLOW, "tunnel") if is_beyond else None
    if is_beyond and is_host(world, flow.source):
        return Decision(Verdict.ALLOW, "tunnel")
    return Decision(Verdict.DENY, "foreign-tunnel")


def tunnel_out(world: World, flow: Flow) -> Decision | None:
    """Does the host send a tunnel's packet to a host [E2.2]?"""
    tunnel = wrapped_in(world, flow)
    if tunnel == "wireguard" or (tunnel and is_host(world, flow.destination)):
        return Decision(Verdict.ALLOW, "tunnel")
    return None


def service_loop(world: World, flow: Flow) -> Decision | None:
    """Does a forwarded packet go to a service's address that nothing has translated [E2.2, E2.9]?"""
    if world.settings.service_loop_prevention is ServiceLoopPrevention.DISABLED or flow.untranslated is not None:
        return None
    for value in world.resources.values():
        nets = value.service_nets if isinstance(value, BGPConfiguration) and value.key.name == "default" else ()
        if any(net.covers(flow.destination) for net, _ in nets):
            return Decision(Verdict.DENY, "service-loop")
    return None
