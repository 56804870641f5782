"""What the kernel would answer: a packet looked up in the compiled tables, never in the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.spec.host import privilege
from tests.spec.view import World
from tortie.compiled import BuiltIn, ClassLookup, GroupId, LocalEndpoint, Snapshot
from tortie.model import (
    ALL_INTERFACES,
    Action,
    Direction,
    Encapsulation,
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
    last = _host_says(BuiltIn.NOT_GOVERNED)
    logs: tuple[str, ...] = ()
    for found in _way(snapshot, flow):
        logs += found[2]
        if found[0] is not None:
            last = found
        if found[0] is Verdict.DENY:
            break
    return last[0], last[1], logs


def _way(snapshot: Snapshot, flow: Flow) -> Iterator[Answer]:
    """Yield what each hook says, in the kernel's order."""
    early = (
        flow
        if flow.untranslated is None
        else replace(flow, destination=flow.untranslated[0], destination_port=flow.untranslated[1])
    )
    if flow.sender is Place.HOST:
        if flow.receiver is not Place.ELSEWHERE:
            yield _host_says(BuiltIn.LOOPBACK if flow.receiver is Place.HOST else BuiltIn.HOST_TO_WORKLOAD)
            return
        raw = governed(snapshot, flow.out_interface, early, Direction.EGRESS, PolicyClass.UNTRACKED)
        yield from raw
        if not _marks(raw):
            if _tunnel(snapshot, flow, flow.destination) is BuiltIn.TUNNEL:
                yield _host_says(BuiltIn.TUNNEL)
                return
            yield from governed(snapshot, flow.out_interface, flow, Direction.EGRESS, PolicyClass.NORMAL)
        return
    sender = _endpoint(snapshot, flow.sender)
    interface = sender.interface if sender else flow.in_interface
    if flow.sender is Place.ELSEWHERE:
        marked = governed(snapshot, interface, early, Direction.INGRESS, PolicyClass.UNTRACKED)
    elif refused := _enter(snapshot, sender, flow):
        yield _host_says(refused)
        return
    else:
        marked = []
    yield from marked
    if not _marks(marked):
        mangled = governed(snapshot, interface, early, Direction.INGRESS, PolicyClass.PRE_DNAT)
        yield from mangled
        marked = mangled or marked
    yield from _through(snapshot, flow, interface, is_marked=_marks(marked))


def _through(snapshot: Snapshot, flow: Flow, interface: str, *, is_marked: bool) -> Iterator[Answer]:
    to_host = flow.receiver is Place.HOST
    sender = _endpoint(snapshot, flow.sender)
    if to_host and interface != "lo" and (tunnel := _tunnel(snapshot, flow, flow.source, from_workload=bool(sender))):
        yield _host_says(tunnel)
        return
    if not is_marked and not (to_host and sender):
        policy_class = PolicyClass.NORMAL if to_host else PolicyClass.FORWARD
        yield from governed(snapshot, interface, flow, Direction.INGRESS, policy_class)
    if sender:
        if decided := _before_policy(snapshot, flow):
            yield _host_says(decided)
            return
        yield _group(snapshot, sender, flow, Direction.EGRESS)
    if to_host:
        if sender:
            dropped = snapshot.settings.endpoint_to_host_action is EndpointToHostAction.DROP
            yield _host_says(BuiltIn.ENDPOINT_TO_HOST_DROP if dropped else BuiltIn.ENDPOINT_TO_HOST_ACCEPT)
        return
    receiver = _endpoint(snapshot, flow.receiver)
    if receiver is None and flow.receiver is not Place.ELSEWHERE:
        yield _host_says(BuiltIn.UNKNOWN_INTERFACE)
    elif receiver is not None:
        is_up = receiver.active
        yield _group(snapshot, receiver, flow, Direction.INGRESS) if is_up else _host_says(BuiltIn.ENDPOINT_DOWN)
    leaving = receiver.interface if receiver else flow.out_interface
    yield from governed(snapshot, leaving, flow, Direction.EGRESS, PolicyClass.FORWARD)
    if flow.untranslated is None and any(net.covers(flow.destination) for net in snapshot.service_nets):
        yield _host_says(BuiltIn.SERVICE_LOOP)


