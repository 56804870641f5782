"""Workload endpoints as a datastore holds them, read the short way.

There are hundreds of thousands of them, nearly all of one plain shape. Whatever is not of that shape is left to the
decoder that knows every rule; this one never says anything that it would not say.
"""

from __future__ import annotations

from functools import lru_cache
from sys import intern

import msgspec

from tortie.api.endpoint import endpoint_labels
from tortie.api.names import (
    SEGMENT_FIELDS,
    endpoint_name,
    is_dns_subdomain,
    is_interface,
    is_label_value,
    is_namespace,
    is_port_name,
    is_qualified_name,
    segment_field,
)
from tortie.model import (
    MAX_PORT,
    SCTP,
    TCP,
    UDP,
    EndpointPort,
    Key,
    Labels,
    Metadata,
    Protocol,
    WorkloadEndpoint,
    parse_address,
)

__all__ = ["plain_endpoint"]

_PROTOCOLS = {"TCP": Protocol(TCP), "UDP": Protocol(UDP), "SCTP": Protocol(SCTP)}
_CACHED = 65536
_NO_ANNOTATIONS: dict[str, str] = {}
_FULL_LENGTHS = {".": "/32", ":": "/128"}


class _Metadata(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    name: str
    namespace: str
    uid: str = ""
    resourceVersion: str = ""  # noqa: N815 - the document's word
    creationTimestamp: str = ""  # noqa: N815 - the document's word
    labels: dict[str, str] = {}


class _Port(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    name: str
    protocol: str
    port: int
    hostPort: int = 0  # noqa: N815 - the document's word
    hostIP: str = ""  # noqa: N815 - the document's word


class _Spec(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    node: str
    orchestrator: str
    endpoint: str
    interfaceName: str  # noqa: N815 - the document's word
    pod: str = ""
    workload: str = ""
    containerID: str = ""  # noqa: N815 - the document's word
    serviceAccountName: str = ""  # noqa: N815 - the document's word
    ipNetworks: tuple[str, ...] = ()  # noqa: N815 - the document's word
    profiles: tuple[str, ...] = ()
    ports: tuple[_Port, ...] = ()


class _Document(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    kind: str
    apiVersion: str  # noqa: N815 - the document's word
    metadata: _Metadata
    spec: _Spec


_DECODER = msgspec.json.Decoder(_Document)


def plain_endpoint(key: Key, value: bytes) -> WorkloadEndpoint | None:
    """Return the endpoint of a stored document of the plain shape, None for any other document, right or wrong."""
    try:
        document = _DECODER.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return None
    metadata, spec = document.metadata, document.spec
    if (document.kind, document.apiVersion) != ("WorkloadEndpoint", "projectcalico.org/v3"):
        return None
    if (metadata.name, metadata.namespace) != (key.name, key.namespace) or not _has_good_names(key, spec):
        return None
    labels = _labels(tuple(metadata.labels.items()), key.namespace, spec.orchestrator, spec.serviceAccountName)
    profiles, ports, addresses = _profiles(spec.profiles), _ports(spec.ports), _addresses(spec.ipNetworks)
    if labels is None or profiles is None or ports is None or addresses is None:
        return None
    return WorkloadEndpoint(
        key,
        intern(spec.node),
        spec.interfaceName,
        Metadata(labels, _NO_ANNOTATIONS, metadata.uid, metadata.resourceVersion, metadata.creationTimestamp),
        orchestrator=intern(spec.orchestrator),
        workload=spec.workload,
        pod=spec.pod,
        endpoint=intern(spec.endpoint),
        container_id=spec.containerID,
        service_account=intern(spec.serviceAccountName),
        addresses=addresses,
        profiles=profiles,
        ports=ports,
    )


def _has_good_names(key: Key, spec: _Spec) -> bool:
    frame = _frame(key.namespace, spec.node, spec.orchestrator, spec.endpoint, spec.serviceAccountName)
    if frame is None or not is_interface(spec.interfaceName) or not is_dns_subdomain(key.name):
        return False
    before, field, after = frame
    pod, workload, container = spec.pod, spec.workload, spec.containerID
    if (pod and not is_dns_subdomain(pod)) or (workload and not is_dns_subdomain(workload)):
        return False
    if container and not (container.isalnum() and container.isascii()):
        return False
    segment = {"pod": pod, "containerID": container}.get(field, workload).replace("-", "--")
    return bool(segment) and key.name == f"{before}{segment}{after}"


@lru_cache(maxsize=_CACHED)
def _frame(namespace: str, node: str, orchestrator: str, endpoint: str, account: str) -> tuple[str, str, str] | None:
    """Return what an endpoint's name begins with, the field its middle comes from, and what it ends with."""
    names = (node, orchestrator, endpoint, account)
    if (
        not is_namespace(namespace)
        or not is_label_value(orchestrator)
        or not all(not name or is_dns_subdomain(name) for name in names)
    ):
        return None
    if orchestrator == "libnetwork":
        return None
    name, _ = endpoint_name(node, orchestrator, {"endpoint": endpoint} | dict.fromkeys(SEGMENT_FIELDS, "0"))
    if not name:
        return None
    after = "-" + endpoint.replace("-", "--")
    return name[: -len(after) - 1], segment_field(orchestrator), after


@lru_cache(maxsize=_CACHED)
def _labels(own: tuple[tuple[str, str], ...], namespace: str, orchestrator: str, account: str) -> Labels | None:
    """Return what selectors see; endpoints with the same labels share one mapping."""
    if not all(is_qualified_name(key) and is_label_value(value) for key, value in own):
        return None
    return endpoint_labels(dict(own), namespace, orchestrator, account)


@lru_cache(maxsize=_CACHED)
def _profiles(names: tuple[str, ...]) -> tuple[str, ...] | None:
    return names if all(is_dns_subdomain(name) for name in names) else None


@lru_cache(maxsize=_CACHED)
def _ports(ports: tuple[_Port, ...]) -> tuple[EndpointPort, ...] | None:
    found = []
    for port in ports:
        is_named = is_port_name(port.name) if port.name else port.hostPort != 0
        is_numbered = 0 < port.port <= MAX_PORT and 0 <= port.hostPort <= MAX_PORT
        if not (is_named and is_numbered and port.protocol in _PROTOCOLS) or port.hostIP:
            return None
        found.append(EndpointPort(port.name, _PROTOCOLS[port.protocol], port.port, port.hostPort))
    return tuple(found)


def _addresses(nets: tuple[str, ...]) -> tuple[bytes, ...] | None:
    try:
        found = [
            parse_address(net.removesuffix(_FULL_LENGTHS[":" if ":" in net else "."]))  # the length may be left out
            for net in nets
        ]
    except ValueError:
        return None
    return tuple(dict.fromkeys(found))
