"""Rules to documents, in the field order of Calico's JSON."""

from __future__ import annotations

from typing import Any

from tortie.model import EntityMatch, HTTPMatch, IcmpMatch, Port, Protocol, Rule, ServiceAccountMatch

__all__ = ["encode_port", "encode_rule", "without_empty"]


def without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that say something: no null, empty text, false, empty list or empty object."""
    return {name: value for name, value in fields.items() if value or (value == 0 and value is not False)}


def encode_port(port: Port) -> int | str:
    """Return a port as a number, a range as `first:last`, a name as itself."""
    if isinstance(port, str):
        return port
    return port.first if port.first == port.last else str(port)


def encode_rule(rule: Rule) -> dict[str, Any]:
    """Return a rule as a document has it; both sides are always there."""
    found: dict[str, Any] = {"action": str(rule.action)}
    optional = {
        "ipVersion": int(rule.ip_version) if rule.ip_version else None,
        "protocol": _protocol(rule.protocol),
        "icmp": _icmp(rule.icmp),
        "notProtocol": _protocol(rule.not_protocol),
        "notICMP": _icmp(rule.not_icmp),
        "source": _entity(rule.source),
        "destination": _entity(rule.destination),
        "http": _http(rule.http),
        "metadata": {"annotations": dict(rule.annotations)} if rule.annotations else None,
    }
    return found | {name: value for name, value in optional.items() if value is not None}


def _protocol(protocol: Protocol | None) -> int | str | None:
    if protocol is None:
        return None
    return str(protocol) if protocol.named else protocol.number


def _icmp(match: IcmpMatch | None) -> dict[str, int] | None:
    if match is None:
        return None
    return {name: value for name, value in (("type", match.type), ("code", match.code)) if value is not None}


def _entity(match: EntityMatch) -> dict[str, Any]:
    found = without_empty(
        {
            "nets": [str(net) for net in match.nets],
            "selector": match.selector,
            "namespaceSelector": match.namespace_selector,
            "services": match.services
            and without_empty({"name": match.services.name, "namespace": match.services.namespace}),
            "ports": [encode_port(port) for port in match.ports],
            "notNets": [str(net) for net in match.not_nets],
            "notSelector": match.not_selector,
            "notPorts": [encode_port(port) for port in match.not_ports],
        }
    )
    if match.service_accounts is not None:
        found["serviceAccounts"] = _accounts(match.service_accounts)
    return found


def _accounts(match: ServiceAccountMatch) -> dict[str, Any]:
    return without_empty({"names": list(match.names), "selector": match.selector})


def _http(match: HTTPMatch | None) -> dict[str, Any] | None:
    if match is None:
        return None
    paths = [without_empty({"exact": path.exact, "prefix": path.prefix}) for path in match.paths]
    return without_empty({"methods": list(match.methods), "paths": paths})
