"""What the kernel would answer: a packet looked up in the compiled tables, never in the rules."""

from __future__ import annotations

from tortie.compiled import BuiltIn, ClassLookup, GroupId, LocalEndpoint, Snapshot
from tortie.model import (
    ALL_INTERFACES,
    Action,
    Direction,
    EndpointToHostAction,
    Family,
    Flow,
    Key,
    Place,
    PolicyClass,
    Verdict,
    parse_prefix,
)

__all__ = ["governed", "lookup"]

_ICMP = {Family.V4: 1, Family.V6: 58}
_DISCOVERY = (130, 131, 132, 133, 135, 136)
_LINK_LOCAL = parse_prefix("fe80::/10")


_VERDICTS = {Action.ALLOW: Verdict.ALLOW, Action.DENY: Verdict.DENY, Action.PASS: None}

Answer = tuple[Verdict | None, str, tuple[str, ...]]
"""The verdict (None: the packet goes on), the id of what decided, and the Log rules met."""


def lookup(snapshot: Snapshot, flow: Flow) -> Answer:
    """Return the verdict, the id of what decided it, and the ids of the Log rules on the way."""
    if flow.sender is Place.HOST:
        nobody = flow.receiver in (Place.ELSEWHERE, Place.HOST)
        by = BuiltIn.NOT_GOVERNED if nobody else BuiltIn.HOST_TO_WORKLOAD
        return by.verdict, by, ()
    left = _leave(snapshot, flow)
    if left[0] is Verdict.DENY or flow.receiver is Place.ELSEWHERE or left[1] == BuiltIn.NEIGHBOUR_DISCOVERY:
        return left
    verdict, by_id, logs = _arrive(snapshot, flow, left)
    return verdict, by_id, left[2] + logs


def _leave(snapshot: Snapshot, flow: Flow) -> Answer:
    if flow.sender is Place.UNKNOWN_WORKLOAD:
        return Verdict.DENY, BuiltIn.UNKNOWN_INTERFACE, ()
    if not isinstance(flow.sender, Key):
        return Verdict.ALLOW, BuiltIn.NOT_GOVERNED, ()
    sender = _endpoint(snapshot, flow.sender)
    if decided := _before_policy(snapshot, sender, flow):
        return decided.verdict, decided, ()
    assert sender is not None
    return _group(snapshot, sender, flow, Direction.EGRESS)


def _arrive(snapshot: Snapshot, flow: Flow, left: Answer) -> Answer:
    if flow.receiver is Place.HOST:
        if not isinstance(flow.sender, Key):
            return left
        dropped = snapshot.settings.endpoint_to_host_action is EndpointToHostAction.DROP
        last = BuiltIn.ENDPOINT_TO_HOST_DROP if dropped else BuiltIn.ENDPOINT_TO_HOST_ACCEPT
        return last.verdict, last, ()
    receiver = _endpoint(snapshot, flow.receiver) if isinstance(flow.receiver, Key) else None
    if receiver is None:
        return Verdict.DENY, BuiltIn.UNKNOWN_INTERFACE, ()
    if not receiver.active:
        return Verdict.DENY, BuiltIn.ENDPOINT_DOWN, ()
    return _group(snapshot, receiver, flow, Direction.INGRESS)


def _endpoint(snapshot: Snapshot, key: Key) -> LocalEndpoint | None:
    return next((row for row in snapshot.endpoints.values() if row.stored == key), None)


def _before_policy(snapshot: Snapshot, sender: LocalEndpoint | None, flow: Flow) -> BuiltIn | None:
    if sender is None:
        return BuiltIn.UNKNOWN_INTERFACE
    if not sender.active:
        return BuiltIn.ENDPOINT_DOWN
    to_host = flow.receiver is Place.HOST
    discovery = flow.family is Family.V6 and flow.protocol == 58 and flow.icmp_type in _DISCOVERY
    owned = flow.source in sender.addresses or any(prefix.covers(flow.source) for prefix in sender.sources)
    unspecified = not any(flow.source) and discovery
    if not owned and not (to_host and (unspecified or _LINK_LOCAL.covers(flow.source))):
        return BuiltIn.SPOOFED_SOURCE
    settings = snapshot.settings
    vxlan = flow.protocol == 17 and flow.destination_port == settings.vxlan_port
    if (vxlan and not settings.allow_vxlan_from_workloads) or (
        flow.protocol == 4 and not settings.allow_ipip_from_workloads
    ):
        return BuiltIn.ENCAPSULATION
    return BuiltIn.NEIGHBOUR_DISCOVERY if to_host and discovery else None


def _group(snapshot: Snapshot, endpoint: LocalEndpoint, flow: Flow, direction: Direction) -> Answer:
    own = flow.destination if direction is Direction.INGRESS else flow.source
    return _decided(snapshot, endpoint.group(direction, own), flow, direction)


def governed(
    snapshot: Snapshot, interface: str, flow: Flow, direction: Direction, policy_class: PolicyClass
) -> Answer | None:
    """Return what a host endpoint's list says in a direction; None where it has none."""
    row = snapshot.host_endpoints.get(interface) or snapshot.host_endpoints.get(ALL_INTERFACES)
    id_ = row.dispatches.get((policy_class, direction)) if row else None
    if id_ is None:
        return None
    own = flow.destination if direction is Direction.INGRESS else flow.source
    classes = ClassLookup(snapshot.classes, snapshot.addresses, snapshot.ranges)
    group = snapshot.owners.get((id_, classes.class_of(own)), snapshot.dispatches[id_].default)
    return _decided(snapshot, group, flow, direction)


def _decided(snapshot: Snapshot, group: GroupId, flow: Flow, direction: Direction) -> Answer:
    peer = flow.source if direction is Direction.INGRESS else flow.destination
    classes = ClassLookup(snapshot.classes, snapshot.addresses, snapshot.ranges)
    leaf = snapshot.leaf(group, classes.class_of(peer), flow.family)
    if flow.protocol == _ICMP[flow.family]:
        outcome_id = leaf.icmp_outcome(flow.protocol, flow.icmp_type, flow.icmp_code)
    else:
        outcome_id = leaf.outcome(flow.protocol, source_port=flow.source_port, destination_port=flow.destination_port)
    outcome = snapshot.outcomes[outcome_id]
    rule = snapshot.rules[outcome.verdict]
    return _VERDICTS[rule.action], rule.id, outcome.logs
