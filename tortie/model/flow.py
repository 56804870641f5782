"""The connection that is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tortie.model.key import Key
from tortie.model.net import Family, family_of

__all__ = ["Flow", "Place", "Verdict"]


class Place(StrEnum):
    """Where a packet comes from or goes to, when that is no workload endpoint."""

    ELSEWHERE = "elsewhere"  # beyond this host, or on an interface that policy does not govern
    HOST = "host"  # a process of the host itself
    UNKNOWN_WORKLOAD = "unknown workload"  # an interface with a workload's name that belongs to no endpoint


class Verdict(StrEnum):
    """What becomes of a flow."""

    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Flow:
    """The first packet of a connection.

    `source` and `destination` are packed addresses of one family. `sender` and `receiver` are the stored keys of
    workload endpoints (as in `Update.key`), or a place. Ports count for TCP, UDP and SCTP, type and code for ICMP
    and ICMPv6; elsewhere they are 0.

    `in_interface` and `out_interface` are the host's interfaces by which the packet comes in and leaves; "" where it
    does not, where a workload's is meant, or where nobody named it (then only the host endpoint of all interfaces
    governs it). `untranslated` is the destination address and port as they were before a translation, None where there
    was none: untracked and pre-DNAT policies see these.
    """

    source: bytes
    destination: bytes
    protocol: int
    source_port: int = 0
    destination_port: int = 0
    icmp_type: int = 0
    icmp_code: int = 0
    sender: Key | Place = Place.ELSEWHERE
    receiver: Key | Place = Place.ELSEWHERE
    in_interface: str = ""
    out_interface: str = ""
    untranslated: tuple[bytes, int] | None = None

    def __post_init__(self) -> None:
        """Refuse a packet with two families."""
        if len(self.source) != len(self.destination):
            raise ValueError("source and destination of a flow must be of one address family")

    @property
    def family(self) -> Family:
        """Return the address family."""
        return family_of(self.source)
