"""How a stored resource is named: its kind, namespace and name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["NAMESPACED_KINDS", "Key", "Kind"]


class Kind(StrEnum):
    """Every kind of resource that Tortie reads; the value is the kind's own word.

    Kubernetes' NetworkPolicy (networking.k8s.io/v1) is told from Calico's by its value, as in Calico's data model.
    """

    NETWORK_POLICY = "NetworkPolicy"
    GLOBAL_NETWORK_POLICY = "GlobalNetworkPolicy"
    PROFILE = "Profile"
    TIER = "Tier"
    WORKLOAD_ENDPOINT = "WorkloadEndpoint"
    NETWORK_SET = "NetworkSet"
    GLOBAL_NETWORK_SET = "GlobalNetworkSet"
    NAMESPACE = "Namespace"
    SERVICE_ACCOUNT = "ServiceAccount"
    POD = "Pod"
    KUBERNETES_NETWORK_POLICY = "KubernetesNetworkPolicy"


NAMESPACED_KINDS = frozenset(
    {
        Kind.NETWORK_POLICY,
        Kind.WORKLOAD_ENDPOINT,
        Kind.NETWORK_SET,
        Kind.SERVICE_ACCOUNT,
        Kind.POD,
        Kind.KUBERNETES_NETWORK_POLICY,
    }
)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """The identity of one resource; `namespace` is "" for kinds that have none."""

    kind: Kind
    namespace: str
    name: str

    def __post_init__(self) -> None:
        """Refuse a key no datastore could hold."""
        if not self.name:
            raise ValueError(f"{self.kind}: a name is needed")
        if (self.kind in NAMESPACED_KINDS) != bool(self.namespace):
            wanted = "needs a namespace" if self.kind in NAMESPACED_KINDS else "has no namespace"
            raise ValueError(f"{self.kind}/{self.name}: this kind {wanted}")

    def __str__(self) -> str:
        """Return `Kind/namespace/name`, or `Kind/name` where there is no namespace."""
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)
