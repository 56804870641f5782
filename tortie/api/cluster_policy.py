"""Kubernetes' policies of administrators: ClusterNetworkPolicy, and AdminNetworkPolicy and its baseline before it.

Each becomes a global policy in a tier of its own, before or behind those of namespaces.

Source: datastore specification 14; api specification 1.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from tortie.api.closed import closed_rule
from tortie.api.fields import Fields
from tortie.api.kubernetes_policy import merged_ports, read_masked_net
from tortie.api.label_selector import PODS, label_selector
from tortie.api.metadata import Named
from tortie.api.names import is_port_name
from tortie.api.uids import converted_uid
from tortie.model import (
    MAX_PORT,
    PROTOCOL_NUMBERS,
    Action,
    Direction,
    EntityMatch,
    Key,
    Metadata,
    Policy,
    Port,
    PortRange,
    Protocol,
    Rule,
)

__all__ = ["read_admin_policy", "read_baseline_policy", "read_cluster_policy"]

_ADMIN, _BASELINE = "kube-admin", "kube-baseline"
_TIERS = {"Admin": _ADMIN, "Baseline": _BASELINE}
_MAX_PRIORITY = 1000
_BASELINE_ORDER = 1000.0
_BASELINE_NAME = "default"
_ACTIONS = {"Deny": Action.DENY, "Pass": Action.PASS}
_CLUSTER_ACTIONS: Mapping[str, Action] = {"Accept": Action.ALLOW, **_ACTIONS}
_ADMIN_ACTIONS: Mapping[str, Action] = {"Allow": Action.ALLOW, **_ACTIONS}
_BASELINE_ACTIONS: Mapping[str, Action] = {"Allow": Action.ALLOW, "Deny": Action.DENY}
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_UNSUPPORTED = ("nodes", "domainNames")

_Opened = dict[str, list[Port | None]]
"""Ports by protocol, "" for named ports of any; None is every port of the protocol."""


@dataclass(frozen=True, slots=True)
class _Form:
    """What differs between the kinds: the words for actions, and how they write ports."""

    actions: Mapping[str, Action]
    opened: Callable[[Fields], _Opened]


def read_cluster_policy(key: Key, named: Named, spec: Fields) -> Policy:
    """Return the policy that a ClusterNetworkPolicy means, problems noted."""
    tier = spec.choice("tier", _TIERS, needed=True) or _ADMIN
    order = _priority(spec)
    return _policy(Policy(key, _metadata(named), tier=tier, order=order), spec, _Form(_CLUSTER_ACTIONS, _protocols))


def read_admin_policy(key: Key, named: Named, spec: Fields) -> Policy:
    """Return the policy that an AdminNetworkPolicy means, problems noted; it is in today's tier of administrators."""
    order = _priority(spec)
    return _policy(Policy(key, _metadata(named), tier=_ADMIN, order=order), spec, _Form(_ADMIN_ACTIONS, _ports))


def read_baseline_policy(key: Key, named: Named, spec: Fields) -> Policy:
    """Return the policy that a BaselineAdminNetworkPolicy means, problems noted."""
    if key.name != _BASELINE_NAME:
        what = f"there is one BaselineAdminNetworkPolicy, and its name is `{_BASELINE_NAME}`"
        spec.report.add("metadata.name", what, f"write `name: {_BASELINE_NAME}`")
    policy = Policy(key, _metadata(named), tier=_BASELINE, order=_BASELINE_ORDER)
    return _policy(policy, spec, _Form(_BASELINE_ACTIONS, _ports))


def _metadata(named: Named) -> Metadata:
    found = named.metadata
    return Metadata(uid=converted_uid(found.uid), revision=found.revision, created=found.created)


def _priority(spec: Fields) -> float | None:
    priority = spec.integer("priority", 0, _MAX_PRIORITY)
    if not spec.has("priority"):
        spec.report.add(spec.at("priority"), f"`priority` is missing: 0 to {_MAX_PRIORITY}", "add `priority`")
    return None if priority is None else float(priority)


def _policy(policy: Policy, spec: Fields, form: _Form) -> Policy:
    """Return the policy with its subject and rules; it governs the directions that have rules."""
    subject = spec.fields("subject")
    peer = EntityMatch()
    if subject is None:
        spec.report.add(spec.at("subject"), "`subject` is missing", "write `subject: {namespaces: {}}` for all pods")
    else:
        peer = _pods(subject, "a subject")
        subject.close()
    rules = {direction: tuple(_rules(spec, direction, form)) for direction in Direction}
    return replace(
        policy,
        selector=peer.selector,
        namespace_selector=peer.namespace_selector,
        types=tuple(direction for direction in Direction if rules[direction]) or (Direction.INGRESS,),
        ingress=rules[Direction.INGRESS],
        egress=rules[Direction.EGRESS],
    )


def _pods(fields: Fields, what: str) -> EntityMatch:
    """Return the pods that `namespaces` or `pods` mean: exactly one of them is there."""
    namespaces, pods = fields.fields("namespaces"), fields.fields("pods")
    if (namespaces is None) == (pods is None):
        mend = "write `namespaces: {}` for all pods"
        fields.report.add(fields.path, f"{what} has either `namespaces` or `pods`", mend)
    if pods is None:
        return EntityMatch(selector=PODS, namespace_selector=label_selector(namespaces) or "all()")
    spaces = label_selector(pods.fields("namespaceSelector")) or "all()"
    match = EntityMatch(selector=label_selector(pods.fields("podSelector"), PODS), namespace_selector=spaces)
    pods.close()
    return match


