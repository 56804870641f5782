"""What stands in the cells of tables: readers of documents, each for one column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tortie.cli.output.tabwriter import go_float

__all__ = [
    "DEFAULT_AS_NUMBER",
    "Cell",
    "labels_cell",
    "length_cell",
    "list_cell",
    "map_cell",
    "metadata_cell",
    "nats_cell",
    "node_as_number_cell",
    "node_bgp_cell",
    "optional_cell",
    "order_cell",
    "peer_node_cell",
    "pod_addresses_cell",
    "pod_selector_cell",
    "spec_cell",
]

DEFAULT_AS_NUMBER = "64512"
"""The AS number where no BGPConfiguration gives one. Source: calicoctl specification 9."""

Cell = Callable[[Mapping[str, Any]], str]


def metadata_cell(name: str) -> Cell:
    """Read a text of the metadata."""
    return lambda document: _text((document.get("metadata") or {}).get(name))


def spec_cell(*names: str) -> Cell:
    """Read the first field of the spec that is there."""
    return lambda document: next(filter(None, (_text(_of(document, name)) for name in names)), "")


def list_cell(name: str, show: Callable[[Sequence[str]], str] = ",".join) -> Cell:
    """Read a list of the spec."""
    return lambda document: show([_text(item) for item in _of(document, name) or ()])


def map_cell(name: str) -> Cell:
    """Read an object of the spec as its pairs."""
    return lambda document: _pairs(_of(document, name) or {})


def optional_cell(name: str, absent: str) -> Cell:
    """Read a value of the spec that has a form of its own where it is absent."""
    return lambda document: absent if _of(document, name) is None else _text(_of(document, name))


def length_cell(name: str) -> Cell:
    """Count a list of the spec."""
    return lambda document: str(len(_of(document, name) or ()))


def node_bgp_cell(name: str) -> Cell:
    """Read a text of what a node says of BGP."""
    return lambda document: _text((_of(document, "bgp") or {}).get(name))


def node_as_number_cell(default: str) -> Cell:
    """Read a node's AS number; the default one in parentheses where it has none of its own, but speaks BGP."""

    def read(document: Mapping[str, Any]) -> str:
        bgp = _of(document, "bgp")
        if bgp is None:
            return ""
        return _text(bgp["asNumber"]) if bgp.get("asNumber") is not None else f"({default})"

    return read


def peer_node_cell(document: Mapping[str, Any]) -> str:
    """Read which nodes a BGP peer is a peer of."""
    return _text(_of(document, "node")) or _text(_of(document, "nodeSelector")) or "(global)"


def order_cell(document: Mapping[str, Any]) -> str:
    """Read the order as Go prints it."""
    order = _of(document, "order")
    return "<nil>" if order is None else go_float(order)


def nats_cell(document: Mapping[str, Any]) -> str:
    """Read translated addresses as Go prints them."""
    nats = _of(document, "ipNATs") or ()
    return ",".join(f"{{{nat.get('internalIP', '')} {nat.get('externalIP', '')}}}" for nat in nats)


def labels_cell(document: Mapping[str, Any]) -> str:
    """Read the labels."""
    return _pairs((document.get("metadata") or {}).get("labels") or {})


def pod_addresses_cell(document: Mapping[str, Any]) -> str:
    """Read the addresses of a pod."""
    status = document.get("status") or {}
    return ",".join(_text(entry.get("ip")) for entry in status.get("podIPs") or ()) or _text(status.get("podIP"))


def pod_selector_cell(document: Mapping[str, Any]) -> str:
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


def _of(document: Mapping[str, Any], name: str) -> Any:
    return (document.get("spec") or {}).get(name)


def _pairs(labels: Mapping[str, Any]) -> str:
    return ",".join(f"{key}={_text(labels[key])}" for key in sorted(labels))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
