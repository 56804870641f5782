"""What is read of pools and of routers' settings. Their other fields are others' business, and not looked at."""

from __future__ import annotations

from typing import Any

from tortie.api.fields import Fields
from tortie.api.metadata import Named
from tortie.model import BGPConfiguration, Encapsulation, IPPool, Key, Prefix, parse_prefix

__all__ = ["encode_network", "read_bgp_configuration", "read_pool", "read_prefix"]

_MODES = {"ipipMode": Encapsulation.IPIP, "vxlanMode": Encapsulation.VXLAN}
_NEVER = ("", "Never")
_SERVICES = ("serviceClusterIPs", "serviceExternalIPs", "serviceLoadBalancerIPs")


def read_pool(key: Key, named: Named, spec: Fields) -> IPPool:
    """Return the pool that a spec says, problems noted: whatever mode is not `Never` wraps packets."""
    spec.ignore_others()
    modes = {name: spec.text(name) for name in _MODES}
    net = _net(spec, "cidr")
    wrapping = frozenset(_MODES[name] for name, mode in modes.items() if mode not in _NEVER)
    return IPPool(key, named.metadata, net, wrapping)


def read_bgp_configuration(key: Key, named: Named, spec: Fields) -> BGPConfiguration:
    """Return the addresses of services that a spec says; what is none is noted, and left out."""
    spec.ignore_others()
    found: dict[Prefix, str] = {}
    for name in _SERVICES:
        for each in spec.each(name):
            each.ignore_others()
            if (net := _net(each, "cidr")) is not None:
                found.setdefault(net, name)
    return BGPConfiguration(key, named.metadata, tuple(found.items()))


def encode_network(resource: IPPool | BGPConfiguration) -> dict[str, Any]:
    """Return what was read of a resource, as the spec of a document."""
    if isinstance(resource, IPPool):
        modes = {name: "Always" for name, each in _MODES.items() if each in resource.encapsulations}
        return ({} if resource.net is None else {"cidr": str(resource.net)}) | modes
    found: dict[str, list[dict[str, str]]] = {}
    for net, name in resource.service_nets:
        found.setdefault(name, []).append({"cidr": str(net)})
    return dict(found)


def _net(fields: Fields, name: str) -> Prefix | None:
    text = fields.text(name)
    return read_prefix(fields, fields.at(name), text) if text else None


def read_prefix(fields: Fields, path: str, text: str) -> Prefix | None:
    """Return an address or a CIDR as a prefix; None, and a problem noted, where the text is neither."""
    try:
        return parse_prefix(text)
    except ValueError:
        fields.report.add(path, f"`{text[:60]}` is neither an address nor a CIDR", "write `10.0.0.0/8`")
        return None
