"""What policy has to know of a lab: its namespaces and workloads as documents of the datastore."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tortie.api import CALICO, decode, document_of
from tortie.lab.topology import Lab, Namespace, Workload, WorkloadType
from tortie.model import NAME_LABEL, NAMESPACE_PREFIX, Key

__all__ = ["Manifest", "endpoint_key", "manifests", "workload_manifest"]

Manifest = dict[str, Any]
"""One resource as its document has it: apiVersion, kind, metadata, spec."""


def manifests(lab: Lab) -> tuple[Manifest, ...]:
    """Return the documents of a lab whose addresses are known: namespaces, service accounts, profiles, endpoints.

    A pod is allowed what its namespace's profile allows, as in Kubernetes. A VM gets a profile with the namespace's
    labels and no rules: it is found by the same selectors, and closed until a policy opens it.
    """
    return tuple(_manifests(lab.declared()))


def _manifests(lab: Lab) -> Iterator[Manifest]:
    with_machines = {workload.namespace for workload in lab.workloads if workload.type is WorkloadType.VM}
    for namespace in lab.namespaces:
        yield _namespace(namespace)
        if namespace.name in with_machines:
            yield _machines(namespace)
    for space, account in sorted({(w.namespace, w.service_account) for w in lab.workloads if w.service_account}):
        yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account, "namespace": space}}
    for workload in lab.workloads:
        yield workload_manifest(workload)


def workload_manifest(workload: Workload) -> Manifest:
    """Return the document of a workload's endpoint; its name is the one its fields make."""
    is_pod = workload.type is WorkloadType.POD
    place = (
        {"orchestrator": "k8s", "pod": workload.name, "endpoint": "eth0"}
        if is_pod
        else {"orchestrator": "openstack", "workload": workload.name, "endpoint": "tap0"}
    )
    profiles = [f"kns.{workload.namespace}" if is_pod else _machines_name(workload.namespace)]
    spec: Manifest = {
        **place,
        "node": workload.host,
        "interfaceName": workload.interface,
        "ipNetworks": [f"{address}/{address.max_prefixlen}" for address in workload.addresses],
    }
    if workload.service_account:
        profiles.append(f"ksa.{workload.namespace}.{workload.service_account}")
        spec["serviceAccountName"] = workload.service_account
    if workload.ports:
        spec["ports"] = [
            {"name": port.name, "protocol": port.protocol.upper(), "port": port.port} for port in workload.ports
        ]
    segments = (workload.host, *place.values())
    name = "-".join(segment.replace("-", "--") for segment in segments)
    metadata = {"name": name, "namespace": workload.namespace, "labels": dict(workload.labels)}
    return {
        "apiVersion": CALICO,
        "kind": "WorkloadEndpoint",
        "metadata": metadata,
        "spec": {**spec, "profiles": profiles},
    }


def endpoint_key(workload: Workload) -> Key:
    """Return the key under which a workload's endpoint is stored."""
    return decode(document_of(workload_manifest(workload))).key


def _namespace(namespace: Namespace) -> Manifest:
    metadata = {"name": namespace.name, "labels": dict(namespace.labels)}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def _machines(namespace: Namespace) -> Manifest:
    labels = {NAMESPACE_PREFIX + key: value for key, value in {**namespace.labels, NAME_LABEL: namespace.name}.items()}
    return {
        "apiVersion": CALICO,
        "kind": "Profile",
        "metadata": {"name": _machines_name(namespace.name)},
        "spec": {"labelsToApply": labels},
    }


def _machines_name(namespace: str) -> str:
    return f"machines.{namespace}"
