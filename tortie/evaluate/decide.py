"""The journey of a flow through one host, and who is asked on the way.

Untracked and pre-DNAT policy of the interface it comes in by; then, to a process of the host, whether it is a tunnel's,
and the policy of that interface, or else, through the host: forward policy of that interface, the sender's egress, the
receiver's ingress, forward policy of the interface it leaves by. Source: enforcement.md 2.2, 3.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tortie.compiled import BuiltIn, ClassLookup, LocalEndpoint, SetId, Snapshot
from tortie.evaluate.checks import before_host_policy, before_workload_policy, entry
from tortie.evaluate.network import service_loop, tunnel_in, tunnel_out
from tortie.evaluate.section import Decision, Section
from tortie.evaluate.walk import walk
from tortie.model import (
    ALL_INTERFACES,
    LOOPBACK_INTERFACE,
    Direction,
    EndpointToHostAction,
    Flow,
    Key,
    Place,
    PolicyClass,
    Verdict,
)

__all__ = ["EARLY", "Evaluator", "decide", "untranslated"]

EARLY = (PolicyClass.UNTRACKED, PolicyClass.PRE_DNAT)
"""The lists that see packets before their destination is translated, in their order."""

_NOTHING: frozenset[SetId] = frozenset()
_IN, _OUT = Direction.INGRESS, Direction.EGRESS


def decide(snapshot: Snapshot, flow: Flow) -> Decision:
    """Return what becomes of a flow that passes the snapshot's host."""
    return Evaluator(snapshot).decide(flow)


