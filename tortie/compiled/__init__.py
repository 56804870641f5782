"""The compiled policy: what the engine emits, and all that the kernel, the evaluator and the explainer read."""

from __future__ import annotations

from tortie.compiled.builtin import BuiltIn
from tortie.compiled.classes import AddressClass, AddressRange, ClassId, ClassLookup
from tortie.compiled.host import Dispatch, DispatchId, LocalHostEndpoint
from tortie.compiled.known_traffic import (
    DHCP_PORTS,
    DNS_PORT,
    HOST_DISCOVERY,
    LINK_LOCAL,
    TOO_BIG,
    WORKLOAD_DISCOVERY,
)
from tortie.compiled.leaf import ANY_PORT, IcmpCell, Leaf, LeafId, Outcome, OutcomeId, PortCell
from tortie.compiled.network import Tunnel, TunnelId
from tortie.compiled.plan import Plan, Stage
from tortie.compiled.rule import (
    CompiledRule,
    NamedPorts,
    Origin,
    RuleId,
    SetId,
    SetTest,
    declared_ports,
    named_port,
)
from tortie.compiled.snapshot import Delta, Group, GroupId, LocalEndpoint, OwnGroup, PolicyUpdate, Snapshot

__all__ = [
    "ANY_PORT",
    "DHCP_PORTS",
    "DNS_PORT",
    "HOST_DISCOVERY",
    "LINK_LOCAL",
    "TOO_BIG",
    "WORKLOAD_DISCOVERY",
    "AddressClass",
    "AddressRange",
    "BuiltIn",
    "ClassId",
    "ClassLookup",
    "CompiledRule",
    "Delta",
    "Dispatch",
    "DispatchId",
    "Group",
    "GroupId",
    "IcmpCell",
    "Leaf",
    "LeafId",
    "LocalEndpoint",
    "LocalHostEndpoint",
    "NamedPorts",
    "Origin",
    "Outcome",
    "OutcomeId",
    "OwnGroup",
    "Plan",
    "PolicyUpdate",
    "PortCell",
    "RuleId",
    "SetId",
    "SetTest",
    "Snapshot",
    "Stage",
    "Tunnel",
    "TunnelId",
    "declared_ports",
    "named_port",
]
