"""The columns of each kind: what stands in them, and which are shown narrow and wide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tortie.cli.output.cells import (
    DEFAULT_AS_NUMBER,
    Cell,
    labels_cell,
    length_cell,
    list_cell,
    map_cell,
    metadata_cell,
    nats_cell,
    node_as_number_cell,
    node_bgp_cell,
    optional_cell,
    order_cell,
    peer_node_cell,
    pod_addresses_cell,
    pod_selector_cell,
    spec_cell,
)
from tortie.cli.output.tabwriter import joined_and_cut, table
from tortie.errors import Invalid
from tortie.model import Kind

__all__ = ["chosen", "headings", "resources_table", "row_of"]

_NAME, _NAMESPACE = {"NAME": metadata_cell("name")}, {"NAMESPACE": metadata_cell("namespace")}
_POLICY: dict[str, Cell] = {**_NAME, "TIER": spec_cell("tier"), "ORDER": order_cell, "SELECTOR": spec_cell("selector")}
_NETS: dict[str, Cell] = {**_NAME, "NETS": list_cell("nets", joined_and_cut)}
_LABELLED: dict[str, Cell] = {**_NAME, "LABELS": labels_cell}
_ENDPOINT: dict[str, Cell] = {
    **_NAME,
    **_NAMESPACE,
    "NODE": spec_cell("node"),
    "ORCHESTRATOR": spec_cell("orchestrator"),
    "WORKLOAD": spec_cell("workload", "pod"),
    "NETWORKS": list_cell("ipNetworks"),
    "NATS": nats_cell,
    "PROFILES": list_cell("profiles"),
    "INTERFACE": spec_cell("interfaceName"),
}

_CELLS: dict[Kind, dict[str, Cell]] = {
    Kind.NETWORK_POLICY: {**_POLICY, **_NAMESPACE},
    Kind.GLOBAL_NETWORK_POLICY: _POLICY,
    Kind.STAGED_NETWORK_POLICY: {**_POLICY, **_NAMESPACE},
    Kind.STAGED_GLOBAL_NETWORK_POLICY: _POLICY,
    Kind.STAGED_KUBERNETES_NETWORK_POLICY: {**_NAME, **_NAMESPACE, "PODSELECTOR": pod_selector_cell},
    Kind.TIER: {**_NAME, "ORDER": order_cell},
    Kind.PROFILE: {**_NAME, "LABELS": map_cell("labelsToApply")},
    Kind.WORKLOAD_ENDPOINT: _ENDPOINT,
    Kind.NETWORK_SET: {**_NETS, **_NAMESPACE},
    Kind.GLOBAL_NETWORK_SET: _NETS,
    Kind.HOST_ENDPOINT: {
        **_NAME,
        "NODE": spec_cell("node"),
        "INTERFACE": spec_cell("interfaceName"),
        "IPS": list_cell("expectedIPs"),
        "PROFILES": list_cell("profiles"),
    },
    Kind.FELIX_CONFIGURATION: _NAME,
    Kind.CLUSTER_INFORMATION: {
        **_NAME,
        "CLUSTERGUID": spec_cell("clusterGUID"),
        "CLUSTERTYPE": spec_cell("clusterType"),
        "CALICOVERSION": spec_cell("calicoVersion"),
        "DATASTOREREADY": optional_cell("datastoreReady", "<nil>"),
    },
    Kind.NODE: {
        **_NAME,
        "ASN": node_as_number_cell(DEFAULT_AS_NUMBER),
        "IPV4": node_bgp_cell("ipv4Address"),
        "IPV6": node_bgp_cell("ipv6Address"),
    },
    Kind.KUBE_CONTROLLERS_CONFIGURATION: _NAME,
    Kind.CALICO_NODE_STATUS: {**_NAME, "NODE": spec_cell("node"), "CLASSES": list_cell("classes")},
    Kind.BGP_CONFIGURATION: {
        **_NAME,
        "LOGSEVERITY": spec_cell("logSeverityScreen"),
        "MESHENABLED": optional_cell("nodeToNodeMeshEnabled", "-"),
        "ASNUMBER": optional_cell("asNumber", "-"),
    },
    Kind.BGP_PEER: {
        **_NAME,
        "PEERIP": spec_cell("peerIP"),
        "NODE": peer_node_cell,
        "ASN": optional_cell("asNumber", "0"),
    },
    Kind.BGP_FILTER: {
        **_NAME,
        "NUMEXPORTV4": length_cell("exportV4"),
        "NUMIMPORTV4": length_cell("importV4"),
        "NUMEXPORTV6": length_cell("exportV6"),
        "NUMIMPORTV6": length_cell("importV6"),
    },
    Kind.IP_POOL: {
        **_NAME,
        "CIDR": spec_cell("cidr"),
        "NAT": optional_cell("natOutgoing", "false"),
        "IPIPMODE": optional_cell("ipipMode", "Never"),
        "VXLANMODE": optional_cell("vxlanMode", "Never"),
        "DISABLED": optional_cell("disabled", "false"),
        "DISABLEBGPEXPORT": optional_cell("disableBGPExport", "false"),
        "SELECTOR": spec_cell("nodeSelector"),
        "ASSIGNMENTMODE": spec_cell("assignmentMode"),
    },
    Kind.IP_RESERVATION: {**_NAME, "CIDRS": list_cell("reservedCIDRs", joined_and_cut)},
    Kind.IPAM_CONFIGURATION: {
        **_NAME,
        "STRICTAFFINITY": optional_cell("strictAffinity", "false"),
        "AUTOALLOCATEBLOCKS": optional_cell("autoAllocateBlocks", "false"),
        "MAXBLOCKSPERHOST": optional_cell("maxBlocksPerHost", "0"),
    },
    Kind.NAMESPACE: _LABELLED,
    Kind.SERVICE_ACCOUNT: {**_LABELLED, **_NAMESPACE},
    Kind.POD: {**_NAME, **_NAMESPACE, "NODE": spec_cell("nodeName"), "IPS": pod_addresses_cell},
    Kind.KUBERNETES_NETWORK_POLICY: {**_NAME, **_NAMESPACE, "TYPES": list_cell("policyTypes")},
    Kind.SERVICE: {**_NAME, **_NAMESPACE, "CLUSTERIP": spec_cell("clusterIP"), "LABELS": labels_cell},
    Kind.ENDPOINT_SLICE: {**_LABELLED, **_NAMESPACE},
    Kind.CLUSTER_NETWORK_POLICY: {**_NAME, "TIER": spec_cell("tier"), "PRIORITY": spec_cell("priority")},
    Kind.ADMIN_NETWORK_POLICY: {**_NAME, "PRIORITY": spec_cell("priority")},
    Kind.BASELINE_ADMIN_NETWORK_POLICY: _NAME,
}

_CLUSTER = "NAME CLUSTERGUID CLUSTERTYPE CALICOVERSION DATASTOREREADY"
_BGP = "NAME LOGSEVERITY MESHENABLED ASNUMBER"
_FILTER = "NAME NUMEXPORTV4 NUMIMPORTV4 NUMEXPORTV6 NUMIMPORTV6"
_SHOWN: dict[Kind, tuple[str, str]] = {
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
    Kind.CLUSTER_INFORMATION: (_CLUSTER, _CLUSTER),
    Kind.NODE: ("NAME", "NAME ASN IPV4 IPV6"),
    Kind.KUBE_CONTROLLERS_CONFIGURATION: ("NAME", "NAME"),
    Kind.CALICO_NODE_STATUS: ("NAME NODE", "NAME NODE CLASSES"),
    Kind.BGP_CONFIGURATION: (_BGP, _BGP),
    Kind.BGP_PEER: ("NAME PEERIP NODE ASN", "NAME PEERIP NODE ASN"),
    Kind.BGP_FILTER: (_FILTER, _FILTER),
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
"""Narrow and wide columns. Source: calicoctl specification 10; those of Kubernetes' kinds are ours."""


