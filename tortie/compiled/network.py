"""How hosts wrap packets for one another, as one host has to know it."""

from __future__ import annotations

from dataclasses import dataclass

from tortie.model import Encapsulation, Family, Flow

__all__ = ["Tunnel", "TunnelId"]

TunnelId = tuple[Encapsulation, Family]


@dataclass(frozen=True, slots=True)
class Tunnel:
    """One encapsulation in one address family that is in use: its protocol, and its port where it has one.

    With `known_only` its packets pass between hosts of `Snapshot.known_hosts`, and are dropped where they come from
    others; without, they pass from and to anybody, as they prove themselves who sent them.
    """

    protocol: int
    port: int | None = None
    known_only: bool = True

    def carries(self, flow: Flow) -> bool:
        """Tell whether packets of its family are the tunnel's."""
        return flow.protocol == self.protocol and self.port in (None, flow.destination_port)
