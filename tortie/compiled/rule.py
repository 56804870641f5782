"""Compiled rules: predicates over sets, protocol and ports, with no address left in them."""

from __future__ import annotations

from dataclasses import dataclass

from tortie.model import Action, Direction, Family, HTTPMatch, IcmpMatch, Key, PolicyClass, PortRange

__all__ = ["CompiledRule", "NamedPorts", "Origin", "RuleId", "SetId", "SetTest", "declared_ports", "named_port"]

SetId = str
"""Names what a rule asks of an address: a hash of a normalised selector or CIDR list."""

RuleId = str
"""Names one rule, or one default, for good: `np/production/allow-redis/ingress/0`, `tier/default/ingress`."""


@dataclass(frozen=True, slots=True)
class SetTest:
    """Is an address in a set, or, negated, outside it?

    `field` and `text` are where and how the author asked: `source.selector`, `color == 'blue'`.
    """

    set: SetId
    negated: bool
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a rule comes from.

    `owner` is the key of the policy or profile, None for a default. `tier` is "" outside tiers. `index` counts the
    rules of the owner from 0, and is -1 for a default. `note` says in a few words what a default is. `policy_class`
    says what an Allow means: normal for forwarded traffic too, as one policy may be in both these lists.
    `annotations` are those of the rule's metadata, sorted; they are for people and change no verdict.
    """

    direction: Direction
    tier: str = ""
    owner: Key | None = None
    index: int = -1
    note: str = ""
    policy_class: PolicyClass = PolicyClass.NORMAL
    annotations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NamedPorts:
    """Ports that a rule's side asks for, or refuses, by name: the set of each, with the name as written.

    `refused_numbers` holds of the wanted ones too: a name that resolves to such a number does not match. An address
    that declares such a port is in the set `named_port(id, protocol, port)`. `field` is how the author asked: the names
    of `services` are services, whose addresses and ports are one question.
    """

    wanted: tuple[tuple[SetId, str], ...] = ()
    refused: tuple[tuple[SetId, str], ...] = ()
    refused_numbers: tuple[PortRange, ...] = ()
    field: str = "ports"

    def __bool__(self) -> bool:
        """Tell whether any name is given."""
        return bool(self.wanted or self.refused)


def named_port(query: SetId, protocol: int, port: int) -> SetId:
    """Return the set of the addresses that declare this port under the name that `query` asks for."""
    return f"{query}/{protocol}/{port}"


def declared_ports(query: SetId, sets: frozenset[SetId]) -> frozenset[tuple[int, int]]:
    """Return (protocol, port) of the ports that an address in these sets declares under the name asked for."""
    rows = (each.rsplit("/", 2) for each in sets if each.startswith(f"{query}/"))
    return frozenset((int(protocol), int(port)) for _, protocol, port in rows)


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule of one direction, seen from the endpoint it governs: `own` is its side, `peer` the other one.

    All fields that are given must hold. `protocol` and `not_protocol` are numbers. Port ranges are sorted and
    disjoint, already less the negated ones; None asks nothing, an empty tuple matches no port. `icmp` speaks of the
    ICMP of the packet's own family.
    Named ports join the numbers: where `wanted` names are given and no numbers, `*_ports` is empty, not None.
    With `http` it never matches, as nobody looks into requests.
    `log_prefix` is the finished text of a Log rule, without the closing `: `.
    """

    id: RuleId
    action: Action
    origin: Origin
    family: Family | None = None
    protocol: int | None = None
    not_protocol: int | None = None
    icmp: IcmpMatch | None = None
    not_icmp: IcmpMatch | None = None
    source_ports: tuple[PortRange, ...] | None = None
    destination_ports: tuple[PortRange, ...] | None = None
    source_names: NamedPorts = NamedPorts()
    destination_names: NamedPorts = NamedPorts()
    peer: tuple[SetTest, ...] = ()
    own: tuple[SetTest, ...] = ()
    log_prefix: str = ""
    http: HTTPMatch | None = None
