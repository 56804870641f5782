"""Verdicts that no policy writes: their ids, and what a person reads."""

from __future__ import annotations

from enum import StrEnum

from tortie.model import Verdict

__all__ = ["BuiltIn"]


class BuiltIn(StrEnum):
    """The id of a verdict that the host gives by itself, before or beside policy."""

    ESTABLISHED = "established"
    INVALID = "invalid"
    UNKNOWN_INTERFACE = "unknown-interface"
    ENDPOINT_DOWN = "endpoint-down"
    SPOOFED_SOURCE = "spoofed-source"
    ENCAPSULATION = "encapsulation"
    NEIGHBOUR_DISCOVERY = "neighbour-discovery"
    OPENSTACK_SERVICE = "openstack-service"
    ENDPOINT_TO_HOST_DROP = "endpoint-to-host-drop"
    ENDPOINT_TO_HOST_ACCEPT = "endpoint-to-host-accept"
    HOST_TO_WORKLOAD = "host-to-workload"
    FAILSAFE_INBOUND = "failsafe-inbound"
    FAILSAFE_OUTBOUND = "failsafe-outbound"
    HOST_DISCOVERY = "host-discovery"
    LOOPBACK = "loopback"
    TUNNEL = "tunnel"
    FOREIGN_TUNNEL = "foreign-tunnel"
    SERVICE_LOOP = "service-loop"
    NOT_GOVERNED = "not-governed"

    @property
    def verdict(self) -> Verdict:
        """Return what becomes of the packet."""
        return Verdict.ALLOW if self in _ALLOWING else Verdict.DENY

    @property
    def sentence(self) -> str:
        """Return one clause that tells a person why."""
        return _SENTENCES[self]


_ALLOWING = frozenset(
    {
        BuiltIn.ESTABLISHED,
        BuiltIn.NEIGHBOUR_DISCOVERY,
        BuiltIn.OPENSTACK_SERVICE,
        BuiltIn.ENDPOINT_TO_HOST_ACCEPT,
        BuiltIn.HOST_TO_WORKLOAD,
        BuiltIn.FAILSAFE_INBOUND,
        BuiltIn.FAILSAFE_OUTBOUND,
        BuiltIn.HOST_DISCOVERY,
        BuiltIn.LOOPBACK,
        BuiltIn.TUNNEL,
        BuiltIn.NOT_GOVERNED,
    }
)

_SENTENCES = {
    BuiltIn.ESTABLISHED: "the packet belongs to a connection that was allowed when it opened",
    BuiltIn.INVALID: "the packet belongs to no connection and opens none",
    BuiltIn.UNKNOWN_INTERFACE: "the interface is named like a workload's but no endpoint is known on it",
    BuiltIn.ENDPOINT_DOWN: "the endpoint is switched off",
    BuiltIn.SPOOFED_SOURCE: "the source address is not one of the sender's own",
    BuiltIn.ENCAPSULATION: "workloads may not send VXLAN or IP-in-IP packets",
    BuiltIn.NEIGHBOUR_DISCOVERY: "IPv6 neighbour and multicast listener discovery with the host is always allowed",
    BuiltIn.OPENSTACK_SERVICE: "workloads of an OpenStack host may reach its DHCP, DNS and metadata services",
    BuiltIn.ENDPOINT_TO_HOST_DROP: "workloads may not reach their own host (`DefaultEndpointToHostAction`: Drop)",
    BuiltIn.ENDPOINT_TO_HOST_ACCEPT: "workloads may reach their own host (`DefaultEndpointToHostAction`)",
    BuiltIn.HOST_TO_WORKLOAD: "a host may always reach its own workloads",
    BuiltIn.FAILSAFE_INBOUND: "the port is a failsafe of the host (`FailsafeInboundHostPorts`)",
    BuiltIn.FAILSAFE_OUTBOUND: "the port is a failsafe of the host (`FailsafeOutboundHostPorts`)",
    BuiltIn.HOST_DISCOVERY: "a host keeps its IPv6 neighbour discovery and path MTU discovery, whatever policy says",
    BuiltIn.LOOPBACK: "what a host says to itself is governed by nobody",
    BuiltIn.TUNNEL: "hosts always reach one another by the tunnels that they use (VXLAN, IP in IP, WireGuard)",
    BuiltIn.FOREIGN_TUNNEL: "packets of such a tunnel that come from no known host are dropped",
    BuiltIn.SERVICE_LOOP: "no service has this address and port (`ServiceLoopPrevention`)",
    BuiltIn.NOT_GOVERNED: "no endpoint of this host governs the packet on this side",
}
