"""The tables of every kind, narrow and wide: golden texts."""

from __future__ import annotations

from typing import Any

import pytest

from tortie.cli.output.columns import headings, resources_table
from tortie.model import INTERNAL_KINDS, Kind

ENDPOINT = {
    "node": "n1",
    "pod": "web-1",
    "orchestrator": "k8s",
    "ipNetworks": ["10.0.0.1/32", "fd00::1/128"],
    "interfaceName": "cali1",
    "profiles": ["kns.shop"],
    "ipNATs": [{"internalIP": "10.0.0.1", "externalIP": "1.2.3.4"}],
}
ROWS: list[tuple[Kind, dict[str, Any], str, str]] = [
    (Kind.NETWORK_POLICY, {"tier": "default"}, "x default", "x default <nil> "),
    (
        Kind.GLOBAL_NETWORK_POLICY,
        {"tier": "t", "order": 10_000_000, "selector": "all()"},
        "x t",
        "x t 1e+07 all()",
    ),
    (Kind.TIER, {"order": 1000}, "x 1000", "x 1000"),
    (Kind.PROFILE, {"labelsToApply": {"b": "2", "a": "1"}}, "x", "x a=1,b=2"),
    (
        Kind.WORKLOAD_ENDPOINT,
        ENDPOINT,
        "web-1 n1 10.0.0.1/32,fd00::1/128 cali1",
        "x web-1 n1 10.0.0.1/32,fd00::1/128 cali1 kns.shop {10.0.0.1_1.2.3.4}",
    ),
    (Kind.WORKLOAD_ENDPOINT, {"workload": "vm", "pod": "p"}, "vm   ", "x vm     "),
    (Kind.NETWORK_SET, {"nets": ["::/0"]}, "x", "x ::/0"),
    (Kind.GLOBAL_NETWORK_SET, {}, "x", "x "),
    (Kind.CLUSTER_INFORMATION, {"clusterGUID": "ab", "datastoreReady": True}, "x ab   true", "x ab   true"),
    (Kind.CLUSTER_INFORMATION, {}, "x    <nil>", "x    <nil>"),
    (Kind.NODE, {"bgp": {"asNumber": 7, "ipv4Address": "10.0.0.1/24"}}, "x", "x 7 10.0.0.1/24 "),
    (Kind.NODE, {"bgp": {"ipv6Address": "fd00::1/64"}}, "x", "x (64512)  fd00::1/64"),
    (Kind.NODE, {}, "x", "x   "),
    (Kind.KUBE_CONTROLLERS_CONFIGURATION, {}, "x", "x"),
    (Kind.CALICO_NODE_STATUS, {"node": "n", "classes": ["Agent", "BGP"]}, "x n", "x n Agent,BGP"),
    (Kind.BGP_CONFIGURATION, {"logSeverityScreen": "Info"}, "x Info - -", "x Info - -"),
    (
        Kind.BGP_CONFIGURATION,
        {"nodeToNodeMeshEnabled": False, "asNumber": 64513},
        "x  false 64513",
        "x  false 64513",
    ),
    (Kind.BGP_PEER, {"peerIP": "1.2.3.4"}, "x 1.2.3.4 (global) 0", "x 1.2.3.4 (global) 0"),
    (Kind.BGP_PEER, {"nodeSelector": "all()", "asNumber": 7}, "x  all() 7", "x  all() 7"),
    (Kind.BGP_FILTER, {"exportV4": [{}, {}], "importV6": [{}]}, "x 2 0 0 1", "x 2 0 0 1"),
    (
        Kind.IP_POOL,
        {"cidr": "10.0.0.0/16", "natOutgoing": True, "vxlanMode": "Always", "nodeSelector": "all()"},
        "x 10.0.0.0/16 all()",
        "x 10.0.0.0/16 true Never Always false false all() ",
    ),
    (
        Kind.IP_RESERVATION,
        {"reservedCIDRs": [f"10.0.{i}.0/28" for i in range(9)]},
        "x",
        "x 10.0.0.0/28,10.0.1.0/28,10.0.2.0/28,10.0.3.0/28,10.0.4.0/28,10.0.5.0/28,10.0....",
    ),
    (Kind.IPAM_CONFIGURATION, {"autoAllocateBlocks": True}, "x false true", "x false true 0"),
    (Kind.NAMESPACE, {}, "x", "x k=v"),
    (Kind.SERVICE_ACCOUNT, {}, "x", "x k=v"),
    (Kind.POD, {"nodeName": "n1"}, "x n1", "x n1 10.0.0.9"),
    (Kind.KUBERNETES_NETWORK_POLICY, {"policyTypes": ["Ingress"]}, "x", "x Ingress"),
    (Kind.STAGED_NETWORK_POLICY, {"tier": "t", "order": 1}, "x t", "x t 1 "),
    (
        Kind.HOST_ENDPOINT,
        {"node": "n1", "interfaceName": "*", "expectedIPs": ["10.0.0.1", "fd00::1"], "profiles": ["p"]},
        "x n1",
        "x n1 * 10.0.0.1,fd00::1 p",
    ),
    (
        Kind.STAGED_KUBERNETES_NETWORK_POLICY,
        {"podSelector": {"matchLabels": {"a": "b"}}},
        "x",
        "x &LabelSelector{MatchLabels:map[string]string{a:_b,},MatchExpressions:[]LabelSelectorRequirement{},}",
    ),
    (
        Kind.STAGED_KUBERNETES_NETWORK_POLICY,
        {"podSelector": {"matchExpressions": [{"key": "k", "operator": "In", "values": ["a", "b"]}]}},
        "x",
        (
            "x &LabelSelector{MatchLabels:map[string]string{},MatchExpressions:[]LabelSelectorRequirement{"
            "LabelSelectorRequirement{Key:k,Operator:In,Values:[a_b],},},}"
        ),
    ),
    (Kind.NODE, {"bgp": {"ipv4Address": "10.0.0.1/24"}}, "x", "x (64512) 10.0.0.1/24 "),
    (Kind.NODE, {"bgp": {"asNumber": 7, "ipv6Address": "fd00::1"}}, "x", "x 7  fd00::1"),
    (
        Kind.CLUSTER_INFORMATION,
        {"clusterGUID": "g", "clusterType": "k8s", "calicoVersion": "v1", "datastoreReady": True},
        "x g k8s v1 true",
        "x g k8s v1 true",
    ),
    (Kind.CLUSTER_INFORMATION, {}, "x    <nil>", "x    <nil>"),
    (Kind.SERVICE, {"clusterIP": "10.96.0.1"}, "x 10.96.0.1", "x 10.96.0.1 k=v"),
    (Kind.CLUSTER_NETWORK_POLICY, {"tier": "Admin", "priority": 7}, "x Admin 7", "x Admin 7"),
    (Kind.ADMIN_NETWORK_POLICY, {"priority": 0}, "x 0", "x 0"),
]
HEADINGS = {
    Kind.NETWORK_POLICY: ("NAME TIER", "NAME TIER ORDER SELECTOR"),
    Kind.GLOBAL_NETWORK_POLICY: ("NAME TIER", "NAME TIER ORDER SELECTOR"),
    Kind.STAGED_NETWORK_POLICY: ("NAME TIER", "NAME TIER ORDER SELECTOR"),
    Kind.STAGED_GLOBAL_NETWORK_POLICY: ("NAME TIER", "NAME TIER ORDER SELECTOR"),
    Kind.STAGED_KUBERNETES_NETWORK_POLICY: ("NAME", "NAME PODSELECTOR"),
    Kind.TIER: ("NAME ORDER", "NAME ORDER"),
    Kind.PROFILE: ("NAME", "NAME LABELS"),
    Kind.WORKLOAD_ENDPOINT: (
        "WORKLOAD NODE NETWORKS INTERFACE",
        "NAME WORKLOAD NODE NETWORKS INTERFACE PROFILES NATS",
    ),
    Kind.NETWORK_SET: ("NAME", "NAME NETS"),
    Kind.GLOBAL_NETWORK_SET: ("NAME", "NAME NETS"),
    Kind.HOST_ENDPOINT: ("NAME NODE", "NAME NODE INTERFACE IPS PROFILES"),
    Kind.FELIX_CONFIGURATION: ("NAME", "NAME"),
    Kind.CLUSTER_INFORMATION: ("NAME CLUSTERGUID CLUSTERTYPE CALICOVERSION DATASTOREREADY",) * 2,
    Kind.NODE: ("NAME", "NAME ASN IPV4 IPV6"),
    Kind.KUBE_CONTROLLERS_CONFIGURATION: ("NAME", "NAME"),
    Kind.CALICO_NODE_STATUS: ("NAME NODE", "NAME NODE CLASSES"),
    Kind.BGP_CONFIGURATION: ("NAME LOGSEVERITY MESHENABLED ASNUMBER",) * 2,
    Kind.BGP_PEER: ("NAME PEERIP NODE ASN",) * 2,
    Kind.BGP_FILTER: ("NAME NUMEXPORTV4 NUMIMPORTV4 NUMEXPORTV6 NUMIMPORTV6",) * 2,
    Kind.IP_POOL: (
        "NAME CIDR SELECTOR",
        "NAME CIDR NAT IPIPMODE VXLANMODE DISABLED DISABLEBGPEXPORT SELECTOR ASSIGNMENTMODE",
    ),
    Kind.IP_RESERVATION: ("NAME", "NAME CIDRS"),
    Kind.IPAM_CONFIGURATION: (
        "NAME STRICTAFFINITY AUTOALLOCATEBLOCKS",
        "NAME STRICTAFFINITY AUTOALLOCATEBLOCKS MAXBLOCKSPERHOST",
    ),
    Kind.NAMESPACE: ("NAME", "NAME LABELS"),
    Kind.SERVICE_ACCOUNT: ("NAME", "NAME LABELS"),
    Kind.POD: ("NAME NODE", "NAME NODE IPS"),
    Kind.KUBERNETES_NETWORK_POLICY: ("NAME", "NAME TYPES"),
    Kind.SERVICE: ("NAME CLUSTERIP", "NAME CLUSTERIP LABELS"),
    Kind.ENDPOINT_SLICE: ("NAME", "NAME LABELS"),
    Kind.CLUSTER_NETWORK_POLICY: ("NAME TIER PRIORITY", "NAME TIER PRIORITY"),
    Kind.ADMIN_NETWORK_POLICY: ("NAME PRIORITY", "NAME PRIORITY"),
    Kind.BASELINE_ADMIN_NETWORK_POLICY: ("NAME", "NAME"),
}


