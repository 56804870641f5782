"""What tunnels between hosts add to the table: their packets go before policy, and those of strangers nowhere. Pure.

Nothing of it is there where no tunnel is in use. Each tunnel has a chain for what comes in, and where host endpoints
judge what the host sends, one for what goes out. VXLAN is kept out of connection tracking, as its source ports are as
many as what it carries has connections.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tortie.compiled import BuiltIn, Tunnel, TunnelId
from tortie.dataplane.nftables.built_in import verdict_chain
from tortie.dataplane.nftables.families import ADDRESS_TYPES, FAMILY_FIELDS, of_family
from tortie.dataplane.nftables.names import comment
from tortie.dataplane.nftables.objects import (
    PRIORITIES,
    Chain,
    Element,
    Field,
    Hook,
    Lookup,
    Match,
    NoTrack,
    Object,
    Rule,
    Set,
    Statement,
    goto,
    jump,
)
from tortie.model import LOOPBACK_INTERFACE, Direction, Encapsulation, Family, Prefix

__all__ = ["HOSTS", "HOST_NETS", "NO_TUNNELS", "Tunnels", "host_element"]

HOSTS = {f: Set(f"hosts{f}", (ADDRESS_TYPES[f],), comment="hosts that tunnels are between") for f in Family}
HOST_NETS = {
    f: Set(f"host-nets{f}", (ADDRESS_TYPES[f],), interval=True, comment="networks of such hosts") for f in Family
}

_UNTRACKED_IN, _UNTRACKED_OUT = "untracked-tunnels-in", "untracked-tunnels-out"
_WORDS = {Direction.INGRESS: "in", Direction.EGRESS: "out"}


def host_element(prefix: Prefix) -> Element:
    """Return the element of a host's address, or of a network of hosts."""
    number = int.from_bytes(prefix.network)
    if prefix.is_address:
        return Element(HOSTS[prefix.family], number)
    return Element(HOST_NETS[prefix.family], number, end=int.from_bytes(prefix.last))


@dataclass(frozen=True, slots=True)
class Tunnels:
    """The tunnels that are in use."""

    rows: Mapping[TunnelId, Tunnel] = field(default_factory=dict[TunnelId, Tunnel])

    def layout(self) -> Iterator[Object]:
        """Yield everything that tunnels add, but for what they add to the chains of others."""
        if not self.rows:
            return
        for each in (BuiltIn.TUNNEL, BuiltIn.FOREIGN_TUNNEL):
            yield from verdict_chain(each)
        for family in sorted({family for (_, family), tunnel in self.rows.items() if tunnel.known_only}):
            yield HOSTS[family]
            yield HOST_NETS[family]
        for name, tunnel in self._sorted():
            yield from _chain(name, tunnel, Direction.INGRESS)
        yield from self._untracked()

    def to_host(self) -> Iterator[Rule]:
        """Yield what the input chain does with packets that come from no workload, before anything else."""
        for name, tunnel in self._sorted():
            beyond = Match(Field.IIFNAME, LOOPBACK_INTERFACE, negate=True)
            yield Rule("input", (*_packets(name, tunnel), beyond, jump(_chain_name(name, Direction.INGRESS))))

    def from_workloads(self) -> Iterator[Rule]:
        """Yield what becomes of packets from workloads to their own host: a workload is no host."""
        for name, tunnel in self._sorted():
            if tunnel.known_only:
                yield Rule("to-host", (*_packets(name, tunnel), goto(BuiltIn.FOREIGN_TUNNEL)))

    def from_host(self) -> Iterator[Object]:
        """Yield what lets the packets of tunnels out, whatever host endpoints say."""
        for name, tunnel in self._sorted():
            yield from _chain(name, tunnel, Direction.EGRESS)
            yield Rule("output", (*_packets(name, tunnel), jump(_chain_name(name, Direction.EGRESS))))

    def before_tracking(self) -> Iterator[Rule]:
        """Yield what is done with packets from beyond the host before connection tracking."""
        for name, tunnel in self._vxlan():
            yield Rule("prerouting", (*_packets(name, tunnel), jump(_UNTRACKED_IN)))

    def _untracked(self) -> Iterator[Object]:
        """Yield the chains that keep VXLAN between hosts out of connection tracking."""
        rows = self._vxlan()
        if not rows:
            return
        yield Chain(_UNTRACKED_IN, comment="tunnels whose connections are not tracked")
        yield Chain(_UNTRACKED_OUT, Hook("filter", "output", PRIORITIES["raw"]))
        for name, tunnel in rows:
            for lookup in _known(name, Direction.INGRESS):
                yield Rule(_UNTRACKED_IN, (lookup, NoTrack()))
            for lookup in _known(name, Direction.EGRESS):
                packets = _packets(name, tunnel)[1:]  # the look-up says the family
                yield Rule(_UNTRACKED_OUT, (*packets, lookup, NoTrack()))

    def _vxlan(self) -> list[tuple[TunnelId, Tunnel]]:
        return [(name, tunnel) for name, tunnel in self._sorted() if name[0] is Encapsulation.VXLAN]

    def _sorted(self) -> list[tuple[TunnelId, Tunnel]]:
        return sorted(self.rows.items(), key=lambda row: row[0])


NO_TUNNELS = Tunnels()


def _chain(name: TunnelId, tunnel: Tunnel, direction: Direction) -> Iterator[Object]:
    """Yield the chain of a tunnel's packets: those between known hosts pass, and others do not come in."""
    chain = _chain_name(name, direction)
    yield Chain(chain, comment=comment(f"{name[0]} of hosts, IPv{name[1]:d}"))
    if not tunnel.known_only:
        yield Rule(chain, (goto(BuiltIn.TUNNEL),))
        return
    for lookup in _known(name, direction):
        yield Rule(chain, (lookup, goto(BuiltIn.TUNNEL)))
    if direction is Direction.INGRESS:
        yield Rule(chain, (goto(BuiltIn.FOREIGN_TUNNEL),))


def _known(name: TunnelId, direction: Direction) -> Iterator[Lookup]:
    """Yield what finds out whether the other end is a known host."""
    peer = FAMILY_FIELDS[name[1]][0 if direction is Direction.INGRESS else 1]
    for a_set in (HOSTS[name[1]], HOST_NETS[name[1]]):
        yield Lookup((peer,), a_set.name)


def _packets(name: TunnelId, tunnel: Tunnel) -> tuple[Statement, ...]:
    """Return the matches of a tunnel's packets."""
    family, protocol = of_family(name[1]), Match(Field.L4PROTO, tunnel.protocol)
    return (family, protocol) if tunnel.port is None else (family, protocol, Match(Field.TH_DPORT, tunnel.port))


def _chain_name(name: TunnelId, direction: Direction) -> str:
    return f"{name[0]}{name[1]:d}-{_WORDS[direction]}"
