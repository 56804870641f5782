"""The table of kinds, and the names by which people call them (calicoctl specification, 7)."""

from __future__ import annotations

import pytest

from tortie.api import KINDS, kind_named
from tortie.api.kinds import KIND_INFO, KINDS_BY_DOCUMENT
from tortie.errors import Invalid
from tortie.model import INTERNAL_KINDS, Kind

NAMES = {
    Kind.NETWORK_POLICY: "networkpolicy networkpolicies policy policies np pol pols",
    Kind.GLOBAL_NETWORK_POLICY: "globalnetworkpolicy globalnetworkpolicies gnp gnps",
    Kind.STAGED_NETWORK_POLICY: (
        "stagednetworkpolicy stagednetworkpolicies stagedpolicy stagedpolicies snp spol spols"
    ),
    Kind.STAGED_GLOBAL_NETWORK_POLICY: "stagedglobalnetworkpolicy stagedglobalnetworkpolicies sgnp sgnps",
    Kind.STAGED_KUBERNETES_NETWORK_POLICY: (
        "stagedkubernetesnetworkpolicy stagedkubernetesnetworkpolicies stagedkubernetespolicy"
        " stagedkubernetespolicies sknp skpol skpols"
    ),
    Kind.TIER: "tier tiers",
    Kind.PROFILE: "profile profiles pro pros",
    Kind.WORKLOAD_ENDPOINT: "workloadendpoint workloadendpoints wep weps",
    Kind.NETWORK_SET: "networkset networksets netsets",
    Kind.GLOBAL_NETWORK_SET: "globalnetworkset globalnetworksets gnetsets",
    Kind.HOST_ENDPOINT: "hostendpoint hostendpoints hep heps",
    Kind.NODE: "node nodes no nos",
    Kind.CLUSTER_INFORMATION: "clusterinformation clusterinformations clusterinfo clusterinfos",
    Kind.FELIX_CONFIGURATION: "felixconfiguration felixconfigurations felixconfig felixconfigs",
    Kind.NAMESPACE: "namespace namespaces ns",
    Kind.SERVICE_ACCOUNT: "serviceaccount serviceaccounts sa",
    Kind.POD: "pod pods po",
    Kind.KUBERNETES_NETWORK_POLICY: "kubernetesnetworkpolicy knp",
    Kind.SERVICE: "service services svc",
    Kind.ENDPOINT_SLICE: "endpointslice endpointslices",
    Kind.CLUSTER_NETWORK_POLICY: "clusternetworkpolicy clusternetworkpolicies kcnp",
    Kind.ADMIN_NETWORK_POLICY: "adminnetworkpolicy adminnetworkpolicies anp anps",
    Kind.BASELINE_ADMIN_NETWORK_POLICY: "baselineadminnetworkpolicy baselineadminnetworkpolicies banp banps",
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in NAMES.items() for name in names.split()])
def test_a_kind_has_these_names_in_any_case(kind: Kind, name: str) -> None:
    assert kind_named(name).kind is kind
    assert kind_named(name.upper()).kind is kind


@pytest.mark.parametrize(("name", "mend"), [("networkpolicie", "networkpolicies"), ("xyzzy", "one of: networkpolicy")])
def test_an_unknown_name_is_refused_with_a_suggestion(name: str, mend: str) -> None:
    with pytest.raises(Invalid) as error:
        kind_named(name)
    (problem,) = error.value.problems
    assert problem.what == f"resource type '{name}' is not supported"
    assert mend in problem.mend


@pytest.mark.parametrize(
    ("kind", "plural", "namespaced"),
    [
        (Kind.NETWORK_POLICY, "networkpolicies", True),
        (Kind.GLOBAL_NETWORK_POLICY, "globalnetworkpolicies", False),
        (Kind.TIER, "tiers", False),
        (Kind.PROFILE, "profiles", False),
        (Kind.WORKLOAD_ENDPOINT, "workloadendpoints", True),
        (Kind.NETWORK_SET, "networksets", True),
        (Kind.GLOBAL_NETWORK_SET, "globalnetworksets", False),
        (Kind.STAGED_NETWORK_POLICY, "stagednetworkpolicies", True),
        (Kind.STAGED_GLOBAL_NETWORK_POLICY, "stagedglobalnetworkpolicies", False),
        (Kind.STAGED_KUBERNETES_NETWORK_POLICY, "stagedkubernetesnetworkpolicies", True),
        (Kind.HOST_ENDPOINT, "hostendpoints", False),
        (Kind.FELIX_CONFIGURATION, "felixconfigurations", False),
        (Kind.CLUSTER_INFORMATION, "clusterinformations", False),
        (Kind.NODE, "nodes", False),
        (Kind.KUBE_CONTROLLERS_CONFIGURATION, "kubecontrollersconfigurations", False),
        (Kind.CALICO_NODE_STATUS, "caliconodestatuses", False),
        (Kind.BGP_CONFIGURATION, "bgpconfigurations", False),
        (Kind.BGP_PEER, "bgppeers", False),
        (Kind.BGP_FILTER, "bgpfilters", False),
        (Kind.IP_POOL, "ippools", False),
        (Kind.IP_RESERVATION, "ipreservations", False),
        (Kind.IPAM_CONFIGURATION, "ipamconfigurations", False),
        (Kind.NAMESPACE, "namespaces", False),
        (Kind.SERVICE, "services", True),
        (Kind.ENDPOINT_SLICE, "endpointslices", True),
        (Kind.CLUSTER_NETWORK_POLICY, "clusternetworkpolicies", False),
    ],
)
def test_plural_and_scope(kind: Kind, plural: str, *, namespaced: bool) -> None:
    info = KIND_INFO[kind]
    assert (info.plural, info.namespaced, info.singular) == (plural, namespaced, kind.lower())


def test_every_kind_is_in_the_table_once() -> None:
    assert {info.kind for info in KINDS} == set(Kind) - INTERNAL_KINDS
    assert len(KINDS) == len(Kind) - len(INTERNAL_KINDS) == len(KINDS_BY_DOCUMENT)
    assert [info.is_calico for info in KINDS] == [True] * 22 + [False] * 9
