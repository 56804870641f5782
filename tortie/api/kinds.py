"""The table of kinds: how each is written, stored, scoped and called."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from tortie.api.nearest import nearest
from tortie.errors import Invalid
from tortie.model import CONVERTED_KINDS, NAMESPACED_KINDS, TIERED_KINDS, Kind

__all__ = [
    "CALICO",
    "CONVERTED",
    "KINDS",
    "KINDS_BY_DOCUMENT",
    "KIND_INFO",
    "OTHER_FORMS",
    "RENAMED_KINDS",
    "KindInfo",
    "kind_named",
]

CALICO = "projectcalico.org/v3"
CONVERTED = "tortie/converted"
"""The apiVersion of a staged Kubernetes policy as the policy that it means; `encode` writes it."""
_CORE = "v1"
_NETWORKING = "networking.k8s.io/v1"
_DISCOVERY = "discovery.k8s.io/v1"
_ADMIN_V1 = "policy.networking.k8s.io/v1alpha1"
_ADMIN_V2 = "policy.networking.k8s.io/v1alpha2"


@dataclass(frozen=True, slots=True)
class KindInfo:
    """One kind: `names` are what calicoctl accepts, `short_names` what kubectl accepts beside plural and singular."""

    kind: Kind
    document_kind: str
    api_version: str
    plural: str
    names: tuple[str, ...]
    short_names: tuple[str, ...] = ()

    @property
    def singular(self) -> str:
        """Return the lower-case name of one of them."""
        return self.document_kind.lower()

    @property
    def namespaced(self) -> bool:
        """Tell whether resources of the kind live in a namespace."""
        return self.kind in NAMESPACED_KINDS

    @property
    def is_calico(self) -> bool:
        """Tell whether the kind belongs to projectcalico.org/v3, so that calicoctl writes it."""
        return self.api_version == CALICO


def _calico(kind: Kind, names: str, short_names: str = "") -> KindInfo:
    plurals = {f"{kind.lower()}s", f"{kind.lower()}es", f"{kind.lower()[:-1]}ies"}
    plural = next(name for name in names.split() if name in plurals)
    return KindInfo(kind, str(kind), CALICO, plural, tuple(names.split()), tuple(short_names.split()))


KINDS = (
    _calico(
        Kind.NETWORK_POLICY,
        "networkpolicy networkpolicies policy policies np pol pols",
        "cnp caliconetworkpolicy caliconetworkpolicies",
    ),
    _calico(
        Kind.GLOBAL_NETWORK_POLICY,
        "globalnetworkpolicy globalnetworkpolicies gnp gnps",
        "gnp cgnp calicoglobalnetworkpolicies",
    ),
    _calico(
        Kind.STAGED_NETWORK_POLICY,
        "stagednetworkpolicy stagednetworkpolicies stagedpolicy stagedpolicies snp spol spols",
        "scnp snp",
    ),
    _calico(
        Kind.STAGED_GLOBAL_NETWORK_POLICY,
        "stagedglobalnetworkpolicy stagedglobalnetworkpolicies sgnp sgnps",
        "sgnp",
    ),
    _calico(
        Kind.STAGED_KUBERNETES_NETWORK_POLICY,
        "stagedkubernetesnetworkpolicy stagedkubernetesnetworkpolicies stagedkubernetespolicy stagedkubernetespolicies"
        " sknp skpol skpols",
        "sknp",
    ),
    _calico(Kind.TIER, "tier tiers"),
    _calico(Kind.PROFILE, "profile profiles pro pros"),
    _calico(Kind.WORKLOAD_ENDPOINT, "workloadendpoint workloadendpoints wep weps"),
    _calico(Kind.NETWORK_SET, "networkset networksets netsets", "netsets"),
    _calico(Kind.GLOBAL_NETWORK_SET, "globalnetworkset globalnetworksets gnetsets", "gns"),
    _calico(Kind.HOST_ENDPOINT, "hostendpoint hostendpoints hep heps", "hep heps"),
    _calico(Kind.NODE, "node nodes no nos"),
    _calico(
        Kind.FELIX_CONFIGURATION,
        "felixconfiguration felixconfigurations felixconfig felixconfigs",
        "felixconfig felixconfigs",
    ),
    _calico(
        Kind.CLUSTER_INFORMATION,
        "clusterinformation clusterinformations clusterinfo clusterinfos",
        "clusterinfo clusterinfos",
    ),
    _calico(
        Kind.KUBE_CONTROLLERS_CONFIGURATION,
        "kubecontrollersconfiguration kubecontrollersconfigurations kubecontrollersconfig kubecontrollersconfigs",
    ),
    _calico(Kind.CALICO_NODE_STATUS, "caliconodestatus caliconodestatuses nodestatus nodestatuses"),
    _calico(Kind.BGP_CONFIGURATION, "bgpconfiguration bgpconfigurations bgpconfig bgpconfigs"),
    _calico(Kind.BGP_PEER, "bgppeer bgppeers bgpp bgpps bp bps"),
    _calico(Kind.BGP_FILTER, "bgpfilter bgpfilters bgpf bgpfs bf bfs"),
    _calico(Kind.IP_POOL, "ippool ippools ipp ipps pool pools"),
    _calico(Kind.IP_RESERVATION, "ipreservation ipreservations reservation reservations"),
    _calico(Kind.IPAM_CONFIGURATION, "ipamconfiguration ipamconfigurations ipamconfig ipamconfigs"),
    KindInfo(Kind.NAMESPACE, "Namespace", _CORE, "namespaces", ("namespace", "namespaces", "ns"), ("ns",)),
    KindInfo(
        Kind.SERVICE_ACCOUNT,
        "ServiceAccount",
        _CORE,
        "serviceaccounts",
        ("serviceaccount", "serviceaccounts", "sa"),
        ("sa",),
    ),
    KindInfo(Kind.POD, "Pod", _CORE, "pods", ("pod", "pods", "po"), ("po",)),
    KindInfo(
        Kind.KUBERNETES_NETWORK_POLICY,
        "NetworkPolicy",
        _NETWORKING,
        "networkpolicies",
        ("kubernetesnetworkpolicy", "kubernetesnetworkpolicies", "knp"),
        ("netpol",),
    ),
    KindInfo(Kind.SERVICE, "Service", _CORE, "services", ("service", "services", "svc"), ("svc",)),
    KindInfo(Kind.ENDPOINT_SLICE, "EndpointSlice", _DISCOVERY, "endpointslices", ("endpointslice", "endpointslices")),
    KindInfo(
        Kind.CLUSTER_NETWORK_POLICY,
        "ClusterNetworkPolicy",
        _ADMIN_V2,
        "clusternetworkpolicies",
        ("clusternetworkpolicy", "clusternetworkpolicies", "kcnp"),
        ("cnp",),
    ),
    KindInfo(
        Kind.ADMIN_NETWORK_POLICY,
        "AdminNetworkPolicy",
        _ADMIN_V1,
        "adminnetworkpolicies",
        ("adminnetworkpolicy", "adminnetworkpolicies", "anp", "anps"),
        ("anp",),
    ),
    KindInfo(
        Kind.BASELINE_ADMIN_NETWORK_POLICY,
        "BaselineAdminNetworkPolicy",
        _ADMIN_V1,
        "baselineadminnetworkpolicies",
        ("baselineadminnetworkpolicy", "baselineadminnetworkpolicies", "banp", "banps"),
        ("banp",),
    ),
)
"""Every kind there is, Calico's first. Source: api specification 1.2; calicoctl specification 7."""

