"""What names, labels and endpoint names may look like; each check returns what is wrong, or ""."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = [
    "MAX_NAME",
    "SEGMENT_FIELDS",
    "endpoint_name",
    "is_dns_label",
    "is_dns_subdomain",
    "is_interface",
    "is_label_value",
    "is_mac",
    "is_namespace",
    "is_port_name",
    "is_qualified_name",
    "policy_name_fault",
    "segment_field",
]

MAX_NAME = 253
_MAX_PART = 63
_MAX_PORT_NAME = 15
_LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_DNS_LABEL = re.compile(_LABEL)
_DNS_SUBDOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ONE_DOT = re.compile(rf"{_LABEL}(?:\.{_LABEL})?")
_CONVERTED = re.compile(rf"(?:knp|ossg)\.default\.{_LABEL}(?:\.{_LABEL})*")
_QUALIFIED = re.compile("[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
_PORT_NAME = re.compile("[a-z0-9](?:-?[a-z0-9])*")
_INTERFACE = re.compile(r"[A-Za-z0-9_.-]{1,15}")
_PAIR, _FOUR = "[0-9a-fA-F]{2}", "[0-9a-fA-F]{4}"
_MAC = re.compile(
    "|".join(
        rf"{_PAIR}(?:{mark}{_PAIR}){{{pairs - 1}}}|{_FOUR}(?:\.{_FOUR}){{{pairs // 2 - 1}}}"
        for pairs in (6, 8, 20)
        for mark in ":-"
    )
)
SEGMENT_FIELDS = ("pod", "containerID", "workload")
"""The fields of which one, by the orchestrator, is the third part of an endpoint's name."""


def is_dns_label(text: str) -> bool:
    """Tell whether the text is a DNS label; there is no limit to its length."""
    return _DNS_LABEL.fullmatch(text) is not None


def is_dns_subdomain(text: str) -> bool:
    """Tell whether the text is DNS labels joined by dots, of at most 253 characters in all."""
    return len(text) <= MAX_NAME and _DNS_SUBDOMAIN.fullmatch(text) is not None


def is_namespace(text: str) -> bool:
    """Tell whether the text is a namespace's name: a DNS label of at most 63 characters, so that labels can say it."""
    return len(text) <= _MAX_PART and is_dns_label(text)


@lru_cache(maxsize=16384)
def is_qualified_name(text: str) -> bool:
    """Tell whether the text is a Kubernetes label key: `name` or `prefix/name`."""
    prefix, slash, name = text.rpartition("/")
    is_prefix_good = is_dns_subdomain(prefix) if slash else True
    return is_prefix_good and len(name) <= _MAX_PART and _QUALIFIED.fullmatch(name) is not None


@lru_cache(maxsize=65536)
def is_label_value(text: str) -> bool:
    """Tell whether the text is a Kubernetes label value."""
    return not text or (len(text) <= _MAX_PART and _QUALIFIED.fullmatch(text) is not None)


def is_port_name(text: str) -> bool:
    """Tell whether the text is a Kubernetes port name."""
    is_short = len(text) <= _MAX_PORT_NAME
    return is_short and _PORT_NAME.fullmatch(text) is not None and any(c.isalpha() for c in text)


def is_interface(text: str) -> bool:
    """Tell whether the text is an interface's name, or `*` for all."""
    return text == "*" or _INTERFACE.fullmatch(text) is not None


def is_mac(text: str) -> bool:
    """Tell whether the text is a hardware address of 6, 8 or 20 bytes."""
    return _MAC.fullmatch(text) is not None


def policy_name_fault(name: str, *, namespaced: bool) -> str:
    """Return why a name is none for a NetworkPolicy (namespaced) or a GlobalNetworkPolicy, or "".

    Source: api specification 3.2, rules 12 and 13.
    """
    if _ONE_DOT.fullmatch(name) or (namespaced and _CONVERTED.fullmatch(name)):
        return ""
    return "a policy's name has at most one dot" if _DNS_SUBDOMAIN.fullmatch(name) else ""


def segment_field(orchestrator: str) -> str:
    """Return the field that is the third part of an endpoint's name."""
    return {"k8s": "pod", "cni": "containerID"}.get(orchestrator, "workload")


def endpoint_name(node: str, orchestrator: str, segments: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Return the name of a workload endpoint and, by field, why there is none; the name is "" then.

    Args:
        node: the host's name.
        orchestrator: decides which other fields make the name.
        segments: `pod`, `containerID`, `workload` and `endpoint`.

    Source: Calico `libcalico-go/lib/names/workloadendpoint.go`; datastore specification 2.2.
    """
    field = segment_field(orchestrator)
    parts = {"node": node, "orchestrator": orchestrator, field: segments.get(field, "")}
    if orchestrator == "libnetwork":
        parts["workload"] = "libnetwork"
    parts["endpoint"] = segments.get("endpoint", "")
    faults = {
        name: "field should be assigned: the endpoint's name is made of it"
        if not part
        else "field must not begin or end with a '-'"
        for name, part in parts.items()
        if not part or part[0] == "-" or part[-1] == "-"
    }
    return "" if faults else "-".join(part.replace("-", "--") for part in parts.values()), faults
