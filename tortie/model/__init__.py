"""The vocabulary: frozen values, one meaning each, and nothing that acts."""

from __future__ import annotations

from tortie.model.endpoint import ALL_INTERFACES, EndpointPort, HostEndpoint, IPNat, WorkloadEndpoint
from tortie.model.flow import Flow, Place, Verdict
from tortie.model.key import NAMESPACED_KINDS, Key, Kind
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
    MAX_PORT,
    PROTOCOL_NAMES,
    PROTOCOL_NUMBERS,
    Family,
    PortRange,
    Prefix,
    Protocol,
    family_of,
    format_address,
    parse_address,
    parse_prefix,
)
from tortie.model.networkset import NetworkSet
from tortie.model.policy import DEFAULT_TIER, SHORT_KINDS, Policy, PolicyClass, StagedAction
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
    EndpointToHostAction,
    FailsafePort,
    Settings,
)
from tortie.model.tier import BUILT_IN_TIERS, DEFAULT_TIER_ORDER, Tier
from tortie.model.update import Resource, Update

__all__ = [
    "ALL_INTERFACES",
    "BUILT_IN_TIERS",
    "DEFAULT_ALLOW_PROFILE",
    "DEFAULT_FAILSAFE_INBOUND",
    "DEFAULT_FAILSAFE_OUTBOUND",
    "DEFAULT_TIER",
    "DEFAULT_TIER_ORDER",
    "MAX_PORT",
    "NAMESPACED_KINDS",
    "NAMESPACE_LABEL",
    "NAMESPACE_PREFIX",
    "NAME_LABEL",
    "ORCHESTRATOR_LABEL",
    "PROTOCOL_NAMES",
    "PROTOCOL_NUMBERS",
    "SERVICE_ACCOUNT_LABEL",
    "SERVICE_ACCOUNT_PREFIX",
    "SHORT_KINDS",
    "Action",
    "Direction",
    "EndpointPort",
    "EndpointSlice",
    "EndpointToHostAction",
    "EntityMatch",
    "FailsafePort",
    "Family",
    "Flow",
    "HTTPMatch",
    "HTTPPath",
    "HostEndpoint",
    "IPNat",
    "IcmpMatch",
    "Key",
    "Kind",
    "Labels",
    "Metadata",
    "NetworkSet",
    "Place",
    "Policy",
    "PolicyClass",
    "Port",
    "PortRange",
    "Prefix",
    "Profile",
    "Protocol",
    "Resource",
    "Rule",
    "Service",
    "ServiceAccountMatch",
    "ServiceMatch",
    "Settings",
    "StagedAction",
    "Tier",
    "Update",
    "Verdict",
    "WorkloadEndpoint",
    "effective_labels",
    "family_of",
    "format_address",
    "parse_address",
    "parse_prefix",
]
