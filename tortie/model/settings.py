"""The settings of one host that change what becomes of a packet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tortie.model.net import Prefix

__all__ = [
    "DEFAULT_FAILSAFE_INBOUND",
    "DEFAULT_FAILSAFE_OUTBOUND",
    "EndpointToHostAction",
    "FailsafePort",
    "Settings",
]

_TCP, _UDP = 6, 17


class EndpointToHostAction(StrEnum):
    """What becomes of workload-to-own-host traffic that the workload's egress policy allows."""

    DROP = "Drop"
    RETURN = "Return"
    ACCEPT = "Accept"


@dataclass(frozen=True, slots=True, order=True)
class FailsafePort:
    """A port of host endpoints that no policy can close: TCP (6) or UDP (17), from or to `net`, None being anywhere."""

    protocol: int
    port: int
    net: Prefix | None = None


def _failsafes(tcp: tuple[int, ...], udp: tuple[int, ...]) -> tuple[FailsafePort, ...]:
    return tuple(FailsafePort(_TCP, port) for port in tcp) + tuple(FailsafePort(_UDP, port) for port in udp)


DEFAULT_FAILSAFE_INBOUND = _failsafes((22, 179, 2379, 2380, 5473, 6443, 6666, 6667), (68,))
DEFAULT_FAILSAFE_OUTBOUND = _failsafes((179, 2379, 2380, 5473, 6443, 6666, 6667), (53, 67))
"""Source: enforcement.md 3.3."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Host settings, with the reference system's names and defaults. Source: api.md 1.12, enforcement.md B."""

    interface_prefixes: tuple[str, ...] = ("cali",)
    endpoint_to_host_action: EndpointToHostAction = EndpointToHostAction.DROP
    log_prefix: str = "calico-packet"
    workload_source_spoofing: bool = False
    allow_vxlan_from_workloads: bool = False
    allow_ipip_from_workloads: bool = False
    vxlan_port: int = 4789
    drop_invalid: bool = True
    failsafe_inbound: tuple[FailsafePort, ...] = DEFAULT_FAILSAFE_INBOUND
    failsafe_outbound: tuple[FailsafePort, ...] = DEFAULT_FAILSAFE_OUTBOUND
    mark_mask: int = 0xFFFF0000

    @property
    def mark_bit(self) -> int:
        """Return the one bit of packets' marks that Tortie writes: the lowest of `mark_mask`."""
        return self.mark_mask & -self.mark_mask
