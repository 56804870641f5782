"""What a cluster says of its network that policy has to know: its pools, and the addresses of its services."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from tortie.model.key import Key
from tortie.model.metadata import Metadata
from tortie.model.net import Prefix

__all__ = ["BGPConfiguration", "Encapsulation", "IPPool"]


class Encapsulation(StrEnum):
    """A way in which hosts wrap the packets of their workloads for one another."""

    VXLAN = "vxlan"
    IPIP = "ipip"
    WIREGUARD = "wireguard"


@dataclass(frozen=True, slots=True)
class IPPool:
    """Addresses for workloads, and how hosts wrap packets to them; `net` is None where it cannot be read."""

    key: Key
    metadata: Metadata = field(default_factory=Metadata)
    net: Prefix | None = None
    encapsulations: frozenset[Encapsulation] = frozenset()


@dataclass(frozen=True, slots=True)
class BGPConfiguration:
    """What hosts tell their routers; that of the name `default` counts for all of them.

    `service_nets` are the prefixes of services' addresses, each with the name of the field that it stands in.
    """

    key: Key
    metadata: Metadata = field(default_factory=Metadata)
    service_nets: tuple[tuple[Prefix, str], ...] = ()
