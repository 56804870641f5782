"""What Log rules logged, as lines of the agent's log that name rule, policy, tier and endpoint; gaps are counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from tortie.compiled import Snapshot
from tortie.dataplane.nftables import logged_rules
from tortie.evaluate import protocol_text
from tortie.model import ICMP_OF, PROTOCOL_NUMBERS, WITH_PORTS, Direction, format_address
from tortie.netlink import LoggedPacket

__all__ = ["MOST_LINES", "PacketLines", "PacketSource", "headers"]

MOST_LINES = 100
"""Lines written of what is read at once; further packets are counted."""

_PORTED = WITH_PORTS | {PROTOCOL_NUMBERS["UDPLite"]}
_V4_HEADER, _V6_HEADER = 20, 40


class PacketSource(Protocol):
    """Packets that rules sent to a group; see `tortie.netlink.PacketLog`."""

    def fileno(self) -> int:
        """Return a descriptor that is readable when there is something to read."""

    def read(self) -> tuple[tuple[LoggedPacket, ...], int]:
        """Return the packets that arrived, and how many were lost."""


class PacketLines:
    """Turns packets to lines. `logged` counts the packets, `lost` those that no line tells of."""

    def __init__(self, source: PacketSource, name: Callable[[int], str]) -> None:
        """Keep where packets come from, and what names an interface by its number."""
        self._source = source
        self._name = name
        self.logged = 0
        self.lost = 0

    def fileno(self) -> int:
        """Return a descriptor that is readable when there is something to read."""
        return self._source.fileno()

    def read(self, snapshot: Snapshot) -> Iterator[Mapping[str, object]]:
        """Yield the line of each packet that arrived, and a last one where some have none; never waits."""
        packets, lost = self._source.read()
        if not packets and not lost:
            return
        rules = logged_rules(snapshot.rules)
        lost += max(0, len(packets) - MOST_LINES)
        self.logged += len(packets)
        self.lost += lost
        for packet in packets[:MOST_LINES]:
            yield self._line(packet, rules.get(packet.prefix, ""), snapshot)
        if lost:
            yield {"lost": lost}

    def _line(self, packet: LoggedPacket, rule_id: str, snapshot: Snapshot) -> Mapping[str, object]:
        came, goes = (self._name(each) for each in (packet.in_interface, packet.out_interface))
        found: dict[str, object] = {**headers(packet.payload), "in": came, "out": goes}
        rule = snapshot.rules.get(rule_id)
        if rule is None:  # of a policy that is gone meanwhile
            return {**found, "rule": packet.prefix}
        own = goes if rule.origin.direction is Direction.INGRESS else came
        row = snapshot.endpoints.get(own) or snapshot.host_endpoints.get(own) or snapshot.host_endpoints.get("*")
        return {
            **found,
            "rule": rule_id,
            "direction": rule.origin.direction,
            "tier": rule.origin.tier,
            "policy": str(rule.origin.owner or ""),
            "endpoint": str(row.key) if row is not None else "",
        }


def headers(payload: bytes) -> dict[str, object]:
    """Return what the first bytes of an IP packet say; less where they are cut, or extended headers are in the way."""
    if not payload:
        return {}
    if payload[0] >> 4 == 4 and len(payload) >= _V4_HEADER:  # noqa: PLR2004 - the IP version
        protocol, source, destination = payload[9], payload[12:16], payload[16:20]
        rest = payload[4 * (payload[0] & 15) :]
        if int.from_bytes(payload[6:8]) & 0x1FFF:
            rest = b""  # a later fragment
    elif payload[0] >> 4 == 6 and len(payload) >= _V6_HEADER:  # noqa: PLR2004 - the IP version
        protocol, source, destination, rest = payload[6], payload[8:24], payload[24:40], payload[40:]
    else:
        return {}
    found: dict[str, object] = {
        "protocol": protocol_text(protocol),
        "source": format_address(source),
        "destination": format_address(destination),
    }
    if protocol in _PORTED and len(rest) >= 4:  # noqa: PLR2004 - two ports
        found |= {"source_port": int.from_bytes(rest[:2]), "destination_port": int.from_bytes(rest[2:4])}
    elif protocol in ICMP_OF.values() and len(rest) >= 2:  # noqa: PLR2004 - type and code
        found |= {"icmp_type": rest[0], "icmp_code": rest[1]}
    return found