KIND_INFO = MappingProxyType({info.kind: info for info in KINDS})
KINDS_BY_DOCUMENT = MappingProxyType({(info.api_version, info.document_kind): info for info in KINDS})
RENAMED_KINDS = frozenset(TIERED_KINDS)
"""Kinds that versions before 3.32 stored as `default.NAME`. Source: datastore specification 3.1."""
OTHER_FORMS = MappingProxyType(
    {
        (_CORE, "Node"): KIND_INFO[Kind.NODE],
        (CONVERTED, str(Kind.STAGED_KUBERNETES_NETWORK_POLICY)): KIND_INFO[Kind.STAGED_KUBERNETES_NETWORK_POLICY],
        **{(CALICO, str(kind)): KIND_INFO[kind] for kind in CONVERTED_KINDS - {Kind.STAGED_KUBERNETES_NETWORK_POLICY}},
    }
)
"""Documents that are another way to write a kind: Kubernetes' nodes, and Kubernetes' policies once converted."""
_BY_NAME = {name: info for info in KINDS for name in info.names}


def kind_named(text: str) -> KindInfo:
    """Return the kind that a person calls by any of its names, whatever the case.

    Raises:
        Invalid: no kind has that name.
    """
    if info := _BY_NAME.get(text.lower()):
        return info
    first, comma, _ = text.partition(",")
    if comma:
        raise Invalid.because(f"resource type '{text}' is not supported", mend=f"one kind at a time, such as `{first}`")
    near = nearest(text.lower(), _BY_NAME)
    mend = f"did you mean `{near}`?" if near else "one of: " + ", ".join(info.names[0] for info in KINDS)
    raise Invalid.because(f"resource type '{text}' is not supported", mend=mend)
