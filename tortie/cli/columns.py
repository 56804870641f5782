"""The columns of each kind: what stands in them, and which are shown narrow and wide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tortie.cli.tabwriter import go_float, joined_and_cut, table
from tortie.errors import Invalid
from tortie.model import Kind

__all__ = ["chosen", "headings", "resources_table"]

_DEFAULT_ASN = 64512
Cell = Callable[[Mapping[str, Any]], str]


def _metadata(name: str) -> Cell:
    return lambda document: _text((document.get("metadata") or {}).get(name))


def _spec(*names: str) -> Cell:
    """Read the first field of the spec that is there."""
    return lambda document: next(filter(None, (_text(_of(document, name)) for name in names)), "")


def _list(name: str, show: Callable[[Sequence[str]], str] = ",".join) -> Cell:
    return lambda document: show([_text(item) for item in _of(document, name) or ()])


def _map(name: str) -> Cell:
    return lambda document: _pairs(_of(document, name) or {})


def _order(document: Mapping[str, Any]) -> str:
    order = _of(document, "order")
    return "<nil>" if order is None else go_float(order)


def _nats(document: Mapping[str, Any]) -> str:
    nats = _of(document, "ipNATs") or ()
    return ",".join(f"{{{nat.get('internalIP', '')} {nat.get('externalIP', '')}}}" for nat in nats)


def _labels(document: Mapping[str, Any]) -> str:
    return _pairs((document.get("metadata") or {}).get("labels") or {})


def _addresses(document: Mapping[str, Any]) -> str:
    status = document.get("status") or {}
    return ",".join(_text(entry.get("ip")) for entry in status.get("podIPs") or ()) or _text(status.get("podIP"))


def _pod_selector(document: Mapping[str, Any]) -> str:
    """Return the selector as Go prints it. Source: calicoctl specification 10."""
    selector = _of(document, "podSelector") or {}
    labels = selector.get("matchLabels") or {}
    pairs = "".join(f"{key}: {_text(labels[key])}," for key in sorted(labels))
    terms = "".join(_requirement(found) for found in selector.get("matchExpressions") or ())
    return (
        f"&LabelSelector{{MatchLabels:map[string]string{{{pairs}}},"
        f"MatchExpressions:[]LabelSelectorRequirement{{{terms}}},}}"
    )


def _requirement(found: Mapping[str, Any]) -> str:
    values = " ".join(_text(value) for value in found.get("values") or ())
    parts = f"Key:{_text(found.get('key'))},Operator:{_text(found.get('operator'))},Values:[{values}],"
    return f"LabelSelectorRequirement{{{parts}}},"


def _bgp(name: str) -> Cell:
    return lambda document: _text((_of(document, "bgp") or {}).get(name))


def _asn(document: Mapping[str, Any]) -> str:
    """Return the node's own number, in parentheses the one that every node has which says none."""
    bgp = _of(document, "bgp")
    return "" if bgp is None else _text(bgp.get("asNumber")) or f"({_DEFAULT_ASN})"


def _ready(document: Mapping[str, Any]) -> str:
    ready = _of(document, "datastoreReady")
    return "<nil>" if ready is None else str(ready).lower()


def _of(document: Mapping[str, Any], name: str) -> Any:
    return (document.get("spec") or {}).get(name)


def _pairs(labels: Mapping[str, Any]) -> str:
    return ",".join(f"{key}={_text(labels[key])}" for key in sorted(labels))


def _text(value: object) -> str:
    return "" if value is None else str(value)


