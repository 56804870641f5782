"""Endpoints: the interfaces that policy governs."""

from __future__ import annotations

from dataclasses import dataclass, field

from tortie.model.key import Key
from tortie.model.metadata import Metadata
from tortie.model.net import Prefix, Protocol

__all__ = ["ALL_INTERFACES", "LOOPBACK_INTERFACE", "EndpointPort", "HostEndpoint", "IPNat", "WorkloadEndpoint"]

ALL_INTERFACES = "*"
"""The interface name of a host endpoint that stands for every interface without one of its own."""

LOOPBACK_INTERFACE = "lo"
"""The interface by which a host speaks to itself: no host endpoint governs it."""


@dataclass(frozen=True, slots=True)
class EndpointPort:
    """A port that an endpoint declares; `name` is "" where only a host port was wanted."""

    name: str
    protocol: Protocol
    port: int
    host_port: int = 0
    host_ip: str = ""


@dataclass(frozen=True, slots=True)
class IPNat:
    """An external address translated to one of the endpoint's own; both packed."""

    internal: bytes
    external: bytes


@dataclass(frozen=True, slots=True)
class WorkloadEndpoint:
    """A pod or VM interface.

    `addresses` are packed; an endpoint without any is as good as absent. `labels` of the metadata are its own
    labels. `active` False drops everything in both directions. Source: api.md 1.7.
    """

    key: Key
    node: str
    interface: str
    metadata: Metadata = field(default_factory=Metadata)
    orchestrator: str = ""
    workload: str = ""
    pod: str = ""
    endpoint: str = ""
    container_id: str = ""
    service_account: str = ""
    addresses: tuple[bytes, ...] = ()
    profiles: tuple[str, ...] = ()
    ports: tuple[EndpointPort, ...] = ()
    allowed_sources: tuple[Prefix, ...] = ()
    nats: tuple[IPNat, ...] = ()
    ipv4_gateway: str = ""
    ipv6_gateway: str = ""
    mac: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class HostEndpoint:
    """Policy attached to an interface of a host itself.

    `interface` is a name, `ALL_INTERFACES`, or "" where the interface is the one that carries one of
    `expected_addresses`. These are packed, and all that selectors and named ports know of the endpoint's addresses.

    Source: api.md 1.8, enforcement.md 3.1.
    """

    key: Key
    node: str
    interface: str = ""
    metadata: Metadata = field(default_factory=Metadata)
    expected_addresses: tuple[bytes, ...] = ()
    profiles: tuple[str, ...] = ()
    ports: tuple[EndpointPort, ...] = ()
