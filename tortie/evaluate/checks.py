"""What a host does with packets by itself, before it asks a list of policies."""

from __future__ import annotations

from collections.abc import Iterable

from tortie.compiled import (
    DHCP_PORTS,
    DNS_PORT,
    HOST_DISCOVERY,
    LINK_LOCAL,
    TOO_BIG,
    WORKLOAD_DISCOVERY,
    BuiltIn,
    LocalEndpoint,
)
from tortie.model import (
    ICMP_OF,
    IPIP,
    TCP,
    UDP,
    Direction,
    FailsafePort,
    Family,
    Flow,
    Place,
    PolicyClass,
    Settings,
)

__all__ = ["before_host_policy", "before_workload_policy", "entry", "openstack_ports"]

UNSPECIFIED = bytes(16)
NO_ADDRESS = bytes(4)


def entry(settings: Settings, flow: Flow, sender: LocalEndpoint | None) -> BuiltIn | None:
    """Return why a workload's packet does not get into the host; None where it does.

    Source: enforcement.md 2.3 to 2.5.
    """
    if sender is None:
        return BuiltIn.UNKNOWN_INTERFACE
    if not sender.active:
        return BuiltIn.ENDPOINT_DOWN
    asks_address = settings.openstack and _asks_for_address(flow)
    discovers = _is_workload_discovery(flow) and flow.source == UNSPECIFIED
    return None if asks_address or discovers or _is_own_source(sender, flow) else BuiltIn.SPOOFED_SOURCE


def before_workload_policy(settings: Settings, flow: Flow) -> BuiltIn | None:
    """Return what the host does with a workload's packet before its egress policy is asked; None: ask the policy.

    Source: enforcement.md 2.4, 2.6.
    """
    if _is_workload_discovery(flow):
        return BuiltIn.NEIGHBOUR_DISCOVERY
    if settings.openstack and flow.receiver is Place.HOST and _is_openstack_service(flow, settings):
        return BuiltIn.OPENSTACK_SERVICE
    return BuiltIn.ENCAPSULATION if _is_encapsulated(flow, settings) else None


def openstack_ports(settings: Settings) -> tuple[frozenset[int], frozenset[int]]:
    """Return the source ports, and the destination ports, that a host of OpenStack tells apart; none on another."""
    if not settings.openstack:
        return frozenset(), frozenset()
    sources, destinations = (frozenset(ports) for ports in zip(*DHCP_PORTS.values(), strict=True))
    metadata = () if settings.metadata is None else (settings.metadata[1],)
    return sources, destinations | {DNS_PORT, *metadata}


def before_host_policy(
    settings: Settings, flow: Flow, policy_class: PolicyClass, direction: Direction
) -> BuiltIn | None:
    """Return what lets a packet past a list of a host endpoint's policies, whatever they say; None: ask them.

    Forwarded traffic has no such privilege. Source: enforcement.md 3.3.
    """
    if policy_class is PolicyClass.FORWARD:
        return None
    if _is_host_discovery(flow):
        return BuiltIn.HOST_DISCOVERY
    is_coming = direction is Direction.INGRESS
    peer = flow.source if is_coming else flow.destination
    asked, answered = settings.failsafe_inbound, settings.failsafe_outbound
    verdicts = [BuiltIn.FAILSAFE_INBOUND, BuiltIn.FAILSAFE_OUTBOUND]
    if not is_coming:
        asked, answered = answered, asked
        verdicts.reverse()
    if _is_failsafe(asked, flow.protocol, flow.destination_port, peer):
        return verdicts[0]
    is_response = policy_class is PolicyClass.UNTRACKED  # connections are not tracked yet
    if is_response and _is_failsafe(answered, flow.protocol, flow.source_port, peer):
        return verdicts[1]
    return None


def _is_failsafe(ports: Iterable[FailsafePort], protocol: int, port: int, peer: bytes) -> bool:
    return any(
        (each.protocol, each.port) == (protocol, port) and (each.net is None or each.net.covers(peer)) for each in ports
    )


def _is_host_discovery(flow: Flow) -> bool:
    if flow.protocol != ICMP_OF[flow.family]:
        return False
    if flow.family is Family.V6:
        return flow.icmp_type in HOST_DISCOVERY
    return (flow.icmp_type, flow.icmp_code) == TOO_BIG


def _is_encapsulated(flow: Flow, settings: Settings) -> bool:
    """Tell whether it is a tunnel packet that workloads may not send, whatever policy says."""
    if flow.protocol == IPIP:
        return not settings.allow_ipip_from_workloads
    is_vxlan = flow.protocol == UDP and flow.destination_port == settings.vxlan_port
    return is_vxlan and not settings.allow_vxlan_from_workloads


def _is_workload_discovery(flow: Flow) -> bool:
    is_icmpv6 = flow.family is Family.V6 and flow.protocol == ICMP_OF[Family.V6]
    return is_icmpv6 and flow.receiver is Place.HOST and flow.icmp_type in WORKLOAD_DISCOVERY


def _asks_for_address(flow: Flow) -> bool:
    """Tell whether it is the DHCP of a machine that has no address yet. Source: enforcement.md 2.2."""
    ports = (flow.protocol, flow.source_port, flow.destination_port)
    return flow.source == NO_ADDRESS and ports == (UDP, *DHCP_PORTS[Family.V4])


def _is_openstack_service(flow: Flow, settings: Settings) -> bool:
    """Tell whether a packet to the host is DHCP, DNS, or for the metadata service. Source: enforcement.md 2.6."""
    if flow.protocol == UDP:
        asks = (flow.source_port, flow.destination_port) == DHCP_PORTS[flow.family]
        return asks or flow.destination_port == DNS_PORT
    return flow.protocol == TCP and (flow.destination, flow.destination_port) == settings.metadata


def _is_own_source(sender: LocalEndpoint, flow: Flow) -> bool:
    """Tell whether a workload may send from the flow's source; link-local addresses never leave the link."""
    if LINK_LOCAL.covers(flow.source):
        return flow.receiver is Place.HOST
    return flow.source in sender.addresses or any(prefix.covers(flow.source) for prefix in sender.sources)