_NAME, _NAMESPACE = {"NAME": _metadata("name")}, {"NAMESPACE": _metadata("namespace")}
_POLICY: dict[str, Cell] = {**_NAME, "TIER": _spec("tier"), "ORDER": _order, "SELECTOR": _spec("selector")}
_NETS: dict[str, Cell] = {**_NAME, "NETS": _list("nets", joined_and_cut)}
_LABELLED: dict[str, Cell] = {**_NAME, "LABELS": _labels}
_ENDPOINT: dict[str, Cell] = {
    **_NAME,
    **_NAMESPACE,
    "NODE": _spec("node"),
    "ORCHESTRATOR": _spec("orchestrator"),
    "WORKLOAD": _spec("workload", "pod"),
    "NETWORKS": _list("ipNetworks"),
    "NATS": _nats,
    "PROFILES": _list("profiles"),
    "INTERFACE": _spec("interfaceName"),
}

_CELLS: dict[Kind, dict[str, Cell]] = {
    Kind.NETWORK_POLICY: {**_POLICY, **_NAMESPACE},
    Kind.GLOBAL_NETWORK_POLICY: _POLICY,
    Kind.STAGED_NETWORK_POLICY: {**_POLICY, **_NAMESPACE},
    Kind.STAGED_GLOBAL_NETWORK_POLICY: _POLICY,
    Kind.STAGED_KUBERNETES_NETWORK_POLICY: {**_NAME, **_NAMESPACE, "PODSELECTOR": _pod_selector},
    Kind.TIER: {**_NAME, "ORDER": _order},
    Kind.PROFILE: {**_NAME, "LABELS": _map("labelsToApply")},
    Kind.WORKLOAD_ENDPOINT: _ENDPOINT,
    Kind.NETWORK_SET: {**_NETS, **_NAMESPACE},
    Kind.GLOBAL_NETWORK_SET: _NETS,
    Kind.HOST_ENDPOINT: {
        **_NAME,
        "NODE": _spec("node"),
        "INTERFACE": _spec("interfaceName"),
        "IPS": _list("expectedIPs"),
        "PROFILES": _list("profiles"),
    },
    Kind.FELIX_CONFIGURATION: _NAME,
    Kind.NODE: {**_NAME, "ASN": _asn, "IPV4": _bgp("ipv4Address"), "IPV6": _bgp("ipv6Address")},
    Kind.CLUSTER_INFORMATION: {
        **_NAME,
        "CLUSTERGUID": _spec("clusterGUID"),
        "CLUSTERTYPE": _spec("clusterType"),
        "CALICOVERSION": _spec("calicoVersion"),
        "DATASTOREREADY": _ready,
    },
    Kind.NAMESPACE: _LABELLED,
    Kind.SERVICE_ACCOUNT: {**_LABELLED, **_NAMESPACE},
    Kind.POD: {**_NAME, **_NAMESPACE, "NODE": _spec("nodeName"), "IPS": _addresses},
    Kind.KUBERNETES_NETWORK_POLICY: {**_NAME, **_NAMESPACE, "TYPES": _list("policyTypes")},
    Kind.SERVICE: {**_NAME, **_NAMESPACE, "CLUSTERIP": _spec("clusterIP"), "LABELS": _labels},
    Kind.ENDPOINT_SLICE: {**_LABELLED, **_NAMESPACE},
    Kind.CLUSTER_NETWORK_POLICY: {**_NAME, "TIER": _spec("tier"), "PRIORITY": _spec("priority")},
    Kind.ADMIN_NETWORK_POLICY: {**_NAME, "PRIORITY": _spec("priority")},
    Kind.BASELINE_ADMIN_NETWORK_POLICY: _NAME,
}

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
    Kind.NODE: ("NAME", "NAME ASN IPV4 IPV6"),
    Kind.CLUSTER_INFORMATION: (
        "NAME CLUSTERGUID CLUSTERTYPE CALICOVERSION DATASTOREREADY",
        "NAME CLUSTERGUID CLUSTERTYPE CALICOVERSION DATASTOREREADY",
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


def resources_table(kind: Kind, documents: Sequence[Mapping[str, Any]], shown: Sequence[str]) -> str:
    """Return the table of documents of one kind, with the headings given."""
    cells = [_CELLS[kind][heading] for heading in shown]
    return table(shown, [[cell(document) for cell in cells] for document in documents])
