"""Short ways to write documents, and to see what is wrong with them."""

from __future__ import annotations

from typing import TypeVar

import pytest

from tortie.api import decode_all, document_of, encode, read_documents
from tortie.errors import Invalid, Problem
from tortie.model import NAMESPACED_KINDS, Kind, Policy, Resource, Rule

Some = TypeVar("Some")

ENDPOINT = (
    "orchestrator: k8s, node: n1, pod: web-0, endpoint: eth0, interfaceName: cali0, ipNetworks: [10.0.0.1/32, fe80::1]"
)
VERSIONS = {
    "NetworkPolicy": "networking.k8s.io/v1",
    "EndpointSlice": "discovery.k8s.io/v1",
    "ClusterNetworkPolicy": "policy.networking.k8s.io/v1alpha2",
    "AdminNetworkPolicy": "policy.networking.k8s.io/v1alpha1",
    "BaselineAdminNetworkPolicy": "policy.networking.k8s.io/v1alpha1",
}


def calico(kind: str, name: str, spec: str, metadata: str = "") -> str:
    namespace = ", namespace: shop" if Kind(kind) in NAMESPACED_KINDS else ""
    named = f"name: {name}" if name else "name: ''"
    extra = f", {metadata}" if metadata else ""
    return (
        f"apiVersion: projectcalico.org/v3\nkind: {kind}\nmetadata: {{{named}{namespace}{extra}}}\nspec: {{{spec}}}\n"
    )


def policy(spec: str, name: str = "p", metadata: str = "") -> str:
    return calico("NetworkPolicy", name, spec, metadata)


def global_policy(spec: str, name: str = "p") -> str:
    return calico("GlobalNetworkPolicy", name, spec)


def endpoint(spec: str = "", name: str = "", metadata: str = "") -> str:
    """Return an endpoint whose fields are the usual ones but for those given."""
    return calico("WorkloadEndpoint", name, ", ".join(part for part in (ENDPOINT, spec) if part), metadata)


def kubernetes(kind: str, metadata: str, rest: str = "") -> str:
    version = VERSIONS.get(kind, "v1")
    return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{{metadata}}}\n{rest}\n"


def ingress(rule: str) -> str:
    return policy(f"ingress: [{{{rule}}}]")


def egress(rule: str) -> str:
    return policy(f"egress: [{{{rule}}}]")


def source(entity: str, rule: str = "action: Allow") -> str:
    return ingress(f"{rule}, source: {{{entity}}}")


def faults(text: str, namespace: str = "") -> list[Problem]:
    """Return what is wrong with a text, nothing where it is right."""
    try:
        decode_all(read_documents(text, "f.yaml"), namespace=namespace)
    except Invalid as error:
        return list(error.problems)
    return []


def the_fault(text: str) -> Problem:
    """Return the only thing that is wrong with a text."""
    found = faults(text)
    if len(found) != 1:
        pytest.fail(f"{len(found)} problems, not one: {[str(problem) for problem in found]}")
    return found[0]


def resource(text: str) -> Resource:
    """Return the only resource of a text."""
    (decoded,) = decode_all(read_documents(text, "f.yaml"))
    assert decoded.value is not None
    return decoded.value


def a(kind: type[Some], text: str) -> Some:
    found = resource(text)
    assert isinstance(found, kind)
    return found


def rule_of(text: str) -> Rule:
    """Return the only rule of a policy."""
    found = a(Policy, text)
    (only,) = (*found.ingress, *found.egress)
    return only


def again(value: Resource) -> Resource:
    """Return a resource after it was encoded and decoded."""
    data = encode(value)
    (decoded,) = decode_all([document_of(data)])
    assert decoded.value is not None
    return decoded.value
