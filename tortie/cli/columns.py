"""The columns of each kind: what stands in them, and which are shown narrow and wide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tortie.cli.tabwriter import go_float, joined_and_cut, table
from tortie.model import Kind

__all__ = ["headings", "resources_table"]

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
    Kind.TIER: {**_NAME, "ORDER": _order},
    Kind.PROFILE: {**_NAME, "LABELS": _map("labelsToApply")},
    Kind.WORKLOAD_ENDPOINT: _ENDPOINT,
    Kind.NETWORK_SET: {**_NETS, **_NAMESPACE},
    Kind.GLOBAL_NETWORK_SET: _NETS,
    Kind.NAMESPACE: _LABELLED,
    Kind.SERVICE_ACCOUNT: {**_LABELLED, **_NAMESPACE},
    Kind.POD: {**_NAME, **_NAMESPACE, "NODE": _spec("nodeName"), "IPS": _addresses},
    Kind.KUBERNETES_NETWORK_POLICY: {**_NAME, **_NAMESPACE, "TYPES": _list("policyTypes")},
}

_SHOWN: dict[Kind, tuple[str, str]] = {
    Kind.NETWORK_POLICY: ("NAME TIER", "NAME TIER ORDER SELECTOR"),
    Kind.GLOBAL_NETWORK_POLICY: ("NAME TIER", "NAME TIER ORDER SELECTOR"),
    Kind.TIER: ("NAME ORDER", "NAME ORDER"),
    Kind.PROFILE: ("NAME", "NAME LABELS"),
    Kind.WORKLOAD_ENDPOINT: (
        "WORKLOAD NODE NETWORKS INTERFACE",
        "NAME WORKLOAD NODE NETWORKS INTERFACE PROFILES NATS",
    ),
    Kind.NETWORK_SET: ("NAME", "NAME NETS"),
    Kind.GLOBAL_NETWORK_SET: ("NAME", "NAME NETS"),
    Kind.NAMESPACE: ("NAME", "NAME LABELS"),
    Kind.SERVICE_ACCOUNT: ("NAME", "NAME LABELS"),
    Kind.POD: ("NAME NODE", "NAME NODE IPS"),
    Kind.KUBERNETES_NETWORK_POLICY: ("NAME", "NAME TYPES"),
}
"""Narrow and wide columns. Source: calicoctl specification 10; those of Kubernetes' kinds are ours."""


def headings(kind: Kind, *, wide: bool, with_namespace: bool) -> tuple[str, ...]:
    """Return the headings of a kind's table; the namespace comes first where wanted and where the kind has one."""
    shown = tuple(_SHOWN[kind][wide].split())
    return ("NAMESPACE", *shown) if with_namespace and "NAMESPACE" in _CELLS[kind] else shown


def resources_table(kind: Kind, documents: Sequence[Mapping[str, Any]], shown: Sequence[str]) -> str:
    """Return the table of documents of one kind, with the headings given."""
    cells = [_CELLS[kind][heading] for heading in shown]
    return table(shown, [[cell(document) for cell in cells] for document in documents])
