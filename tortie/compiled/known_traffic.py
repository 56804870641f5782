"""What tells the packets that a host treats by itself, whatever policy says: ports, ICMP types, addresses."""

from __future__ import annotations

from tortie.model import Family, parse_prefix

__all__ = ["DHCP_PORTS", "DNS_PORT", "HOST_DISCOVERY", "LINK_LOCAL", "TOO_BIG", "WORKLOAD_DISCOVERY"]

DHCP_PORTS = {Family.V4: (68, 67), Family.V6: (546, 547)}
"""The UDP ports, of source and destination, of a machine that asks for an address."""
DNS_PORT = 53

WORKLOAD_DISCOVERY = (130, 131, 132, 133, 135, 136)
"""ICMPv6 types of neighbour and multicast listener discovery that a host never refuses. Source: enforcement.md 2.6."""
HOST_DISCOVERY = (2, 130, 131, 132, 133, 134, 135, 136, 143)
"""ICMPv6 types that a host keeps: packet too big, multicast listener discovery, neighbour discovery."""
TOO_BIG = (3, 4)
"""The type and code of the ICMP that a host keeps: a packet was too big, and must not be cut."""

LINK_LOCAL = parse_prefix("fe80::/10")
"""IPv6 addresses that never leave their link."""
