"""What becomes of a stored resource that is not understood: it may close more than its author meant, never less.

Documents that people write never get here: with a problem they are refused.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TypeVar

from tortie.api.label_selector import PODS
from tortie.api.report import Report
from tortie.model import (
    ALL_INTERFACES,
    CONVERTED_KINDS,
    NAMESPACE_LABEL,
    STAGED_KINDS,
    TIERED_KINDS,
    Action,
    Direction,
    EntityMatch,
    FelixConfiguration,
    HostEndpoint,
    Key,
    Kind,
    Policy,
    Profile,
    Resource,
    Rule,
    Tier,
    WorkloadEndpoint,
)

__all__ = ["KEPT_KINDS", "closed", "closed_by_key", "closed_rule", "is_lost"]

KEPT_KINDS = frozenset(
    {
        Kind.FELIX_CONFIGURATION,
        Kind.HOST_ENDPOINT,
        Kind.NODE,
        Kind.KUBE_CONTROLLERS_CONFIGURATION,
        Kind.IP_POOL,
        Kind.BGP_CONFIGURATION,
    }
)
"""Kinds of which an earlier version says more than nothing, where nothing can be read."""

T = TypeVar("T")
_DENY = (Rule(Action.DENY),)
_FIRST = -sys.float_info.max
_SPEC = "spec"
_RULES = ("spec.ingress[", "spec.egress[")
_CLASSES = ("applyOnForward", "doNotTrack", "preDNAT")
_LABELS = "metadata.labels"
_TELLING = {
    Kind.HOST_ENDPOINT: (
        _LABELS,
        *(f"{_SPEC}.{name}" for name in ("node", "interfaceName", "expectedIPs", "profiles", "ports")),
    ),
    Kind.NODE: (_LABELS,),
    Kind.KUBE_CONTROLLERS_CONFIGURATION: (f"{_SPEC}.controllers",),
    Kind.IP_POOL: tuple(f"{_SPEC}.{name}" for name in ("cidr", "ipipMode", "vxlanMode")),
    Kind.BGP_CONFIGURATION: tuple(
        f"{_SPEC}.{name}" for name in ("serviceClusterIPs", "serviceExternalIPs", "serviceLoadBalancerIPs")
    ),
}
_POLICY_KINDS = {*TIERED_KINDS, *CONVERTED_KINDS} - STAGED_KINDS
_TIERS = {
    Kind.CLUSTER_NETWORK_POLICY: "kube-admin",
    Kind.ADMIN_NETWORK_POLICY: "kube-admin",
    Kind.BASELINE_ADMIN_NETWORK_POLICY: "kube-baseline",
}


def closed_rule(rule: Rule, path: str, unclear: Collection[str]) -> Iterator[Rule]:
    """Yield what stands for a rule of which something is unclear.

    One that allows or logs never matches, so that nothing stands for it. Any other denies all that it might have
    denied, or passed on to others who might: what is unclear in it asks nothing.
    """

    def kept(name: str, value: T, nothing: T) -> T:
        return nothing if _touches(unclear, f"{path}.{name}") else value

    if path in unclear:
        yield from _DENY
        return
    if kept("action", rule.action, Action.DENY) in (Action.ALLOW, Action.LOG):
        return
    yield Rule(
        Action.DENY,
        ip_version=kept("ipVersion", rule.ip_version, None),
        protocol=kept("protocol", rule.protocol, None),
        not_protocol=kept("notProtocol", rule.not_protocol, None),
        icmp=kept("icmp", rule.icmp, None),
        not_icmp=kept("notICMP", rule.not_icmp, None),
        source=kept("source", rule.source, EntityMatch()),
        destination=kept("destination", rule.destination, EntityMatch()),
        annotations=rule.annotations,
    )


def _touches(unclear: Collection[str], path: str) -> bool:
    """Tell whether something is unclear at a path or below it."""
    inside = tuple(f"{path}{mark}" for mark in "#.[")
    return any(each == path or each.startswith(inside) for each in unclear)


def closed(value: Resource | None, report: Report) -> Resource | None:
    """Return what stands for a stored resource of which something is unclear; None where nothing can.

    Without an endpoint its interface is silent. Without a tier its policies come last, and deny. A staged policy, and
    whatever else restricts nothing by itself, keeps what was understood.
    """
    unclear = [path for path in report.unclear if path.startswith(_SPEC) and not path.startswith(_RULES)]
    found: Resource | None = value
    match value:
        case Policy() if value.key.kind in STAGED_KINDS:
            found = None if report.unclear else value
        case Policy() if unclear:
            found = _policy(value, unclear)
        case Profile() if unclear:
            found = replace(value, ingress=_DENY, egress=_DENY)
        case WorkloadEndpoint():
            found = None
        case HostEndpoint():
            found = _host_endpoint(value, report.unclear)
        case FelixConfiguration() if _SPEC in unclear:
            found = None
        case Tier() if _SPEC in unclear or _touches(unclear, "spec.order"):
            found = None
    return found


def _policy(policy: Policy, unclear: list[str]) -> Policy:
    """Return a policy that denies, where the author's does or may govern."""

    def is_lost(*names: str) -> bool:
        return _SPEC in unclear or any(_touches(unclear, f"{_SPEC}.{name}") for name in names)

    is_lost_type = is_lost("types", "policyTypes", "ingress", "egress")
    is_admin = policy.key.kind in _TIERS
    subject = PODS if policy.key.kind in CONVERTED_KINDS else ""
    types = tuple(Direction) if is_lost_type else policy.types
    is_lost_subject = is_lost("podSelector", "subject")
    spaces = "all()" if is_admin and is_lost_subject else policy.namespace_selector
    return replace(
        policy,
        tier=_tier(policy.key) if is_lost("tier") else policy.tier,
        order=_FIRST if is_lost("order", "priority") else policy.order,
        selector=subject if is_lost("selector") or is_lost_subject else policy.selector,
        namespace_selector="" if is_lost("namespaceSelector") else spaces,
        service_account_selector="" if is_lost("serviceAccountSelector") else policy.service_account_selector,
        types=types,
        ingress=_DENY if Direction.INGRESS in types else (),
        egress=_DENY if Direction.EGRESS in types else (),
        apply_on_forward=policy.apply_on_forward or (_may_govern_forwarded(policy.key) and is_lost(*_CLASSES)),
    )


