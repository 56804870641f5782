"""Host endpoints: which one governs an interface, and what a host keeps whatever they say.

Part of the specification in `semantics.py`, and as plain as that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.spec.matching import ICMP
from tests.spec.view import World
from tortie.model import Direction, FailsafePort, Family, Flow, HostEndpoint, Place, PolicyClass

DISCOVERY = (2, 130, 131, 132, 133, 134, 135, 136, 143)


def governing(world: World, interface: str) -> HostEndpoint | None:
    """The host endpoint of an interface, else that of all interfaces; the lowest name of several [E3.1].

    One with a name is for that name alone, one without for whoever carries an expected address. No host endpoint
    governs the loopback, and none but that of all interfaces a workload's.
    """
    if interface == "lo":
        return None
    mine = [each for each in world.host_endpoints() if is_for(world, each, interface)]
    every = [each for each in world.host_endpoints() if each.interface == "*"]
    found = sorted(mine, key=lambda each: each.key.name) or sorted(every, key=lambda each: each.key.name)
    return found[0] if found else None


def is_for(world: World, endpoint: HostEndpoint, interface: str) -> bool:
    """Is a host endpoint for this very interface?"""
    if not interface or interface.startswith(world.settings.interface_prefixes) or is_excluded(world, interface):
        return False
    if endpoint.interface:
        return endpoint.interface == interface
    return any(address in world.interfaces.get(interface, ()) for address in endpoint.expected_addresses)


def is_excluded(world: World, interface: str) -> bool:
    """Is it an interface that no host endpoint matches, by its name or by a regular expression [A1.12]?"""
    entries = world.settings.interface_exclude
    patterns = [each[1:-1] for each in entries if each.startswith("/")]
    return interface in entries or any(re.search(pattern, interface) for pattern in patterns)


def privilege(world: World, flow: Flow, policy_class: PolicyClass, direction: Direction) -> str:
    """What lets a packet past a list whatever it says, "" for nothing: never forwarded packets [E3.2, E3.3].

    Neighbour discovery and path MTU discovery are, where Calico refuses them. Before connections are tracked, answers
    of failsafe ports count too.
    """
    if policy_class is PolicyClass.FORWARD:
        return ""
    if is_discovery(flow):
        return "host-discovery"
    settings = world.settings
    peer = flow.source if direction is Direction.INGRESS else flow.destination
    inbound, outbound = settings.failsafe_inbound, settings.failsafe_outbound
    is_raw = policy_class is PolicyClass.UNTRACKED
    if direction is Direction.INGRESS:
        if is_failsafe(inbound, flow.protocol, flow.destination_port, peer):
            return "failsafe-inbound"
        return "failsafe-outbound" if is_raw and is_failsafe(outbound, flow.protocol, flow.source_port, peer) else ""
    if is_failsafe(outbound, flow.protocol, flow.destination_port, peer):
        return "failsafe-outbound"
    return "failsafe-inbound" if is_raw and is_failsafe(inbound, flow.protocol, flow.source_port, peer) else ""


def is_discovery(flow: Flow) -> bool:
    """Is it ICMP that hosts need to find their neighbours, or the size of packets that a path takes?"""
    if flow.protocol != ICMP[flow.family]:
        return False
    return flow.icmp_type in DISCOVERY if flow.family is Family.V6 else (flow.icmp_type, flow.icmp_code) == (3, 4)


def is_failsafe(ports: Iterable[FailsafePort], protocol: int, port: int, peer: bytes) -> bool:
    """Is it one of these ports, from or to where the port is meant for?"""
    for each in ports:
        if (each.protocol, each.port) == (protocol, port) and (each.net is None or each.net.covers(peer)):
            return True
    return False


def came_in_by(world: World, flow: Flow) -> str:
    """The interface a packet comes in by: a workload's own, or the one that is told."""
    sender = world.local(flow.sender)
    return sender.interface if sender else flow.in_interface


def leaves_by(world: World, flow: Flow) -> str:
    """The interface a packet leaves by."""
    receiver = world.local(flow.receiver) if flow.receiver is not Place.HOST else None
    return receiver.interface if receiver else flow.out_interface
