"""The journey of a flow through one host: the checks beside policy, the sender's egress, the receiver's ingress."""

from __future__ import annotations

from dataclasses import dataclass

from tortie.compiled import BuiltIn, ClassLookup, LocalEndpoint, Plan, RuleId, SetId, Snapshot
from tortie.evaluate.match import ICMP_OF
from tortie.evaluate.walk import Step, walk
from tortie.model import (
    Action,
    Direction,
    EndpointToHostAction,
    Family,
    Flow,
    Key,
    Place,
    Settings,
    Verdict,
    parse_prefix,
)

__all__ = ["Decision", "Evaluator", "Section", "before_egress", "decide"]

LINK_LOCAL = parse_prefix("fe80::/10")
UNSPECIFIED = bytes(16)
DISCOVERY = frozenset({130, 131, 132, 133, 135, 136})
"""ICMPv6 types of neighbour and multicast listener discovery that a host never refuses. Source: enforcement.md 2.6."""

_UDP = 17
_IPIP = 4
_NOTHING: frozenset[SetId] = frozenset()


@dataclass(frozen=True, slots=True)
class Section:
    """What one endpoint's policy says in one direction: every rule asked, in order; the last one decides."""

    endpoint: LocalEndpoint
    direction: Direction
    plan: Plan
    steps: tuple[Step, ...]

    @property
    def last(self) -> Step:
        """Return the step that decides."""
        return self.steps[-1]

    @property
    def verdict(self) -> Verdict:
        """Return what this endpoint says in this direction."""
        return Verdict.ALLOW if self.last.rule.action is Action.ALLOW else Verdict.DENY

    @property
    def logs(self) -> tuple[RuleId, ...]:
        """Return the Log rules met, in order."""
        return tuple(step.rule.id for step in self.steps if step.matched and step.rule.action is Action.LOG)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a flow, and why.

    `rule` names what decided last: a rule of a policy or profile, a default, or something the host does by itself.
    `sections` are the policies asked, in the order of the packet's way.
    """

    verdict: Verdict
    rule: RuleId | BuiltIn
    sections: tuple[Section, ...] = ()

    @property
    def logs(self) -> tuple[RuleId, ...]:
        """Return every Log rule met, in order."""
        return tuple(rule for section in self.sections for rule in section.logs)


def decide(snapshot: Snapshot, flow: Flow) -> Decision:
    """Return what becomes of a flow that passes the snapshot's host."""
    return Evaluator(snapshot).decide(flow)


def before_egress(settings: Settings, flow: Flow, sender: LocalEndpoint | None) -> BuiltIn | None:
    """Return what the host does with a workload's packet before its egress policy is asked; None: ask the policy.

    Source: enforcement.md 2.3 to 2.6.
    """
    if sender is None:
        return BuiltIn.UNKNOWN_INTERFACE
    if not sender.active:
        return BuiltIn.ENDPOINT_DOWN
    discovers = _is_discovery(flow)
    if not (_is_own_source(sender, flow) or (discovers and flow.source == UNSPECIFIED)):
        return BuiltIn.SPOOFED_SOURCE
    if discovers:
        return BuiltIn.NEIGHBOUR_DISCOVERY
    return BuiltIn.ENCAPSULATION if _is_encapsulated(flow, settings) else None


def _is_encapsulated(flow: Flow, settings: Settings) -> bool:
    """Tell whether it is a tunnel packet that workloads may not send, whatever policy says."""
    if flow.protocol == _IPIP:
        return not settings.allow_ipip_from_workloads
    is_vxlan = flow.protocol == _UDP and flow.destination_port == settings.vxlan_port
    return is_vxlan and not settings.allow_vxlan_from_workloads


def _is_discovery(flow: Flow) -> bool:
    is_icmpv6 = flow.family is Family.V6 and flow.protocol == ICMP_OF[Family.V6]
    return is_icmpv6 and flow.receiver is Place.HOST and flow.icmp_type in DISCOVERY


def _is_own_source(sender: LocalEndpoint, flow: Flow) -> bool:
    """Tell whether a workload may send from the flow's source; link-local addresses never leave the link."""
    if LINK_LOCAL.covers(flow.source):
        return flow.receiver is Place.HOST
    return flow.source in sender.addresses or any(prefix.covers(flow.source) for prefix in sender.sources)


class Evaluator:
    """Decides flows against one snapshot; keeps what it needs to do so for many."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Index the snapshot's address classes and endpoints, once."""
        self._snapshot = snapshot
        self._classes = ClassLookup(snapshot.classes, snapshot.addresses, snapshot.ranges)
        self._endpoints = {endpoint.stored: endpoint for endpoint in snapshot.endpoints.values()}

    def decide(self, flow: Flow) -> Decision:
        """Return what becomes of a flow: the sender's side first, then, where that allows it, the receiver's."""
        left = self._leave(flow)
        if left.verdict is Verdict.DENY or left.rule is BuiltIn.NEIGHBOUR_DISCOVERY:
            return left
        arrived = self._arrive(flow)
        if arrived is None:
            return left
        return Decision(arrived.verdict, arrived.rule, left.sections + arrived.sections)

    def section(self, endpoint: LocalEndpoint, direction: Direction, flow: Flow) -> Section:
        """Return what an active endpoint's policy says of a flow in one direction."""
        own, peer = flow.source, flow.destination
        if direction is Direction.INGRESS:
            own, peer = peer, own
        group = self._snapshot.groups[endpoint.group(direction, own)]
        own_sets = group.own.get(flow.family, _NOTHING)
        steps = tuple(walk(group.plan, flow, self._classes.sets_of(peer), own_sets))
        return Section(endpoint, direction, group.plan, steps)

    def _leave(self, flow: Flow) -> Decision:
        if not isinstance(flow.sender, Key):
            if flow.sender is Place.UNKNOWN_WORKLOAD:
                return _built_in(BuiltIn.UNKNOWN_INTERFACE)
            return _built_in(BuiltIn.NOT_GOVERNED)
        sender = self._endpoints.get(flow.sender)
        before = before_egress(self._snapshot.settings, flow, sender)
        if before is not None or sender is None:
            return _built_in(before or BuiltIn.UNKNOWN_INTERFACE)
        return self._governed(sender, Direction.EGRESS, flow)

    def _arrive(self, flow: Flow) -> Decision | None:
        """Return what the receiver's side says; None where it has no say."""
        if flow.receiver is Place.ELSEWHERE:
            return None
        if flow.receiver is Place.HOST:
            return self._reach_host() if isinstance(flow.sender, Key) else None
        if flow.sender is Place.HOST:
            return _built_in(BuiltIn.HOST_TO_WORKLOAD)
        receiver = self._endpoints.get(flow.receiver) if isinstance(flow.receiver, Key) else None
        if receiver is None:
            return _built_in(BuiltIn.UNKNOWN_INTERFACE)
        if not receiver.active:
            return _built_in(BuiltIn.ENDPOINT_DOWN)
        return self._governed(receiver, Direction.INGRESS, flow)

    def _reach_host(self) -> Decision:
        is_dropped = self._snapshot.settings.endpoint_to_host_action is EndpointToHostAction.DROP
        return _built_in(BuiltIn.ENDPOINT_TO_HOST_DROP if is_dropped else BuiltIn.ENDPOINT_TO_HOST_ACCEPT)

    def _governed(self, endpoint: LocalEndpoint, direction: Direction, flow: Flow) -> Decision:
        section = self.section(endpoint, direction, flow)
        return Decision(section.verdict, section.last.rule.id, (section,))


def _built_in(rule: BuiltIn) -> Decision:
    return Decision(rule.verdict, rule)