def headings(kind: Kind, *, wide: bool, with_namespace: bool) -> tuple[str, ...]:
    """Return the headings of a kind's table; the namespace comes first where wanted and where the kind has one."""
    shown = tuple(_SHOWN[kind][wide].split())
    return ("NAMESPACE", *shown) if with_namespace and "NAMESPACE" in _CELLS[kind] else shown


def chosen(kind: Kind, columns: str) -> tuple[str, ...]:
    """Return the headings that a person asked for, separated by commas.

    Raises:
        Invalid: a kind has no such column.
    """
    found = tuple(columns.split(","))
    for heading in found:
        if heading not in _CELLS[kind]:
            raise Invalid.because(f"unknown heading {heading}, valid values are: {','.join(sorted(_CELLS[kind]))}")
    return found


def resources_table(
    kind: Kind,
    documents: Sequence[Mapping[str, Any]],
    shown: Sequence[str],
    default_as_number: Callable[[], str] = lambda: DEFAULT_AS_NUMBER,
) -> str:
    """Return the table of documents of one kind, with the headings given.

    `default_as_number` is asked where nodes are shown with their AS numbers.
    """
    readers = _CELLS[kind]
    if kind is Kind.NODE and "ASN" in shown:
        readers = {**readers, "ASN": node_as_number_cell(default_as_number())}
    cells = [readers[heading] for heading in shown]
    return table(shown, [[cell(document) for cell in cells] for document in documents])


def row_of(kind: Kind, document: Mapping[str, Any], shown: Sequence[str]) -> list[str]:
    """Return the cells of one document below the headings given."""
    return [_CELLS[kind][heading](document) for heading in shown]
