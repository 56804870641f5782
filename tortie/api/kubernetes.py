"""Kubernetes namespaces, service accounts and pods as profiles and workload endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from tortie.api.endpoint import STATE_ANNOTATION, check_host_address, endpoint_labels, is_up
from tortie.api.fields import Fields
from tortie.api.metadata import Named
from tortie.api.names import endpoint_name, is_dns_subdomain, is_port_name
from tortie.api.uids import converted_uid
from tortie.model import (
    MAX_PORT,
    NAME_LABEL,
    NAMESPACE_PREFIX,
    PROTOCOL_NUMBERS,
    SCTP,
    SERVICE_ACCOUNT_LABEL,
    SERVICE_ACCOUNT_PREFIX,
    TCP,
    UDP,
    Action,
    EndpointPort,
    IPNat,
    Key,
    Kind,
    Metadata,
    Prefix,
    Profile,
    Protocol,
    Rule,
    WorkloadEndpoint,
    parse_address,
    parse_prefix,
)

__all__ = ["interface_name", "read_namespace", "read_pod", "read_service_account"]

_ENDPOINT = "eth0"
_ORCHESTRATOR = "k8s"
_KUBERNETES_NAME_LABEL = "kubernetes.io/metadata.name"
_NETWORK_STATUS = "k8s.v1.cni.cncf.io/network-status"
_CNI = "cni.projectcalico.org/"
_AWS_IPS = "vpc.amazonaws.com/pod-ips"
_FINISHED = frozenset({"Failed", "Succeeded", "Completed"})
_PORT_PROTOCOLS = {"TCP": Protocol(TCP), "UDP": Protocol(UDP), "SCTP": Protocol(SCTP)}
_HASHED = 11


def read_namespace(named: Named, root: Fields) -> Profile:
    """Return the profile `kns.NAME` of a namespace: allows all, hands down the namespace's labels.

    Two of them say its name: Calico's, and the one that Kubernetes' API server writes into every namespace.
    """
    root.ignore("spec", "status")
    labels = {f"{NAMESPACE_PREFIX}{key}": value for key, value in named.metadata.labels.items()}
    labels |= {f"{NAMESPACE_PREFIX}{key}": named.name for key in (NAME_LABEL, _KUBERNETES_NAME_LABEL)}
    allow = (Rule(Action.ALLOW),)
    revision = f"{named.metadata.revision}/" if named.metadata.revision else ""
    return Profile(_profile_key(f"kns.{named.name}"), _metadata(named, revision), allow, allow, labels)


def read_service_account(named: Named, root: Fields) -> Profile:
    """Return the profile `ksa.NAMESPACE.NAME` of a service account: no rules, hands down the account's labels."""
    root.ignore("secrets", "imagePullSecrets", "automountServiceAccountToken", "spec", "status")
    labels = {f"{SERVICE_ACCOUNT_PREFIX}{key}": value for key, value in named.metadata.labels.items()}
    labels[f"{SERVICE_ACCOUNT_PREFIX}{NAME_LABEL}"] = named.name
    revision = f"/{named.metadata.revision}" if named.metadata.revision else ""
    return Profile(
        _profile_key(f"ksa.{named.namespace}.{named.name}"), _metadata(named, revision), labels_to_apply=labels
    )


def _profile_key(name: str) -> Key:
    return Key(Kind.PROFILE, "", name)


def _metadata(named: Named, revision: str) -> Metadata:
    found = named.metadata
    return Metadata(uid=converted_uid(found.uid), revision=revision, created=found.created)


def interface_name(namespace: str, pod: str) -> str:
    """Return the name of the host's end of a pod's interface. Source: datastore specification 12.2."""
    from hashlib import sha1  # noqa: PLC0415 - only pods need it

    digest = sha1(f"{namespace}.{pod}".encode(), usedforsecurity=False).hexdigest()
    return f"cali{digest[:_HASHED]}"