def _may_govern_forwarded(key: Key) -> bool:
    """Tell whether it is a policy that may be about what hosts forward."""
    return key.kind is Kind.GLOBAL_NETWORK_POLICY


def _tier(key: Key) -> str:
    return _TIERS.get(key.kind, Policy(key).tier)


def _host_endpoint(endpoint: HostEndpoint, unclear: list[str]) -> HostEndpoint | None:
    """Return a host endpoint that closes what its author's may be about; None where its host is unclear.

    That is all interfaces where its own is unclear, and without profiles where these are, or which policies select it.
    """
    if not endpoint.node or _touches(unclear, "spec.node"):
        return None
    is_found = endpoint.interface or (endpoint.expected_addresses and not _touches(unclear, "spec.expectedIPs"))
    is_unselected = any(_touches(unclear, path) for path in ("spec.profiles", _LABELS))
    labels = {key: label for key, label in endpoint.metadata.labels.items() if key != NAMESPACE_LABEL}
    return replace(
        endpoint,
        interface=endpoint.interface if is_found and not _touches(unclear, "spec.interfaceName") else ALL_INTERFACES,
        profiles=() if is_unselected else endpoint.profiles,
        metadata=replace(endpoint.metadata, labels=labels),
    )


def is_lost(key: Key, report: Report) -> bool:
    """Tell whether what was known of a resource before says more of what its author meant than what is left of it.

    That is so of settings that cannot be read at all, which are then no defaults, of what tells which host endpoints
    there are, and where and whom each governs, and of what tells that a tunnel is in use, from which strangers are kept
    out, and which addresses are services'. Everything else closes enough by itself.
    """
    paths = _TELLING.get(key.kind, ())
    return key.kind in KEPT_KINDS and (_SPEC in report.unclear or any(_touches(report.unclear, path) for path in paths))


def closed_by_key(key: Key) -> Policy | None:
    """Return what stands for a stored resource of which nothing can be read.

    A policy then governs everything of its namespace, or all of the cluster, and denies it, as the first of its tier:
    nobody knows whom it protected. Of any other kind there is nothing.
    """
    if key.kind not in _POLICY_KINDS:
        return None
    policy = Policy(
        key,
        tier=_tier(key),
        order=_FIRST,
        types=tuple(Direction),
        ingress=_DENY,
        egress=_DENY,
        apply_on_forward=_may_govern_forwarded(key),
    )
    return replace(policy, selector=PODS) if key.kind in CONVERTED_KINDS else policy
