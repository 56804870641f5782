"""One rule of a policy or profile, as its author wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tortie.model.net import Family, PortRange, Prefix, Protocol

__all__ = [
    "Action",
    "Direction",
    "EntityMatch",
    "HTTPMatch",
    "HTTPPath",
    "IcmpMatch",
    "Port",
    "Rule",
    "ServiceAccountMatch",
    "ServiceMatch",
]

Port = PortRange | str  # numbers, or the name of a port that endpoints declare


class Action(StrEnum):
    """What a rule says."""

    ALLOW = "Allow"
    DENY = "Deny"
    LOG = "Log"
    PASS = "Pass"  # noqa: S105 - not a password


class Direction(StrEnum):
    """The side of an endpoint that a rule list governs: what comes to it, or what leaves it."""

    INGRESS = "Ingress"
    EGRESS = "Egress"


@dataclass(frozen=True, slots=True)
class IcmpMatch:
    """An ICMP type, and a code within it; None is "any"."""

    type: int | None = None
    code: int | None = None


@dataclass(frozen=True, slots=True)
class ServiceAccountMatch:
    """Service accounts by name (any of them) and by selector over their labels; both given means both hold."""

    names: tuple[str, ...] = ()
    selector: str = ""


@dataclass(frozen=True, slots=True)
class ServiceMatch:
    """A Kubernetes Service; `namespace` "" is the policy's own."""

    name: str
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class EntityMatch:
    """What a rule asks of one side of a packet. Empty fields ask nothing; all the others must hold.

    Selectors are texts that `tortie.selector.parse` accepts; "" means not given, which is not the same as `all()`.
    """

    nets: tuple[Prefix, ...] = ()
    not_nets: tuple[Prefix, ...] = ()
    selector: str = ""
    not_selector: str = ""
    namespace_selector: str = ""
    service_accounts: ServiceAccountMatch | None = None
    services: ServiceMatch | None = None
    ports: tuple[Port, ...] = ()
    not_ports: tuple[Port, ...] = ()


@dataclass(frozen=True, slots=True)
class HTTPPath:
    """An HTTP path: exactly one of `exact` and `prefix` is not empty."""

    exact: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class HTTPMatch:
    """HTTP methods and paths; any of each, an empty list restricts nothing."""

    methods: tuple[str, ...] = ()
    paths: tuple[HTTPPath, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; a packet matches when every field that is given holds.

    Nobody looks into requests yet: with `http`, a rule that allows or logs matches nothing, and one that denies or
    passes denies whatever its other fields match.
    """

    action: Action
    ip_version: Family | None = None
    protocol: Protocol | None = None
    not_protocol: Protocol | None = None
    icmp: IcmpMatch | None = None
    not_icmp: IcmpMatch | None = None
    source: EntityMatch = field(default_factory=EntityMatch)
    destination: EntityMatch = field(default_factory=EntityMatch)
    http: HTTPMatch | None = None
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
