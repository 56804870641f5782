"""The verdict as the kernel finds it: own address to group, peer address to class, class to leaf, leaf to outcome."""

from __future__ import annotations

from tortie.compiled import BuiltIn, ClassLookup, LocalEndpoint, RuleId, Snapshot
from tortie.evaluate import before_egress
from tortie.model import Action, Direction, EndpointToHostAction, Flow, Key, Place

PORTED = (6, 17, 132)
ICMPS = (1, 58)


Found = tuple[RuleId | BuiltIn, tuple[RuleId, ...]]


def lookup(snapshot: Snapshot, flow: Flow) -> Found:
    """What decides, and the Log rules on the way; only tables are read, no rule is asked whether it matches."""
    decided, logs = leave(snapshot, flow)
    if is_final(snapshot, decided):
        return decided, logs
    if flow.receiver is Place.ELSEWHERE or (flow.receiver is Place.HOST and not isinstance(flow.sender, Key)):
        return decided, logs
    last, later = arrive(snapshot, flow)
    return last, logs + later


def is_final(snapshot: Snapshot, decided: RuleId | BuiltIn) -> bool:
    if isinstance(decided, BuiltIn):
        return decided is not BuiltIn.NOT_GOVERNED
    return snapshot.rules[decided].action is Action.DENY


def leave(snapshot: Snapshot, flow: Flow) -> Found:
    if not isinstance(flow.sender, Key):
        return BuiltIn.UNKNOWN_INTERFACE if flow.sender is Place.UNKNOWN_WORKLOAD else BuiltIn.NOT_GOVERNED, ()
    sender = stored(snapshot, flow.sender)
    before = before_egress(snapshot.settings, flow, sender)
    if before is not None or sender is None:
        return before or BuiltIn.UNKNOWN_INTERFACE, ()
    return outcome_of(snapshot, sender, Direction.EGRESS, flow)


def arrive(snapshot: Snapshot, flow: Flow) -> Found:
    if flow.receiver is Place.HOST:
        is_dropped = snapshot.settings.endpoint_to_host_action is EndpointToHostAction.DROP
        return BuiltIn.ENDPOINT_TO_HOST_DROP if is_dropped else BuiltIn.ENDPOINT_TO_HOST_ACCEPT, ()
    if flow.sender is Place.HOST:
        return BuiltIn.HOST_TO_WORKLOAD, ()
    receiver = stored(snapshot, flow.receiver)
    if receiver is None or not receiver.active:
        return BuiltIn.UNKNOWN_INTERFACE if receiver is None else BuiltIn.ENDPOINT_DOWN, ()
    return outcome_of(snapshot, receiver, Direction.INGRESS, flow)


def stored(snapshot: Snapshot, wanted: Key | Place) -> LocalEndpoint | None:
    return next((each for each in snapshot.endpoints.values() if each.stored == wanted), None)


def outcome_of(snapshot: Snapshot, endpoint: LocalEndpoint, direction: Direction, flow: Flow) -> Found:
    own, peer = flow.source, flow.destination
    if direction is Direction.INGRESS:
        own, peer = peer, own
    classes = ClassLookup(snapshot.classes, snapshot.addresses, snapshot.ranges)
    leaf = snapshot.leaf(endpoint.group(direction, own), classes.class_of(peer), flow.family)
    if flow.protocol in ICMPS:
        outcome = snapshot.outcomes[leaf.icmp_outcome(flow.protocol, flow.icmp_type, flow.icmp_code)]
    else:
        ports = (flow.source_port, flow.destination_port) if flow.protocol in PORTED else (0, 0)
        outcome = snapshot.outcomes[leaf.outcome(flow.protocol, source_port=ports[0], destination_port=ports[1])]
    return outcome.verdict, outcome.logs
