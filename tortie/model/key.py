"""How a stored resource is named: its kind, namespace and name."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = [
    "CLUSTER_KEY",
    "FOREIGN_KINDS",
    "INTERNAL_KINDS",
    "KUBERNETES_POLICY_PREFIX",
    "NAMESPACED_KINDS",
    "POLICY_KINDS",
    "READ_KINDS",
    "Key",
    "Kind",
]


class Kind(StrEnum):
    """Every kind of resource that Tortie reads; the value is the kind's own word.

    Kubernetes' NetworkPolicy (networking.k8s.io/v1) is told from Calico's by its value, as in Calico's data model.
    """

    NETWORK_POLICY = "NetworkPolicy"
    GLOBAL_NETWORK_POLICY = "GlobalNetworkPolicy"
    STAGED_NETWORK_POLICY = "StagedNetworkPolicy"
    STAGED_GLOBAL_NETWORK_POLICY = "StagedGlobalNetworkPolicy"
    STAGED_KUBERNETES_NETWORK_POLICY = "StagedKubernetesNetworkPolicy"
    PROFILE = "Profile"
    TIER = "Tier"
    WORKLOAD_ENDPOINT = "WorkloadEndpoint"
    HOST_ENDPOINT = "HostEndpoint"
    NETWORK_SET = "NetworkSet"
    GLOBAL_NETWORK_SET = "GlobalNetworkSet"
    NODE = "Node"
    FELIX_CONFIGURATION = "FelixConfiguration"
    CLUSTER_INFORMATION = "ClusterInformation"
    NAMESPACE = "Namespace"
    SERVICE_ACCOUNT = "ServiceAccount"
    POD = "Pod"
    SERVICE = "Service"
    ENDPOINT_SLICE = "EndpointSlice"
    KUBERNETES_NETWORK_POLICY = "KubernetesNetworkPolicy"
    CLUSTER_NETWORK_POLICY = "ClusterNetworkPolicy"
    ADMIN_NETWORK_POLICY = "AdminNetworkPolicy"
    BASELINE_ADMIN_NETWORK_POLICY = "BaselineAdminNetworkPolicy"
    KUBE_CONTROLLERS_CONFIGURATION = "KubeControllersConfiguration"
    CALICO_NODE_STATUS = "CalicoNodeStatus"
    BGP_CONFIGURATION = "BGPConfiguration"
    BGP_PEER = "BGPPeer"
    BGP_FILTER = "BGPFilter"
    IP_POOL = "IPPool"
    IP_RESERVATION = "IPReservation"
    IPAM_CONFIGURATION = "IPAMConfiguration"
    PENDING_CHANGE = "PendingChange"


NAMESPACED_KINDS = frozenset(
    {
        Kind.NETWORK_POLICY,
        Kind.STAGED_NETWORK_POLICY,
        Kind.STAGED_KUBERNETES_NETWORK_POLICY,
        Kind.WORKLOAD_ENDPOINT,
        Kind.NETWORK_SET,
        Kind.SERVICE_ACCOUNT,
        Kind.POD,
        Kind.SERVICE,
        Kind.ENDPOINT_SLICE,
        Kind.KUBERNETES_NETWORK_POLICY,
    }
)

FOREIGN_KINDS = frozenset(
    {
        Kind.CALICO_NODE_STATUS,
        Kind.BGP_CONFIGURATION,
        Kind.BGP_PEER,
        Kind.BGP_FILTER,
        Kind.IP_POOL,
        Kind.IP_RESERVATION,
        Kind.IPAM_CONFIGURATION,
    }
)
"""Kinds of a shared datastore that are no policy: Tortie shows their documents, and leaves them alone."""

INTERNAL_KINDS = frozenset({Kind.PENDING_CHANGE})
"""Kinds that are no resources: nobody writes documents of them, and no command shows them among resources."""

POLICY_KINDS = tuple(kind for kind in Kind if kind not in FOREIGN_KINDS | INTERNAL_KINDS)
"""Kinds that policy is made of, in the order of `Kind`."""

READ_KINDS = (*POLICY_KINDS, Kind.IP_POOL, Kind.BGP_CONFIGURATION)
"""Kinds that verdicts depend on: those of policy, and what is read of those that Tortie leaves alone."""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """The identity of one resource; `namespace` is "" for kinds that have none.

    Keys are looked up far more often than made, so that a key keeps its hash.
    """

    kind: Kind
    namespace: str
    name: str
    _hash: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        """Refuse a key no datastore could hold."""
        if not self.name:
            raise ValueError(f"{self.kind}: a name is needed")
        if (self.kind in NAMESPACED_KINDS) != bool(self.namespace):
            wanted = "needs a namespace" if self.kind in NAMESPACED_KINDS else "has no namespace"
            raise ValueError(f"{self.kind}/{self.name}: this kind {wanted}")
        object.__setattr__(self, "_hash", hash((self.kind, self.namespace, self.name)))

    def __hash__(self) -> int:
        """Return the hash made with the key; it holds in one process only, as hashes of text do."""
        return self._hash

    def __reduce__(self) -> tuple[type[Key], tuple[Kind, str, str]]:
        """Return how to make the key anew, in a process with hashes of its own."""
        return type(self), (self.kind, self.namespace, self.name)

    def __str__(self) -> str:
        """Return `Kind/namespace/name`, or `Kind/name` where there is no namespace."""
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)


KUBERNETES_POLICY_PREFIX = "knp.default."
"""What the name of a NetworkPolicy begins with that was made of one of Kubernetes'."""

CLUSTER_KEY = Key(Kind.CLUSTER_INFORMATION, "", "default")
"""Under which all datastores say what is said once for a cluster; there is no other ClusterInformation."""
