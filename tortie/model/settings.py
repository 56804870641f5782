"""The settings of one host that change what becomes of a packet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tortie.model.net import TCP, UDP, Family, Prefix

__all__ = [
    "DEFAULT_FAILSAFE_INBOUND",
    "DEFAULT_FAILSAFE_OUTBOUND",
    "AgentSettings",
    "DenyAction",
    "EndpointToHostAction",
    "FailsafePort",
    "Listen",
    "LogRate",
    "LogSeverity",
    "RateUnit",
    "ServiceLoopPrevention",
    "Settings",
]


class EndpointToHostAction(StrEnum):
    """What becomes of workload-to-own-host traffic that the workload's egress policy allows."""

    DROP = "Drop"
    RETURN = "Return"
    ACCEPT = "Accept"


class DenyAction(StrEnum):
    """What becomes of a packet that a rule or a default denies; Reject tells the sender."""

    DROP = "Drop"
    REJECT = "Reject"


class ServiceLoopPrevention(StrEnum):
    """What becomes of a packet to a service address that no service has."""

    DROP = "Drop"
    REJECT = "Reject"
    DISABLED = "Disabled"


class RateUnit(StrEnum):
    """The time over which a rate counts."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


class LogSeverity(StrEnum):
    """The least severe messages that the agent's own log shows."""

    TRACE = "Trace"
    DEBUG = "Debug"
    INFO = "Info"
    WARNING = "Warning"
    ERROR = "Error"
    FATAL = "Fatal"


@dataclass(frozen=True, slots=True)
class LogRate:
    """How many lines each Log rule may write: `count` (1 to 9999) a unit, and `burst` (0 to 9999) at once."""

    count: int
    unit: RateUnit
    burst: int = 5


@dataclass(frozen=True, slots=True, order=True)
class FailsafePort:
    """A port of host endpoints that no policy can close: TCP (6) or UDP (17), from or to `net`, None being anywhere."""

    protocol: int
    port: int
    net: Prefix | None = None


def _failsafes(tcp: tuple[int, ...], udp: tuple[int, ...]) -> tuple[FailsafePort, ...]:
    return tuple(FailsafePort(TCP, port) for port in tcp) + tuple(FailsafePort(UDP, port) for port in udp)


DEFAULT_FAILSAFE_INBOUND = _failsafes((22, 179, 2379, 2380, 5473, 6443, 6666, 6667), (68,))
DEFAULT_FAILSAFE_OUTBOUND = _failsafes((179, 2379, 2380, 5473, 6443, 6666, 6667), (53, 67))
"""Source: enforcement.md 3.3."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How policy is enforced, with the reference system's names and defaults. Source: api.md 1.12, enforcement.md B.

    `interface_exclude` are names, and regular expressions between slashes, of interfaces that no host endpoint
    matches. `mark_mask` are the bits of a packet's mark that may be used. `external_nodes` may send encapsulated
    packets like the cluster's own hosts. Whether hosts use VXLAN or IP in IP the pools say, unless `vxlan_enabled` or
    `ipip_enabled` does; WireGuard is on by address family, each with its port. `flow_logs` tells that decisions are
    reported to the agent. On a host of OpenStack workloads reach its DHCP, DNS and `metadata` service, an address and
    TCP port. `cut_established` is ours: connections that policy no longer allows are ended.
    """

    interface_prefixes: tuple[str, ...] = ("cali",)
    endpoint_to_host_action: EndpointToHostAction = EndpointToHostAction.DROP
    log_prefix: str = "calico-packet"
    workload_source_spoofing: bool = False
    openstack: bool = False
    metadata: tuple[bytes, int] | None = (b"\x7f\0\0\1", 8775)
    allow_vxlan_from_workloads: bool = False
    allow_ipip_from_workloads: bool = False
    vxlan_port: int = 4789
    vxlan_enabled: bool | None = None
    ipip_enabled: bool | None = None
    wireguard_ports: tuple[tuple[Family, int], ...] = ()
    drop_invalid: bool = True
    failsafe_inbound: tuple[FailsafePort, ...] = DEFAULT_FAILSAFE_INBOUND
    failsafe_outbound: tuple[FailsafePort, ...] = DEFAULT_FAILSAFE_OUTBOUND
    interface_exclude: tuple[str, ...] = ("kube-ipvs0",)
    deny_action: DenyAction = DenyAction.DROP
    mark_mask: int = 0xFFFF0000
    ipv6_support: bool = True
    log_rate: LogRate | None = None
    service_loop_prevention: ServiceLoopPrevention = ServiceLoopPrevention.DROP
    external_nodes: tuple[Prefix, ...] = ()
    flow_logs: bool = False
    cut_established: bool = False

    @property
    def mark_bit(self) -> int:
        """Return the one bit of packets' marks that Tortie writes: the lowest of `mark_mask`."""
        return self.mark_mask & -self.mark_mask

    def excludes(self, interface: str) -> bool:
        """Tell whether no host endpoint matches an interface; regular expressions match anywhere in its name."""
        return any(
            re.search(entry[1:-1], interface) is not None
            if len(entry) > 1 and entry[0] == entry[-1] == "/"
            else entry == interface
            for entry in self.interface_exclude
        )


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the agent answers on TCP, if it is switched on."""

    enabled: bool
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """How the agent runs, with the reference system's names and defaults; times are seconds, 0 for never.

    `health_timeouts` are by the name of what reports, `watchdog_seconds` is that of the main loop. A path of ""
    switches off what it is for.

    Source: api.md 1.12, enforcement.md B.
    """

    refresh_seconds: float = 180.0
    interface_refresh_seconds: float = 90.0
    netlink_timeout_seconds: float = 10.0
    reporting_seconds: float = 30.0
    reporting_ttl: float = 90.0
    region: str = ""
    endpoint_status_path: str = "/var/run/calico"
    policy_sync_path: str = ""
    flow_flush_seconds: float = 300.0
    evaluate_staged: bool = True
    log_severity: LogSeverity = LogSeverity.INFO
    health: Listen = Listen(enabled=False, host="localhost", port=9099)
    metrics: Listen = Listen(enabled=False, host="", port=9091)
    health_timeouts: Mapping[str, float] = field(default_factory=dict[str, float])
    watchdog_seconds: float = 90.0
