"""The order of fields in Calico's JSON, and which values it leaves out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tortie.api.document import document_of
from tortie.api.encode_rule import encode_port
from tortie.api.fields import Fields
from tortie.api.numbers import port_of, protocol_of
from tortie.api.report import Report
from tortie.model import Kind

__all__ = ["METADATA", "SPECS", "Shape", "shaped"]

Shape = Mapping[str, Any]
"""Field name to what is in it: None for a value, a shape for an object, a list of one of these for a list, a function
for what has more than one spelling."""


def _port(value: object) -> object:
    """Return a port as Calico writes it, what is none as it is."""
    port = port_of(_fields(), "", value)
    return value if port is None else encode_port(port)


def _protocol(value: object) -> object:
    protocol = protocol_of(_fields(), "", value)
    if protocol is None:
        return value
    return str(protocol) if protocol.named else protocol.number


def _texts(value: object) -> object:
    """Return labels or annotations with an empty text for null, which is what Go reads."""
    return {key: "" if text is None else text for key, text in value.items()} if isinstance(value, Mapping) else value


def _fields() -> Fields:
    return Fields(Report(document_of({})), {})


def _shape(names: str, **inner: Any) -> Shape:
    return {name: inner.get(name) for name in names.split()}


_ENTITY = _shape(
    "nets selector namespaceSelector services ports notNets notSelector notPorts serviceAccounts",
    services=_shape("name namespace"),
    ports=[_port],
    notPorts=[_port],
    serviceAccounts=_shape("names selector"),
)
_ICMP = _shape("type code")
_RULE = _shape(
    "action ipVersion protocol icmp notProtocol notICMP source destination http metadata",
    protocol=_protocol,
    notProtocol=_protocol,
    icmp=_ICMP,
    notICMP=_ICMP,
    source=_ENTITY,
    destination=_ENTITY,
    http=_shape("methods paths", paths=[_shape("exact prefix")]),
    metadata=_shape("annotations", annotations=_texts),
)
_RULES = {"ingress": [_RULE], "egress": [_RULE]}
METADATA = _shape(
    "name generateName namespace selfLink uid resourceVersion generation creationTimestamp deletionTimestamp"
    " deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields",
    labels=_texts,
    annotations=_texts,
)
_POLICY = "tier order ingress egress selector types serviceAccountSelector performanceHints"
_GLOBAL_POLICY = (
    "tier order ingress egress selector types doNotTrack preDNAT applyOnForward serviceAccountSelector"
    " namespaceSelector performanceHints"
)
SPECS: Mapping[Kind, Shape] = {
    **dict.fromkeys((Kind.NETWORK_POLICY, Kind.KUBERNETES_NETWORK_POLICY), _shape(_POLICY, **_RULES)),
    **dict.fromkeys(
        (
            Kind.GLOBAL_NETWORK_POLICY,
            Kind.CLUSTER_NETWORK_POLICY,
            Kind.ADMIN_NETWORK_POLICY,
            Kind.BASELINE_ADMIN_NETWORK_POLICY,
        ),
        _shape(_GLOBAL_POLICY, **_RULES),
    ),
    Kind.STAGED_NETWORK_POLICY: _shape(f"stagedAction {_POLICY}", **_RULES),
    Kind.STAGED_GLOBAL_NETWORK_POLICY: _shape(f"stagedAction {_GLOBAL_POLICY}", **_RULES),
    Kind.STAGED_KUBERNETES_NETWORK_POLICY: _shape("stagedAction podSelector ingress egress policyTypes"),
    Kind.HOST_ENDPOINT: _shape(
        "node interfaceName expectedIPs profiles ports", ports=[_shape("name protocol port", protocol=_protocol)]
    ),
    Kind.PROFILE: _shape("ingress egress labelsToApply", labelsToApply=_texts, **_RULES),
    Kind.TIER: _shape("order defaultAction"),
    Kind.NETWORK_SET: _shape("nets"),
    Kind.GLOBAL_NETWORK_SET: _shape("nets"),
    Kind.WORKLOAD_ENDPOINT: _shape(
        "orchestrator workload node containerID pod endpoint serviceAccountName ipNetworks ipNATs ipv4Gateway"
        " ipv6Gateway profiles interfaceName mac ports allowSpoofedSourcePrefixes qosControls",
        ipNATs=[_shape("internalIP externalIP")],
        ports=[_shape("name protocol port hostPort hostIP", protocol=_protocol)],
    ),
}
_POINTERS = frozenset({"icmp", "notICMP", "http", "services", "serviceAccounts"})  # an empty one still means something
_ALWAYS = frozenset({"source", "destination"})


def shaped(value: Any, shape: Shape | list[Any] | Callable[[object], object] | None) -> Any:
    """Return data in the field order of a shape, without what says nothing; unknown fields come last, as they are."""
    if isinstance(shape, list) and isinstance(value, list):
        return [shaped(item, shape[0]) for item in value]
    if isinstance(shape, Mapping) and isinstance(value, Mapping):
        return _object(value, shape)
    return shape(value) if callable(shape) and value is not None else value


def _object(value: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    spelled = {key.lower(): key for key in value}
    found: dict[str, Any] = {}
    for name, inner in shape.items():
        key = name if name in value else spelled.pop(name.lower(), "")
        given = value.get(key)
        if given is None and name in _ALWAYS:
            given = {}
        kept = shaped(given, inner)
        if name in _ALWAYS or (name in _POINTERS and given is not None) or not _says_nothing(kept):
            found[name] = kept
    known = {name.lower() for name in shape}
    return found | {key: given for key, given in value.items() if key.lower() not in known}


def _says_nothing(value: object) -> bool:
    return value is None or value is False or value in ("", [], {})
