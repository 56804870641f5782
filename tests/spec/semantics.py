"""What policy means: the rules of the specification, as slowly and plainly as they can be written.

Everything else is held to this file and its parts, `story`, `host`, `network`, `matching` and `view`. They ask every
question of every object again for every packet, and share nothing with the engine but the vocabulary and the selector
language.
Numbers in brackets are sections of the specification: E for enforcement, A for the API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.spec.host import came_in_by, governing, leaves_by, privilege
from tests.spec.matching import ICMP
from tests.spec.network import service_loop, tunnel_in, tunnel_out
from tests.spec.story import Decision, evaluate, governs, policies_in_order
from tests.spec.view import World
from tortie.model import (
    Direction,
    EndpointToHostAction,
    Family,
    Flow,
    Key,
    Place,
    PolicyClass,
    Resource,
    Settings,
    Verdict,
    WorkloadEndpoint,
    parse_prefix,
)

__all__ = ["HOST", "Decision", "Interfaces", "decide", "verdict"]

HOST = "node-1"
"""The host that packets pass; endpoints of this node are local."""

TCP = 6
UDP = 17
IPIP = 4
FINAL = ("neighbour-discovery", "openstack-service", "tunnel")
DISCOVERY = (130, 131, 132, 133, 135, 136)
LINK_LOCAL = parse_prefix("fe80::/10")


Interfaces = Mapping[str, frozenset[bytes]]


def verdict(
    resources: Mapping[Key, Resource],
    flow: Flow,
    settings: Settings,
    host: str = HOST,
    interfaces: Interfaces | None = None,
) -> Verdict:
    """What becomes of the first packet of a connection that passes one host."""
    return decide(resources, flow, settings, host, interfaces).verdict or Verdict.ALLOW


def decide(
    resources: Mapping[Key, Resource],
    flow: Flow,
    settings: Settings,
    host: str = HOST,
    interfaces: Interfaces | None = None,
) -> Decision:
    """The journey: whoever is asked on the way may deny, and that is final [E1.7, E3.2].

    What an untracked or pre-DNAT policy allows skips the lists of the same host endpoint that come later; at a workload
    and at the interface that a forwarded packet leaves by, policy is asked all the same.
    """
    world = World(resources, settings, host, interfaces or {})
    said = Decision(Verdict.ALLOW, "not-governed")
    logs: tuple[tuple[Key, Direction, int], ...] = ()
    is_exempt = False
    for stage in journey(flow):
        if is_exempt and stage in EXEMPTABLE:
            continue
        found = stage(world, flow)
        if found is None:
            continue
        logs += found.logs
        if found.verdict is not None:
            said = found
        if found.verdict is Verdict.DENY or found.by in FINAL:
            break
        is_exempt |= stage in EXEMPTING and found.verdict is Verdict.ALLOW and isinstance(found.by, Key)
    return Decision(said.verdict, said.by, said.index, logs)


Stage = Callable[[World, Flow], Decision | None]


def journey(flow: Flow) -> list[Stage]:
    """Who is asked, in order [E2.2, E3.2]."""
    if flow.sender is Place.HOST:
        if flow.receiver is Place.HOST:
            return [lambda _world, _flow: Decision(Verdict.ALLOW, "loopback")]
        if flow.receiver is not Place.ELSEWHERE:
            return [lambda _world, _flow: Decision(Verdict.ALLOW, "host-to-workload")]
        return [untracked_out, tunnel_out, normal_out]
    early: list[Stage] = [untracked_in] if flow.sender is Place.ELSEWHERE else [enter]
    early.append(pre_dnat)
    if flow.receiver is Place.HOST:
        return [*early, tunnel_in, *([normal_in] if flow.sender is Place.ELSEWHERE else [leave, reach_host])]
    return [*early, forward_in, leave, arrive, forward_out, service_loop]


def untracked_in(world: World, flow: Flow) -> Decision | None:
    return ask_host(world, untranslated(flow), Direction.INGRESS, PolicyClass.UNTRACKED)


def untracked_out(world: World, flow: Flow) -> Decision | None:
    return ask_host(world, untranslated(flow), Direction.EGRESS, PolicyClass.UNTRACKED)


def pre_dnat(world: World, flow: Flow) -> Decision | None:
    return ask_host(world, untranslated(flow), Direction.INGRESS, PolicyClass.PRE_DNAT)


def normal_in(world: World, flow: Flow) -> Decision | None:
    return ask_host(world, flow, Direction.INGRESS, PolicyClass.NORMAL)


def normal_out(world: World, flow: Flow) -> Decision | None:
    return ask_host(world, flow, Direction.EGRESS, PolicyClass.NORMAL)


def forward_in(world: World, flow: Flow) -> Decision | None:
    return ask_host(world, flow, Direction.INGRESS, PolicyClass.FORWARD)


def forward_out(world: World, flow: Flow) -> Decision | None:
    return ask_host(world, flow, Direction.EGRESS, PolicyClass.FORWARD)


EXEMPTING = (untracked_in, untracked_out, pre_dnat)
EXEMPTABLE = (pre_dnat, normal_in, tunnel_out, normal_out, forward_in)


def untranslated(flow: Flow) -> Flow:
    """The packet as it was before its destination was translated: what early policies see [E2.9]."""
    if flow.untranslated is None:
        return flow
    return replace(flow, destination=flow.untranslated[0], destination_port=flow.untranslated[1])


def ask_host(world: World, flow: Flow, direction: Direction, policy_class: PolicyClass) -> Decision | None:
    """What a list of the interface's host endpoint says; one for all interfaces has no untracked policy [E3.1]."""
    interface = came_in_by(world, flow) if direction is Direction.INGRESS else leaves_by(world, flow)
    endpoint = governing(world, interface)
    if endpoint is None or (policy_class is PolicyClass.UNTRACKED and endpoint.interface == "*"):
        return None
    has_policy = any(governs(world, each, endpoint, direction, policy_class) for each in policies_in_order(world))
    if not has_policy and policy_class is not PolicyClass.NORMAL:
        return None
    word = privilege(world, flow, policy_class, direction)
    return Decision(Verdict.ALLOW, word) if word else evaluate(world, endpoint, flow, direction, policy_class)