def read_pod(named: Named, root: Fields) -> WorkloadEndpoint | None:
    """Return a pod's workload endpoint, None for one that is not scheduled or uses its host's network.

    A finished pod has no addresses. Fields that mean nothing to policy are not looked at.
    """
    spec = root.fields("spec") or Fields(root.report, {}, "spec")
    status = root.fields("status") or Fields(root.report, {}, "status")
    node, account = spec.text("nodeName"), spec.text("serviceAccountName")
    ports = tuple(_ports(spec))
    addresses = _addresses(named, status)
    annotations = named.metadata.annotations
    active = is_up(root, annotations)
    name, faults = endpoint_name(node, _ORCHESTRATOR, {"pod": named.name, "endpoint": _ENDPOINT})
    if spec.flag("hostNetwork") or not node:
        return None
    for field, value, path in (("node", node, "spec.nodeName"), ("account", account, "spec.serviceAccountName")):
        if value and (field in faults or not is_dns_subdomain(value)):
            root.report.add(path, f"`{value[:60]}` is not a name: only lower-case letters, digits, `-` and `.`")
    if root.report.problems:
        return None
    own = {key: value for key, value in named.metadata.labels.items() if key != SERVICE_ACCOUNT_LABEL}
    kept = {key: annotations[key] for key in (_NETWORK_STATUS, STATE_ANNOTATION) if key in annotations}
    return WorkloadEndpoint(
        Key(Kind.WORKLOAD_ENDPOINT, named.namespace, name),
        node,
        interface_name(named.namespace, named.name),
        Metadata(
            endpoint_labels(own, named.namespace, _ORCHESTRATOR, account),
            kept,
            named.metadata.uid,
            named.metadata.revision,
            named.metadata.created,
        ),
        orchestrator=_ORCHESTRATOR,
        pod=named.name,
        endpoint=_ENDPOINT,
        container_id=annotations.get(f"{_CNI}containerID", ""),
        service_account=account,
        addresses=addresses,
        profiles=(f"kns.{named.namespace}", *((f"ksa.{named.namespace}.{account}",) if account else ())),
        ports=ports,
        allowed_sources=_allowed_sources(named, root),
        nats=_nats(named, root, addresses),
        active=active,
    )


def _addresses(named: Named, status: Fields) -> tuple[bytes, ...]:
    """Return the pod's addresses, from the first source that has any; none where the pod is finished."""
    annotations = named.metadata.annotations
    texts = [(fields.text("ip"), fields.at("ip")) for fields in status.each("podIPs")]
    if not any(text for text, _ in texts):
        texts = [(status.text("podIP"), "status.podIP")]
    for key in (f"{_CNI}podIPs", f"{_CNI}podIP", _AWS_IPS):
        if any(text for text, _ in texts):
            break
        texts = [(text.strip(), f"metadata.annotations.{key}") for text in annotations.get(key, "").split(",")]
    found: dict[bytes, None] = {}
    for text, path in texts:
        if not text:
            continue
        try:
            net = parse_prefix(text)
        except ValueError as error:
            status.report.add(path, str(error))
            continue
        found[net.network] = None
        if not net.is_address:
            status.report.add(path, f"`{text}` covers more than one address", "write an address")
    is_deleted = named.deleted and "" in (annotations.get(f"{_CNI}podIP"), annotations.get(_AWS_IPS))
    return () if status.text("phase") in _FINISHED or is_deleted else tuple(found)


def _ports(spec: Fields) -> Iterator[EndpointPort]:
    for containers in ("containers", "initContainers"):
        for container in spec.each(containers):
            for fields in container.each("ports"):
                name, protocol = fields.text("name"), fields.text("protocol") or "TCP"
                port = fields.integer("containerPort", 0, MAX_PORT) or 0
                host_port = fields.integer("hostPort", 0, MAX_PORT) or 0
                if protocol not in PROTOCOL_NUMBERS:
                    fields.report.choose(fields.at("protocol"), "the protocol", protocol, _PORT_PROTOCOLS)
                if name and not is_port_name(name):
                    fields.report.add(fields.at("name"), f"`{name[:40]}` is not a port's name")
                if port and (name or host_port) and protocol in _PORT_PROTOCOLS:
                    host_ip = fields.text("hostIP")
                    check_host_address(fields, host_ip)
                    yield EndpointPort(name, _PORT_PROTOCOLS[protocol], port, host_port, host_ip)


def _listed(named: Named, root: Fields, key: str) -> list[str]:
    """Return the texts of an annotation that holds a JSON list."""
    text = named.metadata.annotations.get(key)
    if not text:
        return []
    import json  # noqa: PLC0415 - few pods need it

    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    if isinstance(values, list) and all(isinstance(value, str) for value in values):
        return values
    root.report.add(f"metadata.annotations.{key}", f"`{text[:60]}` is not a JSON list of texts", 'write `["10.0.0.1"]`')
    return []


def _allowed_sources(named: Named, root: Fields) -> tuple[Prefix, ...]:
    key = f"{_CNI}allowedSourcePrefixes"
    found: dict[Prefix, None] = {}
    for text in _listed(named, root, key):
        try:
            found[parse_prefix(text)] = None
        except ValueError as error:
            root.report.add(f"metadata.annotations.{key}", str(error))
    return tuple(found)


def _nats(named: Named, root: Fields, addresses: tuple[bytes, ...]) -> tuple[IPNat, ...]:
    """Return the floating addresses, each with the pod's first address of its family."""
    key = f"{_CNI}floatingIPs"
    found = []
    for text in _listed(named, root, key) if addresses else ():
        try:
            external = parse_address(text)
        except ValueError as error:
            root.report.add(f"metadata.annotations.{key}", str(error))
            continue
        internal = next((address for address in addresses if len(address) == len(external)), None)
        if internal is not None:
            found.append(IPNat(internal, external))
    return tuple(found)
