"""Compiled rules: predicates over sets, protocol and ports, with no address left in them."""

from __future__ import annotations

from dataclasses import dataclass

from tortie.model import Action, Direction, Family, IcmpMatch, Key, PortRange

__all__ = ["CompiledRule", "Origin", "RuleId", "SetId", "SetTest"]

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
    rules of the owner from 0, and is -1 for a default. `note` says in a few words what a default is.
    """

    direction: Direction
    tier: str = ""
    owner: Key | None = None
    index: int = -1
    note: str = ""


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule of one direction, seen from the endpoint it governs: `own` is its side, `peer` the other one.

    All fields that are given must hold. `protocol` and `not_protocol` are numbers. Port ranges are sorted and
    disjoint, already less the negated ones; None asks nothing, an empty tuple matches no port. `icmp` speaks of the
    ICMP of the packet's own family. `never` says why the rule cannot match any packet, "" where it can.
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
    peer: tuple[SetTest, ...] = ()
    own: tuple[SetTest, ...] = ()
    log_prefix: str = ""
    never: str = ""
