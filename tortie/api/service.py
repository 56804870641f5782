"""Kubernetes' services and endpoint slices. Source: enforcement specification 4.7."""

from __future__ import annotations

from collections.abc import Iterator

from tortie.api.fields import Fields
from tortie.api.metadata import Named
from tortie.model import (
    MAX_PORT,
    PROTOCOL_NUMBERS,
    EndpointPort,
    EndpointSlice,
    Key,
    Kind,
    Protocol,
    Service,
    parse_address,
)

__all__ = ["SERVICE_LABEL", "read_endpoint_slice", "read_service"]

SERVICE_LABEL = "kubernetes.io/service-name"
"""The label by which a slice says whose it is."""
_HEADLESS = "None"
_PROTOCOLS = {word: word for word in ("TCP", "UDP", "SCTP")}
_FQDN = "FQDN"
_ADDRESS_TYPES = {word: word for word in ("IPv4", "IPv6", _FQDN)}


def read_service(named: Named, root: Fields) -> Service:
    """Return a service, problems noted; fields that mean nothing to policy are not looked at."""
    spec = root.fields("spec") or Fields(root.report, {}, "spec")
    texts = spec.texts("clusterIPs") or [(spec.text("clusterIP"), spec.at("clusterIP"))]
    addresses = _addresses(spec, [(text, path) for text, path in texts if text not in ("", _HEADLESS)])
    return Service(
        Key(Kind.SERVICE, named.namespace or "unnamed", named.name or "unnamed"),
        named.metadata,
        addresses,
        tuple(_ports(spec)),
    )


def read_endpoint_slice(named: Named, root: Fields) -> EndpointSlice:
    """Return a slice with the addresses of all its endpoints, ready or not; problems noted."""
    kind = root.choice("addressType", _ADDRESS_TYPES, needed=True)
    texts = [found for endpoint in root.each("endpoints") for found in endpoint.texts("addresses")]
    return EndpointSlice(
        Key(Kind.ENDPOINT_SLICE, named.namespace or "unnamed", named.name or "unnamed"),
        named.metadata,
        named.metadata.labels.get(SERVICE_LABEL, ""),
        () if kind == _FQDN else _addresses(root, texts),
        tuple(_ports(root)),
    )


def _addresses(fields: Fields, texts: list[tuple[str, str]]) -> tuple[bytes, ...]:
    found: dict[bytes, None] = {}
    for text, path in texts:
        try:
            found[parse_address(text)] = None
        except ValueError as error:
            fields.report.add(path, str(error), "write `10.0.0.1`")
    return tuple(found)


def _ports(parent: Fields) -> Iterator[EndpointPort]:
    """Yield the ports that have a number, and a protocol that is known."""
    for fields in parent.each("ports"):
        number = fields.integer("port", 1, MAX_PORT)
        word = "TCP" if fields.lacks("protocol") else fields.choice("protocol", _PROTOCOLS)
        if number is not None and word is not None:
            yield EndpointPort(fields.text("name"), Protocol(PROTOCOL_NUMBERS[word]), number)
