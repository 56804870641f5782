"""Rules: what each field says, and what fields must not say together; rules 41 to 57 of the API."""

from __future__ import annotations

from dataclasses import dataclass

from tortie.api.closed import closed_rule
from tortie.api.entity import Side, read_entity
from tortie.api.fields import Fields
from tortie.api.http import read_http
from tortie.api.metadata import check_annotations
from tortie.api.numbers import read_protocol
from tortie.model import (
    CONVERTED_KINDS,
    ICMP_OF,
    NAMESPACED_KINDS,
    TCP,
    Action,
    Direction,
    Family,
    IcmpMatch,
    Kind,
    PortRange,
    Rule,
)

__all__ = ["MAX_RULES", "Scope", "read_rules"]

MAX_RULES = 1024
_ACTIONS = {str(action): action for action in Action}
_MAX_ICMP_TYPE = 254
_MAX_ICMP_CODE = 255
_ICMP_FAMILY = {number: family for family, number in ICMP_OF.items()}


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rules these are; `limited` tells that lists and texts have their greatest lengths."""

    kind: Kind

    @property
    def limited(self) -> bool:
        """Tell whether lengths are limited: Kubernetes has no such limits."""
        return self.kind not in CONVERTED_KINDS

    @property
    def is_global_policy(self) -> bool:
        """Tell whether the rules are those of a policy without a namespace."""
        return self.kind is not Kind.PROFILE and self.kind not in NAMESPACED_KINDS


def read_rules(spec: Fields, direction: Direction, scope: Scope) -> tuple[Rule, ...]:
    """Return the rules of one direction, problems noted."""
    name = direction.lower()
    items = spec.items(name)
    if scope.limited and len(items) > MAX_RULES:
        spec.report.add(spec.at(name), f"`{name}` has {len(items)} rules: at most {MAX_RULES}", is_clear=True)
    rules: list[Rule] = []
    for value, path in items:
        before = len(spec.report.unclear)
        rule = Rule(Action.DENY)
        if (fields := spec.object_at(value, path)) is not None:
            rule = _rule(fields, direction, scope)
            fields.close()
        unclear = spec.report.unclear[before:]
        rules += closed_rule(rule, path, unclear) if unclear else (rule,)
    return tuple(rules)


def _rule(fields: Fields, direction: Direction, scope: Scope) -> Rule:
    version = fields.take("ipVersion")
    family = Family(version) if version in (4, 6) and not isinstance(version, bool) else None
    if version is not None and family is None:
        fields.report.add(fields.at("ipVersion"), f"`ipVersion` is 4 or 6, not `{version!s:.20}`")
    source = read_entity(fields, "source", limited=scope.limited)
    destination = read_entity(fields, "destination", limited=scope.limited)
    rule = Rule(
        action=fields.choice("action", _ACTIONS, needed=True) or Action.DENY,
        ip_version=family,
        protocol=read_protocol(fields, "protocol"),
        not_protocol=read_protocol(fields, "notProtocol"),
        icmp=_icmp(fields, "icmp"),
        not_icmp=_icmp(fields, "notICMP"),
        source=source.match,
        destination=destination.match,
        http=read_http(fields, "http"),
        annotations=_annotations(fields),
    )
    _check_icmp(fields, rule)
    _check_http(fields, rule)
    _check_families(fields, rule, (source, destination))
    for side in (source, destination):
        _check_ports(side, fields, rule)
    _check_direction(fields, direction, scope, (source, destination))
    return rule


def _icmp(fields: Fields, name: str) -> IcmpMatch | None:
    found = fields.fields(name)
    if found is None:
        return None
    match = IcmpMatch(found.integer("type", 0, _MAX_ICMP_TYPE), found.integer("code", 0, _MAX_ICMP_CODE))
    if found.has("code") and not found.has("type"):
        found.report.add(found.at("code"), "an ICMP code means nothing without its type", "add `type`")
    found.close()
    return match


def _annotations(fields: Fields) -> dict[str, str]:
    found = fields.fields("metadata")
    if found is None:
        return {}
    annotations = found.strings("annotations")
    check_annotations(found.report, found.at("annotations"), annotations)
    found.close()
    return annotations


def _check_icmp(fields: Fields, rule: Rule) -> None:
    protocol = rule.protocol
    is_icmp = protocol is not None and protocol.number in _ICMP_FAMILY
    if rule.icmp is not None and not is_icmp and (protocol is not None or not fields.has("protocol")):
        what = "`icmp` needs the protocol ICMP or ICMPv6"
        fields.report.add(fields.at("icmp"), what, "add `protocol: ICMP` or `protocol: ICMPv6`")
    for name, named in (("protocol", protocol), ("notProtocol", rule.not_protocol)):
        family = _ICMP_FAMILY.get(named.number) if named else None
        if family and rule.ip_version and family is not rule.ip_version:
            what = f"`{name}: {named}` is of IPv{int(family)}, but `ipVersion` is {int(rule.ip_version)}"
            fields.report.add(fields.at(name), what, f"write `ipVersion: {int(family)}`, or remove it")


def _check_http(fields: Fields, rule: Rule) -> None:
    if rule.http is None:
        return
    if rule.action is not Action.ALLOW and fields.take("action") == str(rule.action):
        fields.report.add(fields.at("http"), f"`http` is for rules that Allow, not {rule.action}", "remove it")
    if rule.protocol is not None and rule.protocol.number != TCP:
        fields.report.add(fields.at("protocol"), f"`http` needs TCP, not `{rule.protocol}`", "write `protocol: TCP`")


def _check_families(fields: Fields, rule: Rule, sides: tuple[Side, Side]) -> None:
    """Rules 60 and 61: one family in all nets of a rule, that of its ipVersion where there is one."""
    nets = [found for side in sides for found in side.nets]
    wanted = rule.ip_version or (nets[0][0].family if nets else None)
    for net, path in nets:
        if wanted is not None and net.family is not wanted:
            other = (
                f"`ipVersion` is {int(wanted)}" if rule.ip_version else f"the rule has an IPv{int(wanted)} net before"
            )
            what = f"`{net}` is of IPv{int(net.family)}, but {other}"
            fields.report.add(path, what, "make one rule for each IP version", is_clear=True)


def _check_ports(side: Side, fields: Fields, rule: Rule) -> None:
    """Rules 48, 49 and 71."""
    for name, ports in (("ports", side.match.ports), ("notPorts", side.match.not_ports)):
        if not ports:
            continue
        path = side.fields.at(name)
        if rule.protocol is None:
            if any(isinstance(port, PortRange) for port in ports) and not fields.has("protocol"):
                what = "port numbers need a protocol that has ports: TCP, UDP or SCTP"
                side.fields.report.add(path, what, "add `protocol: TCP` to the rule", is_clear=True)
        elif not rule.protocol.has_ports:
            what = f"the protocol `{rule.protocol}` has no ports: only TCP, UDP and SCTP do"
            side.fields.report.add(path, what, f"remove `{name}`, or change the protocol")


def _check_direction(fields: Fields, direction: Direction, scope: Scope, sides: tuple[Side, Side]) -> None:
    """Rules 34 to 36 and 71, which profiles are free of but for the last."""
    is_ingress = direction is Direction.INGRESS
    allowed, barred = sides if is_ingress else sides[::-1]
    destination = sides[1]
    if destination.match.services and (destination.match.ports or destination.match.not_ports):
        what = "`services` and ports cannot stand together in `destination`: a service has its own ports"
        fields.report.add(destination.fields.at("services"), what, "remove `ports` and `notPorts`")
    if scope.kind is Kind.PROFILE:
        return
    if barred.match.services:
        side = "destination" if is_ingress else "source"
        what = f"an {direction.lower()} rule cannot have `services` in `{side}`"
        fields.report.add(barred.fields.at("services"), what, f"use `{'source' if is_ingress else 'destination'}`")
    if allowed.match.services and not allowed.match.services.namespace and scope.is_global_policy:
        what = "`services` in a global policy needs the namespace of the service"
        fields.report.add(allowed.fields.at("services"), what, "add `namespace`")
    if fields.has("http") and not is_ingress:
        fields.report.add(fields.at("http"), "an egress rule cannot have `http`", "move it to the receiver's ingress")