class Evaluator:
    """Decides flows against one snapshot; keeps what it needs to do so for many."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Index the snapshot's address classes and endpoints, once."""
        self._snapshot = snapshot
        self._classes = ClassLookup(snapshot.classes, snapshot.addresses, snapshot.ranges)
        self._endpoints = {endpoint.stored: endpoint for endpoint in snapshot.endpoints.values()}

    def decide(self, flow: Flow) -> Decision:
        """Return what becomes of a flow: everybody on its way has a say, and the first deny is final."""
        last: Section | BuiltIn = BuiltIn.NOT_GOVERNED
        sections = []
        for each in self._way(flow):
            if isinstance(each, Section):
                sections.append(each)
            if each.verdict is not None:
                last = each
            if last.verdict is Verdict.DENY:
                break
        rule = last.rule if isinstance(last, Section) else last
        return Decision(last.verdict or Verdict.ALLOW, rule, tuple(sections))

    def section(self, endpoint: LocalEndpoint, direction: Direction, flow: Flow) -> Section:
        """Return what an active workload endpoint's policy says of a flow in one direction."""
        own, peer = _ends(flow, direction)
        group = self._snapshot.group_of(endpoint.group(direction, own), self._classes.class_of(own))
        own_sets = group.own.get(flow.family, _NOTHING)
        steps = tuple(walk(group.plan, flow, self._classes.sets_of(peer), own_sets))
        return Section(endpoint, direction, group.plan, steps)

    def _way(self, flow: Flow) -> Iterator[Section | BuiltIn]:
        """Yield who is asked, in order; nobody goes on after a deny."""
        if flow.sender is Place.HOST:
            yield from self._from_host(flow)
            return
        interface = flow.in_interface
        if flow.sender is not Place.ELSEWHERE:
            sender = self._workload(flow.sender)
            if (refused := entry(self._snapshot.settings, flow, sender)) is not None or sender is None:
                yield refused or BuiltIn.UNKNOWN_INTERFACE
                return
            interface = sender.interface
        is_exempt = False
        for policy_class in EARLY:
            may_speak = policy_class is PolicyClass.PRE_DNAT or flow.sender is Place.ELSEWHERE
            if not is_exempt and may_speak:
                for each in self._host(interface, policy_class, _IN, untranslated(flow)):
                    is_exempt = each.exempts
                    yield each
        if flow.receiver is Place.HOST:
            yield from self._to_host(flow, interface, is_exempt=is_exempt)
        else:
            yield from self._through(flow, interface, is_exempt=is_exempt)

    def _to_host(self, flow: Flow, interface: str, *, is_exempt: bool) -> Iterator[Section | BuiltIn]:
        """Yield who is asked about a packet to a process of the host, once it is tracked and translated."""
        if (tunnelled := tunnel_in(self._snapshot, flow)) is not None:
            yield tunnelled
            return
        if not is_exempt and flow.sender is Place.ELSEWHERE:
            yield from self._host(interface, PolicyClass.NORMAL, _IN, flow)
        yield from self._leave(flow)

    def _through(self, flow: Flow, interface: str, *, is_exempt: bool) -> Iterator[Section | BuiltIn]:
        """Yield who is asked about a packet that the host forwards, once it is tracked and translated."""
        if not is_exempt:
            yield from self._host(interface, PolicyClass.FORWARD, _IN, flow)
        yield from self._leave(flow)
        yield from self._arrive(flow)
        if (circling := service_loop(self._snapshot, flow)) is not None:
            yield circling

    def _from_host(self, flow: Flow) -> Iterator[Section | BuiltIn]:
        """Yield who is asked about what a process of the host sends."""
        if flow.receiver is Place.HOST:
            yield BuiltIn.LOOPBACK
        elif flow.receiver is not Place.ELSEWHERE:
            yield BuiltIn.HOST_TO_WORKLOAD
        else:
            for each in self._host(flow.out_interface, PolicyClass.UNTRACKED, _OUT, untranslated(flow)):
                yield each
                if each.exempts:
                    return
            if (tunnelled := tunnel_out(self._snapshot, flow)) is not None:
                yield tunnelled
                return
            yield from self._host(flow.out_interface, PolicyClass.NORMAL, _OUT, flow)

    def _leave(self, flow: Flow) -> Iterator[Section | BuiltIn]:
        """Yield the sender's side, where that is a workload, and whether it may reach its own host."""
        sender = self._workload(flow.sender)
        if sender is None:
            return
        before = before_workload_policy(self._snapshot.settings, flow)
        if before is not None:
            yield before
            return
        yield self.section(sender, _OUT, flow)
        if flow.receiver is Place.HOST:
            is_dropped = self._snapshot.settings.endpoint_to_host_action is EndpointToHostAction.DROP
            yield BuiltIn.ENDPOINT_TO_HOST_DROP if is_dropped else BuiltIn.ENDPOINT_TO_HOST_ACCEPT

    def _arrive(self, flow: Flow) -> Iterator[Section | BuiltIn]:
        """Yield the receiver's side, where that is a workload, and the interface that a forwarded packet leaves by."""
        interface = flow.out_interface
        if flow.receiver is not Place.ELSEWHERE:
            receiver = self._workload(flow.receiver)
            if receiver is None:
                yield BuiltIn.UNKNOWN_INTERFACE
                return
            interface = receiver.interface
            yield self.section(receiver, _IN, flow) if receiver.active else BuiltIn.ENDPOINT_DOWN
        yield from self._host(interface, PolicyClass.FORWARD, _OUT, flow)

    def _workload(self, place: Key | Place) -> LocalEndpoint | None:
        return self._endpoints.get(place) if isinstance(place, Key) else None

    def _host(self, interface: str, policy_class: PolicyClass, direction: Direction, flow: Flow) -> Iterator[Section]:
        """Yield what a list of the interface's host endpoint says; nothing where it has none."""
        rows = self._snapshot.host_endpoints
        endpoint = rows.get(interface) or rows.get(ALL_INTERFACES)
        dispatch = endpoint.dispatches.get((policy_class, direction)) if endpoint is not None else None
        if endpoint is None or dispatch is None or interface == LOOPBACK_INTERFACE:
            return
        plan = self._snapshot.dispatches[dispatch].plan
        before = before_host_policy(self._snapshot.settings, flow, policy_class, direction)
        own, peer = _ends(flow, direction)
        asked = walk(plan, flow, self._classes.sets_of(peer), self._classes.sets_of(own)) if before is None else ()
        yield Section(endpoint, direction, plan, tuple(asked), before)


def _ends(flow: Flow, direction: Direction) -> tuple[bytes, bytes]:
    """Return the address of the endpoint's own side, and that of its peer."""
    return (flow.destination, flow.source) if direction is _IN else (flow.source, flow.destination)


def untranslated(flow: Flow) -> Flow:
    """Return the flow as it was before its destination was translated."""
    if flow.untranslated is None:
        return flow
    destination, port = flow.untranslated
    return replace(flow, destination=destination, destination_port=port)
