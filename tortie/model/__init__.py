"""The vocabulary: frozen values, one meaning each, and nothing that acts.

Files are imported when one of their names is first asked for: a command that lists resources needs keys, and no rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tortie.model.automatic import (
        CREATED_BY_LABEL,
        HostEndpointTemplate,
        KubeControllersConfiguration,
        automatic_host_endpoints,
    )
    from tortie.model.configuration import FelixConfiguration
    from tortie.model.endpoint import (
        ALL_INTERFACES,
        LOOPBACK_INTERFACE,
        EndpointPort,
        HostEndpoint,
        IPNat,
        WorkloadEndpoint,
    )
    from tortie.model.flow import Flow, Place, Verdict
    from tortie.model.key import FOREIGN_KINDS, INTERNAL_KINDS, NAMESPACED_KINDS, POLICY_KINDS, READ_KINDS, Key, Kind
    from tortie.model.labels import (
        NAME_LABEL,
        NAMESPACE_LABEL,
        NAMESPACE_PREFIX,
        ORCHESTRATOR_LABEL,
        SERVICE_ACCOUNT_LABEL,
        SERVICE_ACCOUNT_PREFIX,
        Labels,
        effective_labels,
    )
    from tortie.model.metadata import Metadata
    from tortie.model.net import (
        ICMP_OF,
        IPIP,
        MAX_PORT,
        PROTOCOL_NAMES,
        PROTOCOL_NUMBERS,
        SCTP,
        TCP,
        UDP,
        WITH_PORTS,
        Family,
        PortRange,
        Prefix,
        Protocol,
        family_of,
        format_address,
        outermost,
        parse_address,
        parse_prefix,
    )
    from tortie.model.network import BGPConfiguration, Encapsulation, IPPool
    from tortie.model.networkset import NetworkSet
    from tortie.model.node import ClusterInformation, Node
    from tortie.model.policy import (
        CONVERTED_KINDS,
        DEFAULT_TIER,
        SHORT_KINDS,
        STAGED_KINDS,
        TIERED_KINDS,
        Policy,
        PolicyClass,
        StagedAction,
    )
    from tortie.model.profile import DEFAULT_ALLOW_PROFILE, Profile
    from tortie.model.rule import (
        Action,
        Direction,
        EntityMatch,
        HTTPMatch,
        HTTPPath,
        IcmpMatch,
        Port,
        Rule,
        ServiceAccountMatch,
        ServiceMatch,
    )
    from tortie.model.service import EndpointSlice, Service
    from tortie.model.settings import (
        DEFAULT_FAILSAFE_INBOUND,
        DEFAULT_FAILSAFE_OUTBOUND,
        AgentSettings,
        DenyAction,
        EndpointToHostAction,
        FailsafePort,
        Listen,
        LogRate,
        LogSeverity,
        RateUnit,
        ServiceLoopPrevention,
        Settings,
    )
    from tortie.model.tier import BUILT_IN_TIERS, DEFAULT_TIER_ORDER, Tier
    from tortie.model.update import Resource, Update
__all__ = [
    "ALL_INTERFACES",
    "BUILT_IN_TIERS",
    "CONVERTED_KINDS",
    "CREATED_BY_LABEL",
    "DEFAULT_ALLOW_PROFILE",
    "DEFAULT_FAILSAFE_INBOUND",
    "DEFAULT_FAILSAFE_OUTBOUND",
    "DEFAULT_TIER",
    "DEFAULT_TIER_ORDER",
    "FOREIGN_KINDS",
    "ICMP_OF",
    "INTERNAL_KINDS",
    "IPIP",
    "LOOPBACK_INTERFACE",
    "MAX_PORT",
    "NAMESPACED_KINDS",
    "NAMESPACE_LABEL",
    "NAMESPACE_PREFIX",
    "NAME_LABEL",
    "ORCHESTRATOR_LABEL",
    "POLICY_KINDS",
    "PROTOCOL_NAMES",
    "PROTOCOL_NUMBERS",
    "READ_KINDS",
    "SCTP",
    "SERVICE_ACCOUNT_LABEL",
    "SERVICE_ACCOUNT_PREFIX",
    "SHORT_KINDS",
    "STAGED_KINDS",
    "TCP",
    "TIERED_KINDS",
    "UDP",
    "WITH_PORTS",
    "Action",
    "AgentSettings",
    "BGPConfiguration",
    "ClusterInformation",
    "DenyAction",
    "Direction",
    "Encapsulation",
    "EndpointPort",
    "EndpointSlice",
    "EndpointToHostAction",
    "EntityMatch",
    "FailsafePort",
    "Family",
    "FelixConfiguration",
    "Flow",
    "HTTPMatch",
    "HTTPPath",
    "HostEndpoint",
    "HostEndpointTemplate",
    "IPNat",
    "IPPool",
    "IcmpMatch",
    "Key",
    "Kind",
    "KubeControllersConfiguration",
    "Labels",
    "Listen",
    "LogRate",
    "LogSeverity",
    "Metadata",
    "NetworkSet",
    "Node",
    "Place",
    "Policy",
    "PolicyClass",
    "Port",
    "PortRange",
    "Prefix",
    "Profile",
    "Protocol",
    "RateUnit",
    "Resource",
    "Rule",
    "Service",
    "ServiceAccountMatch",
    "ServiceLoopPrevention",
    "ServiceMatch",
    "Settings",
    "StagedAction",
    "Tier",
    "Update",
    "Verdict",
    "WorkloadEndpoint",
    "automatic_host_endpoints",
    "effective_labels",
    "family_of",
    "format_address",
    "outermost",
    "parse_address",
    "parse_prefix",
]

_NAMES = {
    "automatic": (
        "CREATED_BY_LABEL",
        "HostEndpointTemplate",
        "KubeControllersConfiguration",
        "automatic_host_endpoints",
    ),
    "configuration": ("FelixConfiguration",),
    "endpoint": (
        "ALL_INTERFACES",
        "LOOPBACK_INTERFACE",
        "EndpointPort",
        "HostEndpoint",
        "IPNat",
        "WorkloadEndpoint",
    ),
    "flow": (
        "Flow",
        "Place",
        "Verdict",
    ),
    "key": (
        "FOREIGN_KINDS",
        "INTERNAL_KINDS",
        "NAMESPACED_KINDS",
        "POLICY_KINDS",
        "READ_KINDS",
        "Key",
        "Kind",
    ),
    "labels": (
        "NAME_LABEL",
        "NAMESPACE_LABEL",
        "NAMESPACE_PREFIX",
        "ORCHESTRATOR_LABEL",
        "SERVICE_ACCOUNT_LABEL",
        "SERVICE_ACCOUNT_PREFIX",
        "Labels",
        "effective_labels",
    ),
    "metadata": ("Metadata",),
    "net": (
        "ICMP_OF",
        "IPIP",
        "MAX_PORT",
        "PROTOCOL_NAMES",
        "PROTOCOL_NUMBERS",
        "SCTP",
        "TCP",
        "UDP",
        "WITH_PORTS",
        "Family",
        "PortRange",
        "Prefix",
        "Protocol",
        "family_of",
        "format_address",
        "outermost",
        "parse_address",
        "parse_prefix",
    ),
    "network": (
        "BGPConfiguration",
        "Encapsulation",
        "IPPool",
    ),
    "networkset": ("NetworkSet",),
    "node": ("ClusterInformation", "Node"),
    "policy": (
        "CONVERTED_KINDS",
        "DEFAULT_TIER",
        "SHORT_KINDS",
        "STAGED_KINDS",
        "TIERED_KINDS",
        "Policy",
        "PolicyClass",
        "StagedAction",
    ),
    "profile": (
        "DEFAULT_ALLOW_PROFILE",
        "Profile",
    ),
    "rule": (
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
    ),
    "service": (
        "EndpointSlice",
        "Service",
    ),
    "settings": (
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
    ),
    "tier": (
        "BUILT_IN_TIERS",
        "DEFAULT_TIER_ORDER",
        "Tier",
    ),
    "update": (
        "Resource",
        "Update",
    ),
}
_FILES = {name: file for file, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Return a public name whose file was not imported yet (PEP 562)."""
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - only where a name is first asked for

    value = getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
    globals()[name] = value
    return value
