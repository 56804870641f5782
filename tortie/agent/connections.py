"""Open connections under the policy of now: each judged again as its first packet would be. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tortie.compiled import Snapshot
from tortie.evaluate import Decision, Evaluator, protocol_text
from tortie.model import Flow, Key, Place, Policy, Verdict, format_address
from tortie.netlink import Connection

__all__ = ["CUT_ANNOTATION", "Judge", "Judged", "asks_to_cut"]

CUT_ANNOTATION = "tortie/cut-established"
"""On a policy, with the value `true`: what it refuses is refused to open connections too."""


def asks_to_cut(policy: Policy) -> bool:
    """Tell whether a policy is to end the connections that it refuses."""
    return policy.metadata.annotations.get(CUT_ANNOTATION, "").strip().lower() == "true"


@dataclass(frozen=True, slots=True)
class Judged:
    """A connection, the flow that opened it as far as this host can tell, and what would become of that flow now."""

    connection: Connection
    flow: Flow
    decision: Decision

    @property
    def is_denied(self) -> bool:
        """Tell whether policy would not let it be opened."""
        return self.decision.verdict is Verdict.DENY

    def document(self) -> dict[str, object]:
        """Return the connection and its verdict in the words of JSON."""
        flow = self.flow
        return {
            "protocol": protocol_text(flow.protocol),
            "source": _end_text(flow.source, flow.source_port),
            "destination": _end_text(flow.destination, flow.destination_port),
            "sender": str(flow.sender),
            "receiver": str(flow.receiver),
            "verdict": str(self.decision.verdict),
            "rule": str(self.decision.rule),
        }

    def is_refused_by(self, policies: Iterable[Key]) -> bool:
        """Tell whether one of these policies refuses it: by a rule, or as part of a tier that ends in deny."""
        if not self.is_denied or not self.decision.sections:
            return False
        section = self.decision.sections[-1]
        stage = section.steps[-1].stage if section.steps else ""
        rules = {step.rule.id: step.rule for step in section.steps}
        decided = rules.get(self.decision.rule)
        if decided is None:
            return False
        if decided.origin.owner is not None:
            return decided.origin.owner in set(policies)
        owners = (owner for each in section.plan.stages if each.name == stage for owner in each.owners)
        return not set(policies).isdisjoint(owners)


class Judge:
    """Judges connections by one snapshot.

    `host` are the host's own packed addresses. `way` tells the interface by which packets to an address leave: the
    other end of a connection of the host itself is taken to be where answers go.
    """

    def __init__(self, snapshot: Snapshot, host: Iterable[bytes], way: Callable[[bytes], str]) -> None:
        """Index the endpoints, once."""
        self._evaluator = Evaluator(snapshot)
        self._host = frozenset(host)
        self._way = way
        self._ways: dict[bytes, str] = {}
        self._owners: Mapping[bytes, Key] = {
            address: row.stored for row in snapshot.endpoints.values() for address in row.addresses
        }

    def judge(self, connections: Iterable[Connection]) -> Iterator[Judged]:
        """Yield what becomes of each connection that this host has a say in."""
        for each in connections:
            flow = self.flow(each)
            if flow is not None:
                yield Judged(each, flow, self._evaluator.decide(flow))

    def flow(self, connection: Connection) -> Flow | None:
        """Return the flow that opened a connection.

        None where its receiver cannot be told: it went to many, or two families meet in it, as in no packet.
        """
        destination, port = connection.reached
        if len(destination) != len(connection.source) or _is_for_many(connection.destination):
            return None
        sender, receiver = self._place(connection.source), self._place(destination)
        before = (connection.destination, connection.destination_port)
        return Flow(
            connection.source,
            destination,
            connection.protocol,
            source_port=connection.source_port,
            destination_port=port,
            icmp_type=connection.icmp_type,
            icmp_code=connection.icmp_code,
            sender=sender,
            receiver=receiver,
            in_interface=self._interface(connection.source) if sender is Place.ELSEWHERE else "",
            out_interface=self._interface(destination) if receiver is Place.ELSEWHERE else "",
            untranslated=before if before != (destination, port) else None,
        )

    def _place(self, address: bytes) -> Key | Place:
        if (key := self._owners.get(address)) is not None:
            return key
        return Place.HOST if address in self._host or _is_loopback(address) else Place.ELSEWHERE

    def _interface(self, address: bytes) -> str:
        if address not in self._ways:
            self._ways[address] = self._way(address)
        return self._ways[address]


def _is_loopback(address: bytes) -> bool:
    return address[0] == 127 if len(address) == 4 else address == bytes(15) + b"\x01"  # noqa: PLR2004 - as RFCs say


def _is_for_many(address: bytes) -> bool:
    """Tell whether an address is a multicast or broadcast one."""
    return address[0] >= 224 if len(address) == 4 else address[0] == 0xFF  # noqa: PLR2004 - as RFCs say


def _end_text(address: bytes, port: int) -> str:
    text = format_address(address)
    if not port:
        return text
    return f"{text}:{port}" if len(address) == 4 else f"[{text}]:{port}"  # noqa: PLR2004 - bytes of an IPv4 address
