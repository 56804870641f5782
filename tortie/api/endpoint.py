"""Workload endpoints; rules 18, 80 and 82 to 89 of the API."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tortie.api.fields import Fields
from tortie.api.metadata import Named
from tortie.api.names import MAX_NAME, endpoint_name, is_dns_subdomain, is_interface, is_mac, is_port_name
from tortie.api.numbers import transport_of
from tortie.model import (
    MAX_PORT,
    NAMESPACE_LABEL,
    NAMESPACE_PREFIX,
    ORCHESTRATOR_LABEL,
    SERVICE_ACCOUNT_LABEL,
    SERVICE_ACCOUNT_PREFIX,
    EndpointPort,
    Family,
    IPNat,
    Key,
    Kind,
    Labels,
    Metadata,
    Prefix,
    Protocol,
    WorkloadEndpoint,
    family_of,
    parse_address,
    parse_prefix,
)

__all__ = [
    "NO_KEY",
    "STATE_ANNOTATION",
    "STATE_DOWN",
    "check_host_address",
    "endpoint_labels",
    "is_up",
    "read_endpoint",
    "read_interface",
    "read_profile_names",
]

STATE_ANNOTATION = "tortie/state"
"""Tortie's own annotation: `down` drops all that a workload sends and receives."""
STATE_DOWN = "down"
_MAX_LABEL = 63
_STATE_UP = "up"
NO_KEY = Key(Kind.WORKLOAD_ENDPOINT, "unnamed", "unnamed")
_CONTAINER = re.compile("[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?")
_NO_PORT = EndpointPort("", Protocol(6), 1)  # stands where a port was wrong; never leaves the package
_HANDED_DOWN = (NAMESPACE_PREFIX, SERVICE_ACCOUNT_PREFIX)


def endpoint_labels(own: Labels, namespace: str, orchestrator: str, account: str) -> dict[str, str]:
    """Return an endpoint's own labels as selectors see them.

    What only profiles may hand down is left out, so that nobody gives himself another namespace's labels; namespace,
    orchestrator and service account are what the spec says. Source: api specification 6.1, 6.2.
    """
    labels = {key: value for key, value in own.items() if not key.startswith(_HANDED_DOWN)}
    labels[NAMESPACE_LABEL] = namespace
    labels[ORCHESTRATOR_LABEL] = orchestrator
    if account:
        labels[SERVICE_ACCOUNT_LABEL] = account
    return labels


def is_up(fields: Fields, annotations: Mapping[str, str]) -> bool:
    """Tell whether the endpoint is up, as the annotation `tortie/state` says."""
    state = annotations.get(STATE_ANNOTATION, _STATE_UP)
    if state not in {STATE_DOWN, _STATE_UP}:
        fields.report.choose(f"metadata.annotations.{STATE_ANNOTATION}", "the state", state, (_STATE_UP, STATE_DOWN))
    return state == _STATE_UP


def read_endpoint(named: Named, spec: Fields) -> WorkloadEndpoint:
    """Return the workload endpoint that a spec says, problems noted."""
    names = {name: _name(spec, name) for name in ("orchestrator", "workload", "node", "pod", "endpoint")}
    if len(names["orchestrator"]) > _MAX_LABEL:
        what = f"`{names['orchestrator'][:60]}…` is too long for a label to say: at most {_MAX_LABEL} characters"
        spec.report.add(spec.at("orchestrator"), what)
    names["containerID"] = _container(spec)
    account = _name(spec, "serviceAccountName")
    nets = _addresses(spec)
    metadata = named.metadata
    found = WorkloadEndpoint(
        _key(named, spec, names),
        names["node"],
        read_interface(spec),
        Metadata(
            endpoint_labels(metadata.labels, named.namespace, names["orchestrator"], account),
            metadata.annotations,
            metadata.uid,
            metadata.revision,
            metadata.created,
        ),
        orchestrator=names["orchestrator"],
        workload=names["workload"],
        pod=names["pod"],
        endpoint=names["endpoint"],
        container_id=names["containerID"],
        service_account=account,
        addresses=nets,
        profiles=read_profile_names(spec),
        ports=tuple(_port(fields) for fields in spec.each("ports")),
        allowed_sources=_allowed_sources(spec),
        nats=tuple(nat for fields in spec.each("ipNATs") if (nat := _nat(fields, nets)) is not None),
        ipv4_gateway=_gateway(spec, "ipv4Gateway", Family.V4),
        ipv6_gateway=_gateway(spec, "ipv6Gateway", Family.V6),
        mac=_mac(spec),
        active=is_up(spec, metadata.annotations),
    )
    spec.ignore("qosControls")
    return found


def _name(spec: Fields, name: str) -> str:
    text = spec.text(name)
    if text and not is_dns_subdomain(text):
        what = f"`{text[:60]}` is not a name: only lower-case letters, digits, `-` and `.`"
        spec.report.add(spec.at(name), what)
    return text


def _container(spec: Fields) -> str:
    text = spec.text("containerID")
    if text and not _CONTAINER.fullmatch(text):
        spec.report.add(spec.at("containerID"), f"`{text[:60]}` is not a container's id: only letters, digits and `-`")
    return text


