"""The model to projectcalico.org/v3 documents, in the field order of Calico's JSON."""

from __future__ import annotations

from typing import Any

from tortie.api.controllers import encode_controllers
from tortie.api.encode_host import encode_host
from tortie.api.encode_rule import encode_rule, without_empty
from tortie.api.encode_service import encode_service
from tortie.api.endpoint import STATE_ANNOTATION, STATE_DOWN
from tortie.api.kinds import CALICO, CONVERTED, KIND_INFO
from tortie.api.network import encode_network
from tortie.model import (
    SERVICE_ACCOUNT_LABEL,
    BGPConfiguration,
    ClusterInformation,
    EndpointPort,
    EndpointSlice,
    FelixConfiguration,
    HostEndpoint,
    IPPool,
    Key,
    Kind,
    KubeControllersConfiguration,
    Metadata,
    NetworkSet,
    Node,
    Policy,
    Prefix,
    Profile,
    Resource,
    Service,
    StagedAction,
    Tier,
    WorkloadEndpoint,
    format_address,
)

__all__ = ["encode"]


def encode(resource: Resource) -> dict[str, Any]:
    """Return the document that says the resource, every default filled in.

    A policy made of one of Kubernetes' kinds has the words of Calico's policies under its own kind, which `decode`
    reads back. What selectors see of an endpoint beyond its own labels, the service account, is in its spec.
    """
    metadata = resource.metadata
    info = KIND_INFO[resource.key.kind]
    version = CALICO
    match resource:
        case Policy():
            spec = _policy(resource)
            is_staged_kubernetes = resource.key.kind is Kind.STAGED_KUBERNETES_NETWORK_POLICY
            version = CONVERTED if is_staged_kubernetes else CALICO
        case Profile():
            spec = _profile(resource)
        case Tier():
            spec = {"order": _number(resource.order), "defaultAction": str(resource.default_action)}
        case NetworkSet():
            spec = without_empty({"nets": [str(net) for net in resource.nets]})
        case WorkloadEndpoint():
            spec = _endpoint(resource)
            metadata = _endpoint_metadata(resource)
        case Service() | EndpointSlice():
            return _heading(resource.key, info.api_version, metadata) | encode_service(resource)
        case HostEndpoint() | Node() | FelixConfiguration() | ClusterInformation():
            spec = encode_host(resource)
        case IPPool() | BGPConfiguration():
            spec = encode_network(resource)
        case KubeControllersConfiguration():
            spec = encode_controllers(resource)
    return {**_heading(resource.key, version, metadata), "spec": spec}


def _heading(key: Key, version: str, metadata: Metadata) -> dict[str, Any]:
    return {"kind": str(key.kind), "apiVersion": version, "metadata": _metadata(key, metadata)}


def _metadata(key: Key, metadata: Metadata) -> dict[str, Any]:
    return without_empty(
        {
            "name": key.name,
            "namespace": key.namespace,
            "uid": metadata.uid,
            "resourceVersion": metadata.revision,
            "creationTimestamp": metadata.created,
            "labels": dict(metadata.labels),
            "annotations": dict(metadata.annotations),
        }
    )


def _number(value: float | None) -> float | int | None:
    """Return a whole number without its `.0`, as Go's JSON writes it."""
    return int(value) if value is not None and value.is_integer() and abs(value) < 1e21 else value  # noqa: PLR2004 - Go's bound


def _policy(policy: Policy) -> dict[str, Any]:
    staged = {"stagedAction": str(policy.staged)} if policy.staged else {}
    if policy.staged is StagedAction.DELETE:
        return staged | {"tier": policy.tier}
    return staged | without_empty(
        {
            "tier": policy.tier,
            "order": _number(policy.order),
            "ingress": [encode_rule(rule) for rule in policy.ingress],
            "egress": [encode_rule(rule) for rule in policy.egress],
            "selector": policy.selector,
            "types": [str(direction) for direction in policy.types],
            "doNotTrack": policy.do_not_track,
            "preDNAT": policy.pre_dnat,
            "applyOnForward": policy.apply_on_forward,
            "serviceAccountSelector": policy.service_account_selector,
            "namespaceSelector": policy.namespace_selector,
            "performanceHints": list(policy.performance_hints),
        }
    )


def _profile(profile: Profile) -> dict[str, Any]:
    return without_empty(
        {
            "ingress": [encode_rule(rule) for rule in profile.ingress],
            "egress": [encode_rule(rule) for rule in profile.egress],
            "labelsToApply": dict(profile.labels_to_apply),
        }
    )


def _endpoint_metadata(endpoint: WorkloadEndpoint) -> Metadata:
    found = endpoint.metadata
    account = endpoint.service_account
    labels = {key: value for key, value in found.labels.items() if not (account and key == SERVICE_ACCOUNT_LABEL)}
    annotations = dict(found.annotations)
    if not endpoint.active:
        annotations[STATE_ANNOTATION] = STATE_DOWN
    return Metadata(labels, annotations, found.uid, found.revision, found.created)


def _endpoint(endpoint: WorkloadEndpoint) -> dict[str, Any]:
    nats = [
        {"internalIP": format_address(nat.internal), "externalIP": format_address(nat.external)}
        for nat in endpoint.nats
    ]
    return without_empty(
        {
            "orchestrator": endpoint.orchestrator,
            "workload": endpoint.workload,
            "node": endpoint.node,
            "containerID": endpoint.container_id,
            "pod": endpoint.pod,
            "endpoint": endpoint.endpoint,
            "serviceAccountName": endpoint.service_account,
            "ipNetworks": [str(Prefix(address, len(address) * 8)) for address in endpoint.addresses],
            "ipNATs": nats,
            "ipv4Gateway": endpoint.ipv4_gateway,
            "ipv6Gateway": endpoint.ipv6_gateway,
            "profiles": list(endpoint.profiles),
            "interfaceName": endpoint.interface,
            "mac": endpoint.mac,
            "ports": [_port(port) for port in endpoint.ports],
            "allowSpoofedSourcePrefixes": [str(prefix) for prefix in endpoint.allowed_sources],
        }
    )


def _port(port: EndpointPort) -> dict[str, Any]:
    return {
        "name": port.name,
        "protocol": str(port.protocol),
        "port": port.port,
        "hostPort": port.host_port,
        "hostIP": port.host_ip,
    }
