"""What is about hosts, their settings and the cluster, as the specs of documents."""

from __future__ import annotations

from typing import Any

from tortie.api.encode_rule import without_empty
from tortie.api.felix_configuration import encode_felix_configuration
from tortie.model import ClusterInformation, FelixConfiguration, HostEndpoint, Node, format_address

__all__ = ["encode_host"]


def encode_host(resource: HostEndpoint | Node | FelixConfiguration | ClusterInformation) -> dict[str, Any]:
    """Return the spec of a document."""
    match resource:
        case HostEndpoint():
            return _host_endpoint(resource)
        case Node():
            return _node(resource)
        case FelixConfiguration():
            return encode_felix_configuration(resource)
        case ClusterInformation():
            return _cluster(resource)


def _host_endpoint(endpoint: HostEndpoint) -> dict[str, Any]:
    ports = [{"name": port.name, "protocol": str(port.protocol), "port": port.port} for port in endpoint.ports]
    return without_empty(
        {
            "node": endpoint.node,
            "interfaceName": endpoint.interface,
            "expectedIPs": [format_address(address) for address in endpoint.expected_addresses],
            "profiles": list(endpoint.profiles),
            "ports": ports,
        }
    )


def _node(node: Node) -> dict[str, Any]:
    named = [
        {"name": name, "addresses": [format_address(each) for each in carried]} for name, carried in node.interfaces
    ]
    told = {*node.outer, *(each for _, carried in node.interfaces for each in carried)}
    others = [format_address(each) for each in node.addresses if each not in told]
    return without_empty(
        {
            "addresses": [{"address": format_address(each)} for each in node.outer],
            "interfaces": [*named, *([{"addresses": others}] if others else [])],
        }
    )


def _cluster(found: ClusterInformation) -> dict[str, Any]:
    spec = {
        "clusterGUID": found.guid,
        "clusterType": found.cluster_type,
        "calicoVersion": found.version,
        "variant": found.variant,
    }
    return without_empty(spec) | {"datastoreReady": found.ready}