def _rules(spec: Fields, direction: Direction, form: _Form) -> Iterator[Rule]:
    """Yield the rules of one direction; of what is unclear, all that it might deny."""
    for fields in spec.each(direction.lower()):
        before = len(spec.report.unclear)
        rules = tuple(_rule(fields, direction, form))
        unclear = spec.report.unclear[before:]
        yield from rules if not unclear else closed_rule(_bare(fields, form), fields.path, unclear)


def _bare(fields: Fields, form: _Form) -> Rule:
    """Return a rule that says nothing but its action."""
    word = fields.take("action")
    return Rule(form.actions.get(word if isinstance(word, str) else "", Action.DENY))


def _rule(fields: Fields, direction: Direction, form: _Form) -> Iterator[Rule]:
    """Yield the rules of one: for each protocol in order of name, for each peer in order."""
    is_ingress = direction is Direction.INGRESS
    name, side = fields.text("name"), "from" if is_ingress else "to"
    action = fields.choice("action", {word: word for word in form.actions}, needed=True)
    peers = [_peer(found, direction) for found in fields.each(side)]
    if not peers:
        fields.report.add(fields.at(side), f"`{side}` needs at least one peer", "write `- namespaces: {}` for all pods")
    opened = form.opened(fields)
    fields.close()
    everything: _Opened = {"": [None]}
    rule = Rule(form.actions.get(action or "", Action.DENY), annotations={"name": name} if name else {})
    for word, ports in sorted((opened or everything).items()):
        protocol = Protocol(PROTOCOL_NUMBERS[word]) if word else None
        for peer in peers:
            other = EntityMatch(ports=merged_ports(ports))
            source = peer if is_ingress else EntityMatch()
            destination = other if is_ingress else replace(peer, ports=other.ports)
            yield replace(rule, protocol=protocol, source=source, destination=destination)


def _peer(fields: Fields, direction: Direction) -> EntityMatch:
    networks = fields.texts("networks") if direction is Direction.EGRESS else []
    for name in _UNSUPPORTED if direction is Direction.EGRESS else ():
        if fields.has(name):
            what = f"`{name}` cannot be enforced: no policy of the dataplane knows them"
            fields.report.add(fields.at(name), what, "name `networks`, or pods")
    if networks:
        if fields.has("namespaces", "pods"):
            fields.report.add(fields.path, "a peer has one of `namespaces`, `pods` and `networks`", "make two peers")
        match = EntityMatch(nets=tuple(net for text, path in networks for net in read_masked_net(fields, path, text)))
    elif fields.has(*_UNSUPPORTED):
        match = EntityMatch()
    else:
        match = _pods(fields, "a peer")
    fields.close()
    return match


def _protocols(fields: Fields) -> _Opened:
    """Return the ports that `protocols` of a ClusterNetworkPolicy open."""
    opened: _Opened = {}
    for entry in fields.each("protocols"):
        given = [word for word in _PROTOCOLS if entry.has(word.lower())]
        name = entry.text("destinationNamedPort")
        if len(given) + bool(name) != 1:
            what = "an entry has one of `tcp`, `udp`, `sctp` and `destinationNamedPort`"
            entry.report.add(entry.path, what, "make one entry for each")
        for word in given:
            if (transport := entry.fields(word.lower())) is not None:
                opened.setdefault(word, []).append(_port(transport, "destinationPort"))
                transport.close()
        if name:
            opened.setdefault("", []).append(_named(entry, "destinationNamedPort", name))
        entry.close()
    return opened


def _port(fields: Fields, name: str) -> Port | None:
    """Return a port `number` or a `range` of them, None where every port is meant."""
    port = fields.fields(name)
    if port is None:
        return None
    span, number = port.fields("range"), port.integer("number", 1, MAX_PORT)
    if (span is None) == (not port.has("number")):
        port.report.add(port.path, "a port has either `number` or `range`", "write `number: 80`")
    port.close()
    if span is None:
        return None if number is None else PortRange(number, number)
    found = _range(span)
    span.close()
    return found


def _range(fields: Fields) -> PortRange | None:
    first, last = fields.integer("start", 1, MAX_PORT), fields.integer("end", 1, MAX_PORT)
    if not fields.has("start") or not fields.has("end"):
        fields.report.add(fields.path, "a range has `start` and `end`", "add both")
    if first is None or last is None:
        return None
    if first > last:
        fields.report.add(fields.at("end"), f"the range ends before it starts: {first} to {last}", "swap the two")
        return None
    return PortRange(first, last)


def _named(fields: Fields, name: str, text: str) -> str:
    if not is_port_name(text):
        fields.report.add(fields.at(name), f"`{text[:40]}` is not a port's name")
    return text


def _ports(fields: Fields) -> _Opened:
    """Return the ports that `ports` of an AdminNetworkPolicy open."""
    opened: _Opened = {}
    for entry in fields.each("ports"):
        number, span, name = entry.fields("portNumber"), entry.fields("portRange"), entry.text("namedPort")
        if (number is not None) + (span is not None) + bool(name) != 1:
            what = "an entry has one of `portNumber`, `portRange` and `namedPort`"
            entry.report.add(entry.path, what, "make one entry for each")
        if number is not None:
            found = number.integer("port", 1, MAX_PORT)
            if not number.has("port"):
                number.report.add(number.at("port"), "`port` is missing", "add `port`")
            opened.setdefault(_word(number), []).append(None if found is None else PortRange(found, found))
            number.close()
        if span is not None:
            opened.setdefault(_word(span), []).append(_range(span))
            span.close()
        if name:
            opened.setdefault("", []).append(_named(entry, "namedPort", name))
        entry.close()
    return opened


def _word(fields: Fields) -> str:
    return fields.choice("protocol", {word: word for word in _PROTOCOLS}) or _PROTOCOLS[0]