def document(spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": "x", "namespace": "shop", "labels": {"k": "v"}}
    return {"metadata": metadata, "spec": spec, "status": {"podIP": "10.0.0.9"}}


@pytest.mark.parametrize("kind", sorted(set(Kind) - INTERNAL_KINDS))
def test_headings(kind: Kind) -> None:
    for is_wide, expected in enumerate(HEADINGS[kind]):
        assert headings(kind, wide=bool(is_wide), with_namespace=False) == tuple(expected.split())


@pytest.mark.parametrize(("kind", "spec", "narrow", "wide"), ROWS)
def test_cells(kind: Kind, spec: dict[str, Any], narrow: str, wide: str) -> None:
    for is_wide, expected in enumerate((narrow, wide)):
        shown = headings(kind, wide=bool(is_wide), with_namespace=False)
        cells = [cell.replace("_", " ") for cell in expected.split(" ")]
        row = "".join(cell.ljust(max(len(cell), len(head), 2) + 3) for cell, head in zip(cells, shown, strict=True))
        assert resources_table(kind, [document(spec)], shown).splitlines()[1] == row


@pytest.mark.parametrize(
    ("kind", "is_there"),
    [(Kind.NETWORK_POLICY, True), (Kind.WORKLOAD_ENDPOINT, True), (Kind.NETWORK_SET, True), (Kind.TIER, False)],
)
def test_the_namespace_comes_first_where_the_kind_has_one(kind: Kind, is_there: bool) -> None:
    assert (headings(kind, wide=False, with_namespace=True)[0] == "NAMESPACE") is is_there


def test_nodes_without_an_as_number_show_the_clusters() -> None:
    shown = headings(Kind.NODE, wide=True, with_namespace=False)
    text = resources_table(Kind.NODE, [document({"bgp": {"ipv4Address": "a"}})], shown, lambda: "7")
    assert text.splitlines()[1].split() == ["x", "(7)", "a"]
