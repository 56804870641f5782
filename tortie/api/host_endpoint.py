"""Host endpoints; rules 78 to 85 of the API."""

from __future__ import annotations

from tortie.api.endpoint import read_interface, read_profile_names
from tortie.api.fields import Fields
from tortie.api.metadata import Named
from tortie.api.names import is_dns_subdomain, is_port_name
from tortie.api.numbers import transport_of
from tortie.model import MAX_PORT, NAMESPACE_LABEL, EndpointPort, HostEndpoint, Key, parse_address

__all__ = ["read_host_endpoint"]


def read_host_endpoint(key: Key, named: Named, spec: Fields) -> HostEndpoint:
    """Return the host endpoint that a spec says, problems noted."""
    if NAMESPACE_LABEL in named.metadata.labels:
        what = f"a host endpoint cannot have the label `{NAMESPACE_LABEL}`: it is in no namespace"
        spec.report.add(f"metadata.labels.{NAMESPACE_LABEL}#", what, "remove it", is_clear=True)
    interface = read_interface(spec, needed=False)
    addresses = _addresses(spec)
    if spec.lacks("interfaceName") and not spec.items("expectedIPs"):
        what = "a host endpoint needs an `interfaceName`, or the `expectedIPs` of its interface"
        spec.report.add(spec.path, what, "add `interfaceName: eth0`, or `*` for all interfaces")
    ports = (_port(fields) for fields in spec.each("ports"))
    return HostEndpoint(
        key,
        _node(spec),
        interface,
        named.metadata,
        addresses,
        read_profile_names(spec),
        tuple(port for port in ports if port is not None),
    )


def _node(spec: Fields) -> str:
    node = spec.text("node")
    if spec.lacks("node"):
        spec.report.add(spec.at("node"), "`node` is missing", "add the name of the host")
    elif node and not is_dns_subdomain(node):
        what = f"`{node[:60]}` is not a node's name: only lower-case letters, digits, `-` and `.`"
        spec.report.add(spec.at("node"), what)
    return node


def _addresses(spec: Fields) -> tuple[bytes, ...]:
    found: dict[bytes, None] = {}
    for text, path in spec.texts("expectedIPs"):
        try:
            found[parse_address(text)] = None
        except ValueError:
            what = f"`{text[:60]}` is not an address" if text else "an empty text is not an address"
            spec.report.add(path, what, "write `10.0.0.1`, without a prefix length")
    return tuple(found)


def _port(fields: Fields) -> EndpointPort | None:
    """Return a port, None where it was wrong: it has a name, a protocol and a number."""
    report, name = fields.report, fields.text("name")
    number = fields.integer("port", 0, MAX_PORT)
    protocol = transport_of(fields, fields.at("protocol"), fields.take("protocol"))
    if fields.lacks("name"):
        report.add(fields.at("name"), "a port needs a name", "add `name`")
    elif name and not is_port_name(name):
        report.add(fields.at("name"), f"`{name[:40]}` is not a port's name: 1 to 15 lower-case letters, digits and `-`")
    if number == 0 or not fields.has("port"):
        what = "Port = '0' (port range invalid, port number must be between 1 and 65535)"
        report.add(fields.at("port"), what, "add `port`")
    fields.close()
    return EndpointPort(name, protocol, number) if protocol and number else None
