"""Hosts, as Calico and as Kubernetes write them, and cluster information; rules 17 and 92 of the API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from tortie.api.fields import Fields
from tortie.api.metadata import Named
from tortie.api.names import is_mac, is_qualified_name
from tortie.api.report import Report
from tortie.model import (
    CLUSTER_KEY,
    ClusterInformation,
    Family,
    Key,
    Kind,
    Labels,
    Node,
    family_of,
    parse_address,
    parse_prefix,
)

__all__ = ["read_cluster_information", "read_kubernetes_node", "read_node"]

_PREFIX = "projectcalico.org/"
_BGP = {"ipv4Address": Family.V4, "ipv6Address": Family.V6}
_TUNNELS = {"ipv4VXLANTunnelAddr": Family.V4, "ipv6VXLANTunnelAddr": Family.V6}
_WIREGUARD = {"interfaceIPv4Address": Family.V4, "interfaceIPv6Address": Family.V6}
_MACS = ("vxlanTunnelMACAddr", "vxlanTunnelMACAddrV6")
_BGP_OTHERS = ("asNumber", "ipv4IPIPTunnelAddr", "routeReflectorClusterID")
_OWN_ANNOTATIONS = {"IPv4Address": Family.V4, "IPv6Address": Family.V6}
_TUNNEL_ANNOTATIONS = {
    "IPv4IPIPTunnelAddr": Family.V4,
    "IPv4VXLANTunnelAddr": Family.V4,
    "IPv6VXLANTunnelAddr": Family.V6,
    "IPv4WireguardInterfaceAddr": Family.V4,
    "IPv6WireguardInterfaceAddr": Family.V6,
}
_TYPES = frozenset({"InternalIP", "ExternalIP"})
_GUID = 32


class _Addresses:
    """Collects addresses in order, each once; notes texts that are none, or of another family than they should be."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.found: dict[bytes, None] = {}
        self.outer: dict[bytes, None] = {}

    def all(self) -> tuple[bytes, ...]:
        """Return every address, the host's own first."""
        return (*self.outer, *(each for each in self.found if each not in self.outer))

    def add_outer(self, path: str, text: str, family: Family | None = None) -> None:
        """Take an address that the host itself has."""
        if (address := self.add(path, text, family)) is not None:
            self.outer[address] = None

    def add(self, path: str, text: str, family: Family | None = None, *, plain: bool = False) -> bytes | None:
        """Take an address, and return it; one with a prefix length too, but where it has to be `plain`."""
        if not text:
            return None
        try:
            parse_prefix(text)
            address = parse_address(text if plain else text.partition("/")[0])
        except ValueError:
            self._report.add(path, f"`{text[:60]}` is not an address", "write `10.0.0.1`")
            return None
        if family is not None and family_of(address) is not family:
            self._report.add(path, f"`{text}` is not an IPv{int(family)} address")
        self.found[address] = None
        return address


def read_node(key: Key, named: Named, spec: Fields) -> Node:
    """Return the host that Calico's document says, problems noted; what is only routing is not looked at."""
    addresses = _Addresses(spec.report)
    if (bgp := spec.fields("bgp")) is not None:
        _take_bgp(bgp, addresses)
    _take_tunnels(spec, _TUNNELS, addresses)
    if (wireguard := spec.fields("wireguard")) is not None:
        _take_tunnels(wireguard, _WIREGUARD, addresses)
        wireguard.close()
    for fields in spec.each("addresses"):
        addresses.add_outer(fields.at("address"), fields.text("address"))
        fields.ignore("type")
        fields.close()
    interfaces = []
    for fields in spec.each("interfaces"):
        carried = [addresses.add(path, text) for text, path in fields.texts("addresses")]
        if name := fields.text("name"):
            interfaces.append((name, tuple(each for each in carried if each is not None)))
        fields.close()
    for name in _MACS:
        if (text := spec.text(name)) and not is_mac(text):
            spec.report.add(spec.at(name), f"`{text[:60]}` is not a hardware address", "write `66:00:00:00:00:01`")
    spec.ignore("orchRefs")
    return Node(key, named.metadata, addresses.all(), tuple(addresses.outer), tuple(interfaces))


