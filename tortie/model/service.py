"""Kubernetes services, and the slices that list what is behind them."""

from __future__ import annotations

from dataclasses import dataclass, field

from tortie.model.endpoint import EndpointPort
from tortie.model.key import Key
from tortie.model.metadata import Metadata

__all__ = ["EndpointSlice", "Service"]


@dataclass(frozen=True, slots=True)
class Service:
    """A service as its clients see it. No rule looks at it: what `services` means comes from the slices.

    `addresses` are the packed cluster addresses, none where the service is headless.
    """

    key: Key
    metadata: Metadata = field(default_factory=Metadata)
    addresses: tuple[bytes, ...] = ()
    ports: tuple[EndpointPort, ...] = ()


@dataclass(frozen=True, slots=True)
class EndpointSlice:
    """Some of the addresses behind a service; each listens on all the ports.

    `service` is the service's name in the slice's namespace, "" where the slice belongs to none. Readiness is not
    looked at; ports without a number and addresses that are names are left out.

    Source: enforcement.md 4.7.
    """

    key: Key
    metadata: Metadata = field(default_factory=Metadata)
    service: str = ""
    addresses: tuple[bytes, ...] = ()
    ports: tuple[EndpointPort, ...] = ()
