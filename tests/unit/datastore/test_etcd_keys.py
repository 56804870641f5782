"""Paths in etcd: the specification's vectors, and everything that is no path of a resource."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.datastore.etcd_keys import ETCD_KINDS, ROOT, end_of, key_of, path_of, place_of, prefix_of, watch_prefix
from tortie.errors import Invalid
from tortie.model import NAMESPACED_KINDS, Key, Kind

VECTORS = [
    (Key(Kind.NETWORK_POLICY, "prod", "allow-web"), "networkpolicies/prod/allow-web"),
    (Key(Kind.GLOBAL_NETWORK_POLICY, "", "g"), "globalnetworkpolicies/g"),
    (Key(Kind.TIER, "", "default"), "tiers/default"),
    (Key(Kind.PROFILE, "", "kns.prod"), "profiles/kns.prod"),
    (Key(Kind.WORKLOAD_ENDPOINT, "prod", "n--1-k8s-a--b-eth0"), "workloadendpoints/prod/n--1-k8s-a--b-eth0"),
    (Key(Kind.NETWORK_SET, "prod", "x"), "networksets/prod/x"),
    (Key(Kind.GLOBAL_NETWORK_SET, "", "x"), "globalnetworksets/x"),
    (Key(Kind.TIER, "", "Verbatim %2f é"), "tiers/Verbatim %2f é"),
]


@pytest.mark.parametrize(("key", "path"), VECTORS)
def test_a_path_is_the_reference_system_s(key: Key, path: str) -> None:
    whole = f"/calico/resources/v3/projectcalico.org/{path}".encode()
    assert path_of(key) == whole
    assert key_of(whole) == key


PLURALS = {
    "NetworkPolicy": "networkpolicies",
    "GlobalNetworkPolicy": "globalnetworkpolicies",
    "StagedNetworkPolicy": "stagednetworkpolicies",
    "StagedGlobalNetworkPolicy": "stagedglobalnetworkpolicies",
    "StagedKubernetesNetworkPolicy": "stagedkubernetesnetworkpolicies",
    "Tier": "tiers",
    "Profile": "profiles",
    "WorkloadEndpoint": "workloadendpoints",
    "HostEndpoint": "hostendpoints",
    "NetworkSet": "networksets",
    "GlobalNetworkSet": "globalnetworksets",
    "Node": "nodes",
    "FelixConfiguration": "felixconfigurations",
    "ClusterInformation": "clusterinformations",
    "KubeControllersConfiguration": "kubecontrollersconfigurations",
    "CalicoNodeStatus": "caliconodestatuses",
    "BGPConfiguration": "bgpconfigurations",
    "BGPPeer": "bgppeers",
    "BGPFilter": "bgpfilters",
    "IPPool": "ippools",
    "IPReservation": "ipreservations",
    "IPAMConfiguration": "ipamconfigurations",
    "PendingChange": "tortie.pendingchanges",  # ours, and no kind of the specification's
}


@pytest.mark.parametrize("kind", sorted(ETCD_KINDS))
def test_every_kind_has_the_plural_of_the_specification(kind: Kind) -> None:
    assert prefix_of(kind) == f"{ROOT}{PLURALS[kind]}/".encode()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tiers/",
        "tiers/a/b",
        "tiers//a",
        "networkpolicies/only-a-name",
        "networkpolicies//a",
        "networkpolicies/a/b/c",
        "ipamconfigs/default",
        "Tiers/a",
        "namespaces/a",
    ],
)
def test_other_paths_are_no_resources(path: str) -> None:
    assert key_of(ROOT.encode() + path.encode()) is None


@pytest.mark.parametrize("path", [b"/calico/felix/v1/host/h/endpoint/e", b"/tiers/a", ROOT.encode() + b"tiers/\xff"])
def test_paths_elsewhere_are_no_resources(path: bytes) -> None:
    assert key_of(path) is None


def test_a_name_cannot_lead_to_another_path() -> None:
    for key in (Key(Kind.TIER, "", "a/b"), Key(Kind.NETWORK_SET, "a/b", "c")):
        with pytest.raises(Invalid, match="cannot be a name in etcd"):
            path_of(key)


def test_kinds_of_kubernetes_have_no_place() -> None:
    with pytest.raises(Invalid, match="etcd keeps no Namespace; it keeps what Kubernetes' controllers make of it"):
        path_of(Key(Kind.NAMESPACE, "", "a"))


def test_a_namespace_s_range_leaves_out_namespaces_that_begin_like_it() -> None:
    prefix = prefix_of(Kind.NETWORK_SET, "a")
    assert prefix == f"{ROOT}networksets/a/".encode()
    inside = [path_of(Key(Kind.NETWORK_SET, "a", name)) for name in ("b", "~", "é")]
    outside = [path_of(Key(Kind.NETWORK_SET, namespace, "b")) for namespace in ("ab", "a-", "a0", "A")]
    assert all(prefix <= path < end_of(prefix) for path in inside)
    assert not any(prefix <= path < end_of(prefix) for path in outside)


def test_hosts_that_ask_for_several_kinds_ask_for_one_range() -> None:
    assert watch_prefix([Kind.TIER, Kind.NAMESPACE]) == prefix_of(Kind.TIER)
    assert watch_prefix([Kind.TIER, Kind.PROFILE]) == watch_prefix(tuple(Kind)) == ROOT.encode()


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("ippools/p", ("ippools", "", "p")),
        ("livemigrations/n/m", ("livemigrations", "n", "m")),
        ("odd/n/m/x", ("odd", "n", "m/x")),
        ("odd/", ("odd", "", "")),
    ],
)
def test_a_path_of_any_kind_tells_its_parts(path: str, parts: tuple[str, str, str]) -> None:
    assert place_of(ROOT.encode() + path.encode()) == parts


SEGMENT = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1)


@given(st.sampled_from(sorted(ETCD_KINDS)), SEGMENT, SEGMENT)
def test_paths_and_keys_say_the_same(kind: Kind, namespace: str, name: str) -> None:
    key = Key(kind, namespace if kind in NAMESPACED_KINDS else "", name)
    assert key_of(path_of(key)) == key