def _key(named: Named, spec: Fields, names: Mapping[str, str]) -> Key:
    report = spec.report
    problems = len(report.problems)
    name, faults = endpoint_name(names["node"], names["orchestrator"], dict(names))
    for field, fault in faults.items():
        if names.get(field) or spec.lacks(field):
            report.add(spec.at(field), f"`{field}`: {fault}", "" if names.get(field) else f"add `{field}`")
    if name and named.name and name != named.name:
        what = "the WorkloadEndpoint name does not match the primary identifiers assigned in the Spec"
        report.add("metadata.name", f"{what}: expected name {name}", "write that, or leave the name out")
    if name and not named.name and not (len(name) <= MAX_NAME and is_dns_subdomain(name)):
        report.add("metadata.name", f"the name `{name[:60]}…` made of the spec is too long or has bad characters")
    if not named.namespace or not name or len(report.problems) > problems:
        return NO_KEY
    return Key(Kind.WORKLOAD_ENDPOINT, named.namespace, name)


def read_interface(spec: Fields, *, needed: bool = True) -> str:
    """Return the interface of an endpoint, problems noted."""
    text = spec.text("interfaceName")
    if not text:
        if needed and spec.lacks("interfaceName"):
            spec.report.add(spec.at("interfaceName"), "`interfaceName` is missing", "add the host's interface")
    elif not is_interface(text):
        what = f"`{text[:60]}` is not an interface: 1 to 15 letters, digits, `_`, `.` and `-`, or `*`"
        spec.report.add(spec.at("interfaceName"), what)
    return text


def _addresses(spec: Fields) -> tuple[bytes, ...]:
    found: dict[bytes, None] = {}
    for text, path in spec.texts("ipNetworks"):
        try:
            net = parse_prefix(text)
        except ValueError:
            what = f"`{text[:60]}` is not an address" if text else "an empty text is not an address"
            spec.report.add(path, what, "write `10.0.0.1/32`")
            continue
        if net.is_address:
            found[net.network] = None
        else:
            spec.report.add(
                path, f"`{text}` covers more than one address", f"write `{text.partition('/')[0]}/{net.family.bits}`"
            )
    return tuple(found)


def read_profile_names(spec: Fields) -> tuple[str, ...]:
    """Return the names of an endpoint's profiles, problems noted."""
    texts = spec.texts("profiles")
    for text, path in texts:
        if not is_dns_subdomain(text):
            spec.report.add(path, f"`{text[:60]}` is not a profile's name")
    return tuple(text for text, _ in texts)


def _port(fields: Fields) -> EndpointPort:
    report = fields.report
    name = fields.text("name")
    number = fields.integer("port", 0, MAX_PORT)
    host_port = fields.integer("hostPort", 0, MAX_PORT) or 0
    protocol = transport_of(fields, fields.at("protocol"), fields.take("protocol"))
    if name and not is_port_name(name):
        report.add(fields.at("name"), f"`{name[:40]}` is not a port's name: 1 to 15 lower-case letters, digits and `-`")
    if not name and not host_port and not fields.has("hostPort", "name"):
        report.add(fields.at("name"), "a port needs a name, or a `hostPort`", "add `name`")
    elif not name and not host_port:
        report.add(fields.at("name"), "a port without a name needs a `hostPort` other than 0", "add `name`")
    if number == 0 or not fields.has("port"):
        what = "Port = '0' (port range invalid, port number must be between 1 and 65535)"
        report.add(fields.at("port"), what, "add `port`")
    host_ip = fields.text("hostIP")
    check_host_address(fields, host_ip)
    fields.close()
    if protocol is None or not number:
        return _NO_PORT
    return EndpointPort(name, protocol, number, host_port, host_ip)


def check_host_address(fields: Fields, text: str) -> None:
    """Note a `hostIP` that is neither empty nor an address or CIDR without host bits."""
    try:
        if text:
            parse_prefix(text, strict=True)
    except ValueError as error:
        fields.report.add(fields.at("hostIP"), str(error))


def _allowed_sources(spec: Fields) -> tuple[Prefix, ...]:
    found: dict[Prefix, None] = {}
    for text, path in spec.texts("allowSpoofedSourcePrefixes"):
        try:
            found[parse_prefix(text)] = None
        except ValueError:
            spec.report.add(path, f"`{text[:60]}` is neither an address nor a CIDR", "write `10.0.0.0/8`")
    return tuple(found)


def _address(fields: Fields, name: str) -> bytes | None:
    text = fields.text(name)
    try:
        return parse_address(text)
    except ValueError:
        if text or fields.lacks(name):
            what = f"`{text[:60]}` is not an address" if text else f"`{name}` is missing"
            fields.report.add(fields.at(name), what, "write `10.0.0.1`")
        return None


def _nat(fields: Fields, addresses: tuple[bytes, ...]) -> IPNat | None:
    internal, external = _address(fields, "internalIP"), _address(fields, "externalIP")
    fields.close()
    if internal is not None and internal not in addresses:
        what = f"`{fields.text('internalIP')}` is not in `ipNetworks`"
        fields.report.add(fields.at("internalIP"), what, "translate to an address of the endpoint")
    if internal is None or external is None:
        return None
    if len(internal) != len(external):
        fields.report.add(fields.path, "the internal and the external address are of different IP versions")
    return IPNat(internal, external)


def _gateway(spec: Fields, name: str, family: Family) -> str:
    text = spec.text(name)
    if not text:
        return ""
    try:
        is_right = family_of(parse_address(text)) is family
    except ValueError:
        is_right = False
    if not is_right:
        spec.report.add(spec.at(name), f"`{text[:60]}` is not an IPv{int(family)} address")
    return text


def _mac(spec: Fields) -> str:
    text = spec.text("mac")
    if text and not is_mac(text):
        spec.report.add(spec.at("mac"), f"`{text[:60]}` is not a hardware address", "write `02:00:00:00:00:01`")
    return text
