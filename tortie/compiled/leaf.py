"""Leaves: what becomes of a packet once the address class of its peer is known."""

from __future__ import annotations

from dataclasses import dataclass

from tortie.compiled.rule import RuleId
from tortie.model import MAX_PORT, PortRange

__all__ = ["ANY_PORT", "IcmpCell", "Leaf", "LeafId", "Outcome", "OutcomeId", "PortCell"]

LeafId = str
OutcomeId = str
ANY_PORT = PortRange(0, MAX_PORT)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The Log rules a packet passes, in order, and the rule that decides it. `id` is a hash of both."""

    id: OutcomeId
    logs: tuple[RuleId, ...]
    verdict: RuleId


@dataclass(frozen=True, slots=True, order=True)
class PortCell:
    """A rectangle of ports of one protocol (TCP, UDP or SCTP) with one outcome."""

    protocol: int
    source: PortRange
    destination: PortRange
    outcome: OutcomeId


@dataclass(frozen=True, slots=True, order=True)
class IcmpCell:
    """A rectangle of types and codes of ICMP (1) or ICMPv6 (58) with one outcome; all bounds included."""

    protocol: int
    first_type: int
    last_type: int
    first_code: int
    last_code: int
    outcome: OutcomeId


@dataclass(frozen=True, slots=True)
class Leaf:
    """A function from layer 4 to an outcome, as disjoint cells; shared by all groups and classes that need it.

    Cells list only what differs from the protocol's own outcome, `protocols` only what differs from `default`.
    All are sorted. `id` is a hash of the content.
    """

    id: LeafId
    default: OutcomeId
    protocols: tuple[tuple[int, OutcomeId], ...] = ()
    ports: tuple[PortCell, ...] = ()
    icmp: tuple[IcmpCell, ...] = ()

    @property
    def outcomes(self) -> frozenset[OutcomeId]:
        """Return every outcome that the leaf names."""
        found = {self.default, *(outcome for _, outcome in self.protocols)}
        found.update(cell.outcome for cell in self.ports)
        found.update(cell.outcome for cell in self.icmp)
        return frozenset(found)

    def outcome(self, protocol: int, *, source_port: int = 0, destination_port: int = 0) -> OutcomeId:
        """Return the outcome of a packet by its protocol number and ports."""
        for cell in self.ports:
            if (
                cell.protocol == protocol
                and cell.source.first <= source_port <= cell.source.last
                and cell.destination.first <= destination_port <= cell.destination.last
            ):
                return cell.outcome
        return dict(self.protocols).get(protocol, self.default)

    def icmp_outcome(self, protocol: int, icmp_type: int, icmp_code: int) -> OutcomeId:
        """Return the outcome of an ICMP (protocol 1) or ICMPv6 (58) packet."""
        for cell in self.icmp:
            if (
                cell.protocol == protocol
                and cell.first_type <= icmp_type <= cell.last_type
                and cell.first_code <= icmp_code <= cell.last_code
            ):
                return cell.outcome
        return dict(self.protocols).get(protocol, self.default)
