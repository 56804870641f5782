"""Kubernetes' nodes as Calico's, and what a change of one does to the other. Pure.

What Calico says of a node lies in the node's annotations. Source: datastore specification 12.3.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tortie.api import CALICO
from tortie.errors import Invalid

__all__ = ["changed_node", "node_document"]

Document = dict[str, Any]
_PREFIX = "projectcalico.org/"
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "IPv4Address": ("spec", "bgp", "ipv4Address"),
    "IPv6Address": ("spec", "bgp", "ipv6Address"),
    "ASNumber": ("spec", "bgp", "asNumber"),
    "RouteReflectorClusterID": ("spec", "bgp", "routeReflectorClusterID"),
    "IPv4IPIPTunnelAddr": ("spec", "bgp", "ipv4IPIPTunnelAddr"),
    "IPv4VXLANTunnelAddr": ("spec", "ipv4VXLANTunnelAddr"),
    "IPv6VXLANTunnelAddr": ("spec", "ipv6VXLANTunnelAddr"),
    "VXLANTunnelMACAddr": ("spec", "vxlanTunnelMACAddr"),
    "VXLANTunnelMACAddrV6": ("spec", "vxlanTunnelMACAddrV6"),
    "IPv4WireguardInterfaceAddr": ("spec", "wireguard", "interfaceIPv4Address"),
    "IPv6WireguardInterfaceAddr": ("spec", "wireguard", "interfaceIPv6Address"),
    "WireguardPublicKey": ("status", "wireguardPublicKey"),
    "WireguardPublicKeyV6": ("status", "wireguardPublicKeyV6"),
}
"""Annotation → the field that it holds."""

_DIGITS = 10  # of the largest AS number
_NUMBER, _INTERFACES = "ASNumber", "Interfaces"
_LABELS, _ANNOTATIONS = "labels", "annotations"
_TYPES = ("InternalIP", "ExternalIP")


def node_document(item: Mapping[str, Any]) -> Document:
    """Return Calico's document of a node."""
    metadata = item["metadata"]
    notes = metadata.get("annotations") or {}
    document: Document = {"kind": "Node", "apiVersion": CALICO, "metadata": _metadata(metadata, notes), "spec": {}}
    for name, path in _FIELDS.items():
        if text := notes.get(f"{_PREFIX}{name}"):
            _put(document, path, int(text) if name == _NUMBER and _is_number(text) else text)
    spec = document["spec"]
    if interfaces := _json(notes, _INTERFACES, list):
        spec["interfaces"] = interfaces
    spec["orchRefs"] = [{"nodeName": metadata["name"], "orchestrator": "k8s"}]
    if addresses := _addresses(item, spec.get("bgp") or {}):
        spec["addresses"] = addresses
    theirs = item.get("spec") or {}
    if of_pods := theirs.get("podCIDRs") or list(filter(None, [theirs.get("podCIDR")])):
        _put(document, ("status", "podCIDRs"), of_pods)
    return document


def changed_node(item: Mapping[str, Any], document: Mapping[str, Any]) -> Document:
    """Return the node of Kubernetes as Calico's document wants it; a document without a status leaves it alone.

    Raises:
        Invalid: it would change a label that is Kubernetes' own.
    """
    metadata, item_document = item["metadata"], node_document(item)
    notes = {name: text for name, text in (metadata.get("annotations") or {}).items() if not _is_ours(name)}
    for name, path in _FIELDS.items():
        said = document if path[0] in document else item_document
        if (value := _at(said, path)) not in (None, ""):
            notes[f"{_PREFIX}{name}"] = str(value)
    if interfaces := _at(document, ("spec", "interfaces")):
        notes[f"{_PREFIX}{_INTERFACES}"] = _dump(interfaces)
    wanted = document["metadata"]
    if own := _own_labels(metadata, wanted.get("labels") or {}):
        notes[f"{_PREFIX}{_LABELS}"] = _dump(own)
    if annotations := wanted.get("annotations"):
        notes[f"{_PREFIX}{_ANNOTATIONS}"] = _dump(annotations)
    return {**item, "kind": "Node", "apiVersion": "v1", "metadata": {**metadata, "annotations": notes}}


def _metadata(metadata: Mapping[str, Any], notes: Mapping[str, str]) -> Document:
    found = {name: metadata[name] for name in ("name", "uid", "creationTimestamp") if metadata.get(name)}
    labels = {**_json(notes, _LABELS, dict), **(metadata.get("labels") or {})}
    annotations = _json(notes, _ANNOTATIONS, dict)
    return {
        **found,
        **({"labels": labels} if labels else {}),
        **({"annotations": annotations} if annotations else {}),
    }


def _own_labels(metadata: Mapping[str, Any], wanted: Mapping[str, str]) -> Mapping[str, str]:
    theirs = metadata.get("labels") or {}
    if lost := sorted(name for name, value in theirs.items() if wanted.get(name) != value):
        what = f"the label `{lost[0]}` of node {metadata['name']} is Kubernetes' own"
        raise Invalid.because(what, mend="change it with `kubectl label`")
    return {name: value for name, value in wanted.items() if name not in theirs}


def _addresses(item: Mapping[str, Any], bgp: Mapping[str, Any]) -> list[Document]:
    found = [{"address": bgp[name], "type": "CalicoNodeIP"} for name in ("ipv4Address", "ipv6Address") if bgp.get(name)]
    listed = (item.get("status") or {}).get("addresses") or []
    return found + [{"address": each["address"], "type": each["type"]} for each in listed if each.get("type") in _TYPES]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS


def _is_ours(name: str) -> bool:
    said = name.removeprefix(_PREFIX)
    return said != name and said in {*_FIELDS, _INTERFACES, _LABELS, _ANNOTATIONS}


def _json(notes: Mapping[str, str], name: str, wanted: type) -> Any:
    """Return what an annotation holds as JSON; empty where it is none, or something else."""
    try:
        found = json.loads(notes.get(f"{_PREFIX}{name}") or "null")
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, wanted) else wanted()


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _put(document: Document, path: tuple[str, ...], value: object) -> None:
    for name in path[:-1]:
        document = document.setdefault(name, {})
    document[path[-1]] = value


def _at(document: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = document
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
