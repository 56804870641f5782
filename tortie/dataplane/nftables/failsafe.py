"""Failsafe ports as sets: of any peer in a hash, of peers in a prefix in interval sets by family. Pure.

Source: enforcement.md 3.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tortie.compiled import BuiltIn
from tortie.dataplane.nftables.families import ADDRESS_TYPES, FAMILY_FIELDS
from tortie.dataplane.nftables.objects import (
    Element,
    Field,
    Lookup,
    Object,
    Rule,
    Set,
    Type,
    goto,
)
from tortie.model import Direction, FailsafePort, Family, Settings, outermost

__all__ = ["failsafe_layout", "failsafe_rules"]

_WORDS = {Direction.INGRESS: "failsafe-in", Direction.EGRESS: "failsafe-out"}
_VERDICTS = {Direction.INGRESS: BuiltIn.FAILSAFE_INBOUND, Direction.EGRESS: BuiltIn.FAILSAFE_OUTBOUND}


def failsafe_layout(settings: Settings) -> Iterator[Object]:
    """Yield the sets, with their elements, that the settings fill."""
    for direction in Direction:
        ports = _ports(settings, direction)
        if any(each.net is None for each in ports):
            yield _anywhere(direction)
        for each in sorted({(each.protocol, each.port) for each in ports if each.net is None}):
            yield Element(_anywhere(direction), each)
        for family in _families(ports):
            yield _near(direction, family)
            yield from _near_elements(direction, family, ports)


def failsafe_rules(chain: str, direction: Direction, settings: Settings, *, responses: bool) -> Iterator[Rule]:
    """Yield the rules of a chain that accept failsafe traffic of a direction, seen from the host.

    With `responses` they accept what answers the failsafe traffic of the other direction too: where connections are
    not tracked yet.
    """
    yield from _rules(chain, direction, settings, Field.TH_DPORT)
    if responses:
        yield from _rules(chain, _other(direction), settings, Field.TH_SPORT)


def _rules(chain: str, direction: Direction, settings: Settings, port: Field) -> Iterator[Rule]:
    """Yield the lookups of one direction's ports; as destination they are the request's, as source the answer's."""
    ports = _ports(settings, direction)
    verdict = goto(_VERDICTS[direction])
    if any(each.net is None for each in ports):
        yield Rule(chain, (Lookup((Field.L4PROTO, port), _anywhere(direction).name), verdict))
    peer_sends = (direction is Direction.INGRESS) == (port is Field.TH_DPORT)
    for family in _families(ports):
        peer = FAMILY_FIELDS[family][0 if peer_sends else 1]
        yield Rule(chain, (Lookup((Field.L4PROTO, port, peer), _near(direction, family).name), verdict))


def _near_elements(direction: Direction, family: Family, ports: Iterable[FailsafePort]) -> Iterator[Element]:
    nets = [(each.protocol, each.port, each.net) for each in ports if each.net and each.net.family is family]
    for protocol, port in sorted({each[:2] for each in nets}):
        for net in outermost(each[2] for each in nets if each[:2] == (protocol, port)):
            first = (protocol, port, int.from_bytes(net.network))
            yield Element(_near(direction, family), first, end=(protocol, port, int.from_bytes(net.last)))


def _ports(settings: Settings, direction: Direction) -> tuple[FailsafePort, ...]:
    return settings.failsafe_inbound if direction is Direction.INGRESS else settings.failsafe_outbound


def _families(ports: Iterable[FailsafePort]) -> list[Family]:
    used = {each.net.family for each in ports if each.net}
    return [family for family in Family if family in used]


def _other(direction: Direction) -> Direction:
    return Direction.EGRESS if direction is Direction.INGRESS else Direction.INGRESS


def _anywhere(direction: Direction) -> Set:
    return Set(_WORDS[direction], (Type.INET_PROTO, Type.INET_SERVICE), comment="failsafe ports")


def _near(direction: Direction, family: Family) -> Set:
    key = (Type.INET_PROTO, Type.INET_SERVICE, ADDRESS_TYPES[family])
    return Set(f"{_WORDS[direction]}{family}", key, interval=True, comment="failsafe ports of a prefix")
