"""Kubernetes' NetworkPolicy (networking.k8s.io/v1) as a policy. Source: datastore specification 13."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tortie.api.fields import Fields
from tortie.api.label_selector import PODS, label_selector
from tortie.api.metadata import Named
from tortie.api.numbers import port_of
from tortie.api.policy import check_says_nothing, read_staged_action
from tortie.api.uids import converted_uid
from tortie.model import (
    SCTP,
    TCP,
    UDP,
    Action,
    Direction,
    EntityMatch,
    Key,
    Metadata,
    Policy,
    Port,
    PortRange,
    Prefix,
    Protocol,
    Rule,
    StagedAction,
    parse_prefix,
)

__all__ = ["merged_ports", "read_kubernetes_policy", "read_masked_net", "read_staged_kubernetes_policy"]

_ORDER = 1000.0
_DIRECTIONS = {str(direction): direction for direction in Direction}
_PROTOCOLS = {"SCTP": Protocol(SCTP), "TCP": Protocol(TCP), "UDP": Protocol(UDP)}


@dataclass(frozen=True, slots=True)
class _Ports:
    """The ports of one protocol that a rule opens; none means all of them."""

    protocol: Protocol | None
    ports: tuple[Port, ...] = ()


def read_kubernetes_policy(key: Key, named: Named, spec: Fields) -> Policy:
    """Return the policy that a Kubernetes NetworkPolicy means, problems noted.

    A rule that cannot be read is a problem, never a rule that lets more through than its author wrote.
    """
    found = named.metadata
    return _policy(key, Metadata(uid=converted_uid(found.uid), revision=found.revision, created=found.created), spec)


def read_staged_kubernetes_policy(key: Key, named: Named, spec: Fields) -> Policy:
    """Return the policy that a StagedKubernetesNetworkPolicy means, problems noted. Source: rules 37 and 39."""
    staged = read_staged_action(spec)
    if staged is StagedAction.DELETE:
        check_says_nothing(spec, ("podSelector", "ingress", "egress", "policyTypes"))
        return Policy(key, named.metadata, staged=staged)
    seen: set[str] = set()
    for text, path in spec.texts("policyTypes"):
        if text in seen:
            spec.report.add(path, f"`{text[:60]}` stands twice in `policyTypes`", "keep one of the two")
        seen.add(text)
    return replace(_policy(key, named.metadata, spec), staged=staged)


def _policy(key: Key, metadata: Metadata, spec: Fields) -> Policy:
    pods = spec.fields("podSelector")
    ingress, egress = _rules(spec, Direction.INGRESS), _rules(spec, Direction.EGRESS)
    return Policy(
        key,
        metadata,
        order=_ORDER,
        selector=label_selector(pods, PODS),
        types=_types(spec, has_egress=bool(egress)),
        ingress=ingress,
        egress=egress,
    )


def _types(spec: Fields, *, has_egress: bool) -> tuple[Direction, ...]:
    """Return the types, of a policy that names none those that Kubernetes' API server would write into it.

    Source: enforcement specification 1.2; Kubernetes `pkg/apis/networking/v1/defaults.go`.
    """
    types = {_DIRECTIONS[text] for text, path in spec.texts("policyTypes") if _is_direction(spec, text, path)}
    if not types:
        types = {Direction.INGRESS, Direction.EGRESS} if has_egress else {Direction.INGRESS}
    return tuple(direction for direction in Direction if direction in types)


def _is_direction(spec: Fields, text: str, path: str) -> bool:
    if text not in _DIRECTIONS:
        spec.report.choose(path, "the policy type", text, _DIRECTIONS)
    return text in _DIRECTIONS


def _rules(spec: Fields, direction: Direction) -> tuple[Rule, ...]:
    """Return the rules of one direction; what is unclear allows nothing."""
    found: list[Rule] = []
    for fields in spec.each(direction.lower()):
        before = len(spec.report.unclear)
        rules = tuple(_rule(fields, direction))
        found += rules if len(spec.report.unclear) == before else ()
    return tuple(found)


def _rule(fields: Fields, direction: Direction) -> Iterator[Rule]:
    """Yield the rules of one: for each protocol in order of name, for each peer in order."""
    is_ingress = direction is Direction.INGRESS
    peers = [_peer(found) for found in fields.each("from" if is_ingress else "to")] or [EntityMatch()]
    opened = _opened(fields)
    fields.close()
    for found in opened:
        for peer in peers:
            if is_ingress:
                source, destination = peer, EntityMatch(ports=found.ports)
            else:
                source, destination = EntityMatch(), replace(peer, ports=found.ports)
            yield Rule(Action.ALLOW, protocol=found.protocol, source=source, destination=destination)


def _peer(fields: Fields) -> EntityMatch:
    block = fields.fields("ipBlock")
    pods, namespaces = fields.fields("podSelector"), fields.fields("namespaceSelector")
    fields.close()
    if block is None:
        if pods is None and namespaces is None:
            what = "a peer has `podSelector`, `namespaceSelector` or `ipBlock`; an empty one matches nothing"
            fields.report.add(fields.path, what, "write `podSelector: {}` for all pods of the namespace")
        spaces = label_selector(namespaces)
        return EntityMatch(selector=label_selector(pods, PODS), namespace_selector=spaces)
    if pods is not None or namespaces is not None:
        what = "`ipBlock` cannot stand together with `podSelector` or `namespaceSelector`"
        fields.report.add(block.path, what, "make two peers")
    return _block(block)


def _block(fields: Fields) -> EntityMatch:
    nets = read_masked_net(fields, fields.at("cidr"), fields.text("cidr"))
    excepted = [(net, path) for text, path in fields.texts("except") for net in read_masked_net(fields, path, text)]
    for net, path in excepted:
        if nets and not (net.length > nets[0].length and nets[0].covers(net.network)):
            fields.report.add(path, f"`{net}` is not a part of `{nets[0]}`", "except a smaller CIDR within `cidr`")
    fields.close()
    return EntityMatch(nets=nets, not_nets=tuple(dict.fromkeys(net for net, _ in excepted)))


def read_masked_net(fields: Fields, path: str, text: str) -> tuple[Prefix, ...]:
    """Return the CIDR that a text means, its host bits cleared; nothing, with a problem, where it means none."""
    if "/" in text:
        try:
            return (parse_prefix(text),)
        except ValueError:
            pass
    fields.report.add(path, f"`{text[:60]}` is not a CIDR", "write `10.0.0.0/8` or `2001:db8::/32`")
    return ()


def _opened(fields: Fields) -> list[_Ports]:
    """Return the ports a rule opens, by protocol in order of name; one entry for anything where it names none."""
    by_protocol: dict[str, list[Port | None]] = {}
    count = 0
    for found in fields.each("ports"):
        count += 1
        protocol = found.choice("protocol", {word: word for word in _PROTOCOLS}) or "TCP"
        by_protocol.setdefault(protocol, []).append(_port(found))
        found.close()
    if not count:
        return [_Ports(None)]
    return [_Ports(_PROTOCOLS[word], merged_ports(ports)) for word, ports in sorted(by_protocol.items())]


def _port(fields: Fields) -> Port | None:
    """Return the port of an entry, None where it means all ports of the protocol."""
    value, last = fields.take("port"), fields.integer("endPort", 1, 65535)
    port = None if value is None else port_of(fields, fields.at("port"), value)
    if last is None:
        return port
    if not isinstance(port, PortRange) or not port.first <= last:
        fields.report.add(fields.at("endPort"), "`endPort` needs a `port` number that is not above it")
        return port
    return PortRange(port.first, last)


def merged_ports(ports: list[Port | None]) -> tuple[Port, ...]:
    """Return names first, then numbers in order, neighbours as one range; one that means all takes in the rest."""
    if None in ports:
        return ()
    numbers = sorted(port for port in ports if isinstance(port, PortRange))
    if len(numbers) <= 1:
        return tuple(port for port in ports if port is not None)
    merged: list[PortRange] = []
    for port in numbers:
        if merged and port.first <= merged[-1].last + 1:
            merged[-1] = PortRange(merged[-1].first, max(merged[-1].last, port.last))
        else:
            merged.append(port)
    return (*(port for port in ports if isinstance(port, str)), *merged)
