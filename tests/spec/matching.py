"""When a rule matches a packet: part of the specification in `semantics.py`, and as plain as that."""

from __future__ import annotations

from dataclasses import dataclass

from tests.spec.view import Whole, World, holds, stripped
from tortie.model import (
    NAMESPACE_LABEL,
    NAMESPACE_PREFIX,
    SERVICE_ACCOUNT_LABEL,
    SERVICE_ACCOUNT_PREFIX,
    EndpointSlice,
    EntityMatch,
    Family,
    Flow,
    IcmpMatch,
    NetworkSet,
    Port,
    Rule,
)

ICMP = {Family.V4: 1, Family.V6: 58}
PORT_PROTOCOLS = (6, 17, 132)


@dataclass(frozen=True, slots=True)
class End:
    """One end of a packet."""

    address: bytes
    port: int
    is_destination: bool


def matches(world: World, rule: Rule, namespace: str, flow: Flow) -> bool:
    """Does a rule match a packet? All fields that are given must hold [E4.1]; HTTP is not looked at here [E4.8]."""
    family = rule.ip_version or (rule.protocol.implied_family if rule.protocol else None)  # [A2.3, E4.4]
    if family is not None and family != flow.family:
        return False
    if rule.protocol is not None and rule.protocol.number != flow.protocol:
        return False
    if rule.not_protocol is not None and rule.not_protocol.number == flow.protocol:
        return False
    if rule.icmp is not None and not is_icmp(rule.icmp, flow):
        return False
    if rule.not_icmp is not None and is_icmp(rule.not_icmp, flow):
        return False
    ends = (
        (rule.source, End(flow.source, flow.source_port, is_destination=False)),
        (rule.destination, End(flow.destination, flow.destination_port, is_destination=True)),
    )
    return all(entity_matches(world, entity, namespace, flow, end) for entity, end in ends)


def is_icmp(match: IcmpMatch, flow: Flow) -> bool:
    """Is a packet ICMP of its own family with that type and code [E4.6]? notICMP is the plain negation."""
    is_type = match.type is None or match.type == flow.icmp_type
    return flow.protocol == ICMP[flow.family] and is_type and match.code in (None, flow.icmp_code)


def entity_matches(  # noqa: PLR0911 - one line a field
    world: World, entity: EntityMatch, namespace: str, flow: Flow, end: End
) -> bool:
    """Does one side of a packet match [A2.4, A2.5]? Nets of the other family contain nothing, so negated ones hold."""
    if entity.services is not None and not is_behind(world, entity, namespace, flow, end):
        return False
    if entity.nets and not any(net.covers(end.address) for net in entity.nets):
        return False
    if any(net.covers(end.address) for net in entity.not_nets):
        return False
    owners = list(world.owners(end.address))
    if is_scoped(entity, namespace):
        owners = [owner for owner in owners if is_meant(world, entity, namespace, owner)]
        if not owners:
            return False
    elif entity.not_selector and any(holds(entity.not_selector, world.labels(owner)) for owner in owners):
        return False
    if entity.ports and not any(is_port(port, owners, flow, end) for port in entity.ports):
        return False
    return not any(is_port(port, owners, flow, end) for port in entity.not_ports)


def is_behind(world: World, entity: EntityMatch, namespace: str, flow: Flow, end: End) -> bool:
    """Is it an address behind the service, and, as a destination, a port that its slice lists [E4.7]?

    A service that says no namespace is in the policy's own.
    """
    asked = entity.services
    for value in world.resources.values():
        if asked and isinstance(value, EndpointSlice) and value.service == asked.name:
            listed = value.key.namespace == (asked.namespace or namespace) and end.address in value.addresses
            ports = [(port.protocol.number, port.port) for port in value.ports]
            if listed and (not end.is_destination or (flow.protocol, end.port) in ports):
                return True
    return False


def is_scoped(entity: EntityMatch, namespace: str) -> bool:
    """Does a side speak of known objects only [A2.5]? In a namespace a lone notSelector does too; nets never do."""
    accounts = entity.service_accounts
    is_accounts = accounts is not None and bool(accounts.names or accounts.selector)
    is_asking = bool(entity.selector or entity.namespace_selector) or is_accounts
    return is_asking or bool(namespace and entity.not_selector)


def is_meant(world: World, entity: EntityMatch, namespace: str, owner: Whole) -> bool:
    """Is one object what the selectors of a scoped side ask for, all of them together [A6.4]?"""
    labels = world.labels(owner)
    is_namespaced = NAMESPACE_LABEL in labels
    if entity.namespace_selector:
        spaces = stripped(labels, NAMESPACE_PREFIX)
        if not holds(entity.namespace_selector, spaces, everything=is_namespaced, unscoped=not is_namespaced):
            return False
    elif namespace and labels.get(NAMESPACE_LABEL) != namespace:
        return False
    accounts = entity.service_accounts
    if accounts and accounts.names and labels.get(SERVICE_ACCOUNT_LABEL) not in accounts.names:
        return False
    if accounts and accounts.selector and not holds(accounts.selector, stripped(labels, SERVICE_ACCOUNT_PREFIX)):
        return False
    if entity.selector and not holds(entity.selector, labels):
        return False
    return not (entity.not_selector and holds(entity.not_selector, labels))


def is_port(port: Port, owners: list[Whole], flow: Flow, end: End) -> bool:
    """Is it the packet's port: by number, or by the name under which an endpoint there declares it [A2.2]?"""
    if flow.protocol not in PORT_PROTOCOLS:
        return False
    if not isinstance(port, str):
        return port.first <= end.port <= port.last
    for owner in owners:
        for declared in () if isinstance(owner, NetworkSet) else owner.ports:
            if (declared.name, declared.protocol.number, declared.port) == (port, flow.protocol, end.port):
                return True
    return False
