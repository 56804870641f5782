"""Does a compiled rule match a flow, and if not, which of its fields do not hold?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tortie.compiled import CompiledRule, NamedPorts, SetId, SetTest, declared_ports
from tortie.model import (
    ICMP_OF,
    PROTOCOL_NAMES,
    WITH_PORTS,
    Direction,
    Flow,
    HTTPMatch,
    IcmpMatch,
    PortRange,
    format_address,
)

__all__ = ["Mismatch", "http_text", "icmp_text", "mismatches", "ports_text", "protocol_text"]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A field that does not hold: its name as in the API (`source.selector`), what it wants, what the flow has."""

    field: str
    wanted: str
    got: str


def mismatches(
    rule: CompiledRule, flow: Flow, peer_sets: frozenset[SetId], own_sets: frozenset[SetId]
) -> tuple[Mismatch, ...]:
    """Return every field of the rule that the flow fails; none means that the rule matches.

    Args:
        rule: the rule, seen from the endpoint it governs.
        flow: the first packet of a connection.
        peer_sets: the active sets that contain the address of the other side.
        own_sets: those that contain the address of the endpoint's own side.
    """
    source_sets, destination_sets = peer_sets, own_sets
    if rule.origin.direction is Direction.EGRESS:
        source_sets, destination_sets = own_sets, peer_sets
    found = [failed for check in _HEADER_CHECKS if (failed := check(rule, flow)) is not None]
    found += _set_mismatches(rule.peer, peer_sets)
    found += _set_mismatches(rule.own, own_sets)
    for end, ports, names, sets, port in (
        ("source", rule.source_ports, rule.source_names, source_sets, flow.source_port),
        ("destination", rule.destination_ports, rule.destination_names, destination_sets, flow.destination_port),
    ):
        if not _port_matches(ports, names, sets, (flow.protocol, port)):
            has_port = flow.protocol in WITH_PORTS
            got = str(port) if has_port else f"{protocol_text(flow.protocol)} has no ports"
            if names.field == "services" and has_port:
                address = flow.source if end == "source" else flow.destination
                got = f"{format_address(address)} has no {protocol_text(flow.protocol)} port {port} for it"
            found.append(Mismatch(f"{end}.{names.field}", ports_text(ports, names), got))
    return tuple(found)


def protocol_text(number: int) -> str:
    """Return the name of a protocol, or its number where it has none."""
    return PROTOCOL_NAMES.get(number, str(number))


def _family(rule: CompiledRule, flow: Flow) -> Mismatch | None:
    if rule.family in (None, flow.family):
        return None
    return Mismatch("ipVersion", f"IPv{rule.family:d}", f"IPv{flow.family:d}")


def _protocol(rule: CompiledRule, flow: Flow) -> Mismatch | None:
    if rule.protocol in (None, flow.protocol):
        return None
    return Mismatch("protocol", protocol_text(rule.protocol or 0), protocol_text(flow.protocol))


def _not_protocol(rule: CompiledRule, flow: Flow) -> Mismatch | None:
    if rule.not_protocol != flow.protocol:
        return None
    return Mismatch("notProtocol", f"not {protocol_text(flow.protocol)}", protocol_text(flow.protocol))


def _icmp(rule: CompiledRule, flow: Flow) -> Mismatch | None:
    if rule.icmp is None or _is_icmp(rule.icmp, flow):
        return None
    return Mismatch("icmp", icmp_text(rule.icmp), _flow_icmp_text(flow))


def _not_icmp(rule: CompiledRule, flow: Flow) -> Mismatch | None:
    if rule.not_icmp is None or not _is_icmp(rule.not_icmp, flow):
        return None
    return Mismatch("notICMP", f"not {icmp_text(rule.not_icmp)}", _flow_icmp_text(flow))


def _http(rule: CompiledRule, _flow: Flow) -> Mismatch | None:
    if rule.http is None:
        return None
    return Mismatch("http", http_text(rule.http), "layer 7 is not enforced yet: such a rule matches nothing")


_HEADER_CHECKS: tuple[Callable[[CompiledRule, Flow], Mismatch | None], ...] = (
    _family,
    _protocol,
    _not_protocol,
    _icmp,
    _not_icmp,
    _http,
)


def _is_icmp(match: IcmpMatch, flow: Flow) -> bool:
    """Tell whether the flow is the ICMP of its own family, of the type and code asked for."""
    return (
        flow.protocol == ICMP_OF[flow.family]
        and match.type in (None, flow.icmp_type)
        and match.code in (None, flow.icmp_code)
    )


def _set_mismatches(tests: Iterable[SetTest], sets: frozenset[SetId]) -> Iterator[Mismatch]:
    for test in tests:
        if (test.set in sets) is test.negated:
            yield Mismatch(test.field, test.text, "matches" if test.negated else "does not match")


def _port_matches(
    ports: tuple[PortRange, ...] | None, names: NamedPorts, sets: frozenset[SetId], at: tuple[int, int]
) -> bool:
    """Tell whether one side's port, as (protocol, number), is one that the rule asks for and none that it refuses."""
    protocol, number = at
    if protocol not in WITH_PORTS:
        return ports is None
    if ports is not None and not _within(ports, number) and not _declares(names.wanted, sets, at):
        return False
    return not (names and (_within(names.refused_numbers, number) or _declares(names.refused, sets, at)))


def _within(ports: Iterable[PortRange], number: int) -> bool:
    return any(each.first <= number <= each.last for each in ports)


def _declares(names: Iterable[tuple[SetId, str]], sets: frozenset[SetId], at: tuple[int, int]) -> bool:
    return any(at in declared_ports(query, sets) for query, _ in names)


def ports_text(ports: tuple[PortRange, ...] | None, names: NamedPorts) -> str:
    """Return what a rule asks of one side's port, `80, 90:99, http, not admin`."""
    wanted = [*map(str, ports or ()), *(name for _, name in names.wanted)]
    refused = [*map(str, names.refused_numbers), *(name for _, name in names.refused)]
    parts = [", ".join(wanted)] if wanted else []
    parts += [f"not {', '.join(refused)}"] if refused else []
    return ", ".join(parts) or "no port"


def icmp_text(match: IcmpMatch) -> str:
    """Return an ICMP match in words: `type 8 code 0`."""
    if match.type is None:
        return "ICMP"
    return f"type {match.type}" + ("" if match.code is None else f" code {match.code}")


def http_text(match: HTTPMatch) -> str:
    """Return an HTTP match in words: `GET, HEAD; /health, /static/...`."""
    paths = ", ".join(path.exact or f"{path.prefix}..." for path in match.paths)
    return "; ".join(part for part in (", ".join(match.methods), paths) if part) or "any request"


def _flow_icmp_text(flow: Flow) -> str:
    if flow.protocol != ICMP_OF[flow.family]:
        return protocol_text(flow.protocol)
    return f"type {flow.icmp_type} code {flow.icmp_code}"
