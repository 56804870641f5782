"""The settings of one host that change what becomes of a packet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["EndpointToHostAction", "Settings"]


class EndpointToHostAction(StrEnum):
    """What becomes of workload-to-own-host traffic that the workload's egress policy allows."""

    DROP = "Drop"
    RETURN = "Return"
    ACCEPT = "Accept"


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
