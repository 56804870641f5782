"""What workloads of an OpenStack host may ask of it, whatever policy says: DHCP, DNS and metadata.

Source: enforcement.md 2.2, 2.6.
"""

from __future__ import annotations

from collections.abc import Iterator

from tortie.compiled import DHCP_PORTS, DNS_PORT, BuiltIn
from tortie.dataplane.nftables.families import FAMILY_FIELDS, of_family
from tortie.dataplane.nftables.objects import ACCEPT, Field, Match, Rule, goto
from tortie.model import TCP, UDP, Family, family_of

__all__ = ["asks_for_address", "openstack_services"]


def asks_for_address(chain: str) -> Rule:
    """Return the rule that lets in the DHCP of a machine that has no address yet."""
    asks = (Match(Field.IP_SADDR, 0), Match(Field.L4PROTO, UDP), *_ports(Family.V4))
    return Rule(chain, (*asks, ACCEPT), "DHCP of a machine without an address")


def openstack_services(chain: str, metadata: tuple[bytes, int] | None) -> Iterator[Rule]:
    """Yield the rules for what is sent to the host itself; `metadata` is an address and a TCP port."""
    served = goto(BuiltIn.OPENSTACK_SERVICE)
    for family in Family:
        which = (of_family(family), Match(Field.L4PROTO, UDP))
        yield Rule(chain, (*which, *_ports(family), served), "DHCP")
    yield Rule(chain, (Match(Field.L4PROTO, UDP), Match(Field.TH_DPORT, DNS_PORT), served), "DNS")
    if metadata is not None:
        address, port = metadata
        where = Match(FAMILY_FIELDS[family_of(address)][1], int.from_bytes(address))
        yield Rule(chain, (where, Match(Field.L4PROTO, TCP), Match(Field.TH_DPORT, port), served), "metadata service")


def _ports(family: Family) -> tuple[Match, Match]:
    source, destination = DHCP_PORTS[family]
    return Match(Field.TH_SPORT, source), Match(Field.TH_DPORT, destination)
