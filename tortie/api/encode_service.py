"""Services and endpoint slices to Kubernetes' documents, without their heading."""

from __future__ import annotations

from typing import Any

from tortie.api.encode_rule import without_empty
from tortie.model import EndpointPort, EndpointSlice, Family, Service, family_of, format_address

__all__ = ["encode_service"]


def encode_service(resource: Service | EndpointSlice) -> dict[str, Any]:
    """Return what follows the metadata: a service's spec, or the fields of a slice."""
    addresses = [format_address(address) for address in resource.addresses]
    ports = [_port(port) for port in resource.ports]
    if isinstance(resource, Service):
        first = {"clusterIP": addresses[0], "clusterIPs": addresses} if addresses else {"clusterIP": "None"}
        return {"spec": without_empty({**first, "ports": ports})}
    is_v6 = any(family_of(address) is Family.V6 for address in resource.addresses)
    endpoints = [{"addresses": [address]} for address in addresses]
    return {"addressType": "IPv6" if is_v6 else "IPv4", "endpoints": endpoints, "ports": ports}


def _port(port: EndpointPort) -> dict[str, Any]:
    return without_empty({"name": port.name, "protocol": str(port.protocol), "port": port.port})