def enter(world: World, flow: Flow) -> Decision | None:
    """Does a workload's packet get into the host: unknown, down or spoofed ones do not [E2.3-2.5]."""
    sender = world.local(flow.sender)
    if sender is None:
        return Decision(Verdict.DENY, "unknown-interface")
    if not sender.active:
        return Decision(Verdict.DENY, "endpoint-down")
    if world.settings.openstack and is_dhcp(flow) and flow.source == bytes(4):  # [E2.2]
        return None
    return None if is_own_source(sender, flow) else Decision(Verdict.DENY, "spoofed-source")


def leave(world: World, flow: Flow) -> Decision | None:
    """What the sender's side says: the host's services, encapsulated [E2.4], discovery [E2.6], then policy."""
    sender = world.local(flow.sender)
    if sender is None:
        return None
    if world.settings.openstack and flow.receiver is Place.HOST and is_host_service(flow, world.settings):
        return Decision(Verdict.ALLOW, "openstack-service")
    if is_encapsulated(flow, world.settings):
        return Decision(Verdict.DENY, "encapsulation")
    if is_discovery(flow):
        return Decision(Verdict.ALLOW, "neighbour-discovery")
    return evaluate(world, sender, flow, Direction.EGRESS)


def reach_host(world: World, _flow: Flow) -> Decision:
    """May a workload reach its own host [E2.6]? That of all interfaces is not asked."""
    is_dropped = world.settings.endpoint_to_host_action is EndpointToHostAction.DROP
    word = "endpoint-to-host-drop" if is_dropped else "endpoint-to-host-accept"
    return Decision(Verdict.DENY if is_dropped else Verdict.ALLOW, word)


def is_dhcp(flow: Flow) -> bool:
    """Is it what a machine asks a DHCP server?"""
    ports = (68, 67) if flow.family is Family.V4 else (546, 547)
    return flow.protocol == UDP and (flow.source_port, flow.destination_port) == ports


def is_host_service(flow: Flow, settings: Settings) -> bool:
    """Is it for what a host of OpenStack serves its machines [E2.6]?"""
    is_dns = flow.protocol == UDP and flow.destination_port == 53
    is_metadata = flow.protocol == TCP and (flow.destination, flow.destination_port) == settings.metadata
    return is_dhcp(flow) or is_dns or is_metadata


def is_encapsulated(flow: Flow, settings: Settings) -> bool:
    """Is it a tunnel packet that workloads may not send, whatever policy says [E2.4]?"""
    is_vxlan = flow.protocol == UDP and flow.destination_port == settings.vxlan_port
    is_ipip = flow.protocol == IPIP
    return (is_vxlan and not settings.allow_vxlan_from_workloads) or (
        is_ipip and not settings.allow_ipip_from_workloads
    )


def is_discovery(flow: Flow) -> bool:
    """Is it what IPv6 needs between a workload and its host, allowed whatever policy says [E2.6]?"""
    is_icmp6 = flow.family is Family.V6 and flow.protocol == ICMP[Family.V6]
    return flow.receiver is Place.HOST and is_icmp6 and flow.icmp_type in DISCOVERY


def is_own_source(sender: WorkloadEndpoint, flow: Flow) -> bool:
    """Workloads send from their own addresses and allowed prefixes [E2.5].

    Link-local addresses go no further than the host, and without an address yet they only discover.
    """
    if not any(flow.source) and is_discovery(flow):
        return True
    if LINK_LOCAL.covers(flow.source):
        return flow.receiver is Place.HOST
    return flow.source in sender.addresses or any(net.covers(flow.source) for net in sender.allowed_sources)


def arrive(world: World, flow: Flow) -> Decision | None:
    """What the receiver's side says; None where it is nobody's business here."""
    if flow.receiver is Place.ELSEWHERE:
        return None
    receiver = world.local(flow.receiver)
    if receiver is None:
        return Decision(Verdict.DENY, "unknown-interface")
    if not receiver.active:
        return Decision(Verdict.DENY, "endpoint-down")
    return evaluate(world, receiver, flow, Direction.INGRESS)