def _take_bgp(bgp: Fields, addresses: _Addresses) -> None:
    for name, family in _BGP.items():
        addresses.add_outer(bgp.at(name), bgp.text(name), family)
    _take_tunnels(bgp, {"ipv4IPIPTunnelAddr": Family.V4}, addresses)
    if not any([bgp.take(name) for name in (*_BGP, *_BGP_OTHERS)]):  # noqa: C419 - asking for each is the point
        bgp.report.add(bgp.path, "`bgp` says nothing", "add `ipv4Address`, or remove `bgp`")
    bgp.close()


def _take_tunnels(fields: Fields, names: Mapping[str, Family], addresses: _Addresses) -> None:
    for name, family in names.items():
        addresses.add(fields.at(name), fields.text(name), family, plain=True)


def read_kubernetes_node(named: Named, root: Fields) -> Node:
    """Return the host that Kubernetes' document says: its annotations hold what Calico knows of it.

    Source: datastore specification 12.3.
    """
    root.ignore("spec")
    annotations = named.metadata.annotations
    addresses = _Addresses(root.report)
    for take, names in ((addresses.add_outer, _OWN_ANNOTATIONS), (addresses.add, _TUNNEL_ANNOTATIONS)):
        for name, family in names.items():
            take(f"metadata.annotations.{_PREFIX}{name}", annotations.get(f"{_PREFIX}{name}", ""), family)
    status = root.fields("status") or Fields(root.report, {}, "status")
    for fields in status.each("addresses"):
        if fields.text("type") in _TYPES:
            addresses.add_outer(fields.at("address"), fields.text("address"))
    interfaces = []
    for name, texts in _interfaces(root.report, annotations.get(f"{_PREFIX}Interfaces", "")):
        carried = [addresses.add(f"metadata.annotations.{_PREFIX}Interfaces", text) for text in texts]
        interfaces.append((name, tuple(each for each in carried if each is not None)))
    labels = {**_own_labels(root.report, annotations), **named.metadata.labels}
    key = Key(Kind.NODE, "", named.name or "unnamed")
    named_ones = tuple(each for each in interfaces if each[0])
    return Node(key, replace(named.metadata, labels=labels), addresses.all(), tuple(addresses.outer), named_ones)


def _json(report: Report, name: str, text: str) -> object:
    try:
        value: object = json.loads(text) if text else None
    except (ValueError, RecursionError):
        report.add(f"metadata.annotations.{_PREFIX}{name}", f"`{text[:60]}` is not JSON")
        return None
    return value


def _interfaces(report: Report, text: str) -> list[tuple[str, list[str]]]:
    """Return the name ("" where it has none) and the addresses of each interface."""
    found = _json(report, "Interfaces", text)
    listed = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    rows = ((each.get("name"), each.get("addresses")) for each in listed)
    return [
        (name if isinstance(name, str) else "", [text for text in texts if isinstance(text, str)])
        for name, texts in rows
        if isinstance(texts, list)
    ]


def _own_labels(report: Report, annotations: Labels) -> dict[str, str]:
    """Return the labels that Calico's users gave a host of Kubernetes."""
    found = _json(report, "labels", annotations.get(f"{_PREFIX}labels", ""))
    pairs = found.items() if isinstance(found, dict) else ()
    return {key: value for key, value in pairs if isinstance(value, str) and is_qualified_name(key)}


def read_cluster_information(key: Key, named: Named, spec: Fields) -> ClusterInformation:
    """Return what is said of the cluster, problems noted."""
    if key.name != CLUSTER_KEY.name:
        what = f"there is one ClusterInformation, and its name is `{CLUSTER_KEY.name}`"
        spec.report.add("metadata.name", what, f"write `name: {CLUSTER_KEY.name}`")
    guid = spec.text("clusterGUID")
    if guid and (len(guid) != _GUID or not guid.isalnum()):
        spec.report.add(spec.at("clusterGUID"), f"`{guid[:60]}` is not a GUID: {_GUID} hexadecimal digits")
    return ClusterInformation(
        key,
        named.metadata,
        guid,
        spec.text("clusterType"),
        spec.text("calicoVersion"),
        spec.flag("datastoreReady") if spec.has("datastoreReady") else True,
        spec.text("variant"),
    )