def _tunnel(snapshot: Snapshot, flow: Flow, peer: bytes, *, from_workload: bool = False) -> BuiltIn | None:
    """Return what the chain of the first tunnel says that has such packets; of packets that leave, a drop is none."""
    found = (snapshot.tunnels.get((how, flow.family)) for how in sorted(Encapsulation))
    for tunnel in (each for each in found if each and each.protocol == flow.protocol):
        if tunnel.port not in (None, flow.destination_port):
            continue
        is_known = not tunnel.known_only or any(net.covers(peer) for net in snapshot.known_hosts)
        if from_workload:
            return BuiltIn.FOREIGN_TUNNEL if tunnel.known_only else None
        return BuiltIn.TUNNEL if is_known else BuiltIn.FOREIGN_TUNNEL
    return None


def _host_says(rule: BuiltIn) -> Answer:
    return rule.verdict, rule, ()


def _marks(answers: list[Answer]) -> bool:
    """Tell whether an early policy allowed the packet, and not what the host lets pass by itself."""
    return any(verdict is Verdict.ALLOW and by not in set(BuiltIn) for verdict, by, _ in answers)


def _endpoint(snapshot: Snapshot, key: Key | Place) -> LocalEndpoint | None:
    return next((row for row in snapshot.endpoints.values() if row.stored == key), None)


def _enter(snapshot: Snapshot, sender: LocalEndpoint | None, flow: Flow) -> BuiltIn | None:
    if sender is None:
        return BuiltIn.UNKNOWN_INTERFACE
    if not sender.active:
        return BuiltIn.ENDPOINT_DOWN
    if snapshot.settings.openstack and flow.source == bytes(4) and _service(snapshot, flow) == "dhcp":
        return None
    owned = flow.source in sender.addresses or any(prefix.covers(flow.source) for prefix in sender.sources)
    unspecified = not any(flow.source) and _discovers(flow)
    if not owned and not (flow.receiver is Place.HOST and (unspecified or _LINK_LOCAL.covers(flow.source))):
        return BuiltIn.SPOOFED_SOURCE
    return None


def _before_policy(snapshot: Snapshot, flow: Flow) -> BuiltIn | None:
    settings = snapshot.settings
    if settings.openstack and flow.receiver is Place.HOST and _service(snapshot, flow):
        return BuiltIn.OPENSTACK_SERVICE
    vxlan = flow.protocol == 17 and flow.destination_port == settings.vxlan_port
    if (vxlan and not settings.allow_vxlan_from_workloads) or (
        flow.protocol == 4 and not settings.allow_ipip_from_workloads
    ):
        return BuiltIn.ENCAPSULATION
    return BuiltIn.NEIGHBOUR_DISCOVERY if flow.receiver is Place.HOST and _discovers(flow) else None


def _service(snapshot: Snapshot, flow: Flow) -> str:
    ports = (flow.protocol, flow.source_port, flow.destination_port)
    if ports == ((17, 68, 67) if flow.family is Family.V4 else (17, 546, 547)):
        return "dhcp"
    if ports[0] == 17 and ports[2] == 53:
        return "dns"
    return "metadata" if ports[0] == 6 and (flow.destination, ports[2]) == snapshot.settings.metadata else ""


def _discovers(flow: Flow) -> bool:
    return flow.family is Family.V6 and flow.protocol == 58 and flow.icmp_type in _DISCOVERY


def _group(snapshot: Snapshot, endpoint: LocalEndpoint, flow: Flow, direction: Direction) -> Answer:
    own = flow.destination if direction is Direction.INGRESS else flow.source
    classes = ClassLookup(snapshot.classes, snapshot.addresses, snapshot.ranges)
    group = snapshot.group_of(endpoint.group(direction, own), classes.class_of(own))
    return _decided(snapshot, group.id, flow, direction)


def governed(
    snapshot: Snapshot, interface: str, flow: Flow, direction: Direction, policy_class: PolicyClass
) -> list[Answer]:
    """Return what a host endpoint's list says in a direction, or what lets a packet past it; none without a list."""
    row = snapshot.host_endpoints.get(interface) or snapshot.host_endpoints.get(ALL_INTERFACES)
    id_ = row.dispatches.get((policy_class, direction)) if row else None
    if id_ is None or interface == "lo":
        return []
    if word := privilege(World({}, snapshot.settings, ""), flow, policy_class, direction):
        return [_host_says(BuiltIn(word))]
    own = flow.destination if direction is Direction.INGRESS else flow.source
    classes = ClassLookup(snapshot.classes, snapshot.addresses, snapshot.ranges)
    group = snapshot.owners.get((id_, classes.class_of(own)), snapshot.dispatches[id_].default)
    return [_decided(snapshot, group, flow, direction)]


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
