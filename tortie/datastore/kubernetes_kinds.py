"""Where resources live in a Kubernetes API: kinds to paths. Pure.

Source: datastore specification 9, 12.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

from tortie.api import KIND_INFO, KINDS
from tortie.datastore.kubernetes_settings import API_GROUPS
from tortie.errors import Invalid
from tortie.model import NAMESPACED_KINDS, Key, Kind

__all__ = ["CUSTOM_KINDS", "DERIVED_KINDS", "NATIVE_KINDS", "collection_path", "document_kind", "resource_path"]

DERIVED_KINDS: Mapping[Kind, tuple[Kind, ...]] = MappingProxyType(
    {Kind.PROFILE: (Kind.NAMESPACE, Kind.SERVICE_ACCOUNT), Kind.WORKLOAD_ENDPOINT: (Kind.POD,)}
)
"""Kinds that nobody stores, and what they are made of."""

NATIVE_KINDS = frozenset({*(info.kind for info in KINDS if not info.is_calico), Kind.NODE})
"""Kinds that belong to Kubernetes; a node bears what Calico says of it in annotations."""

CUSTOM_KINDS = frozenset(info.kind for info in KINDS) - NATIVE_KINDS - DERIVED_KINDS.keys()
"""Kinds that are stored as custom resources."""

_OLD = API_GROUPS[0]
_IPAM = ("IPAMConfig", "ipamconfigs")  # as the older group calls it
_NODES = "v1"


def collection_path(kind: Kind, group: str, namespace: str = "") -> str:
    """Return the path of all resources of a kind, of one namespace where given.

    Args:
        kind: stored as such; of a derived one, ask for what it is made of.
        group: and version, under which Calico's kinds are stored.
        namespace: "" for all of them.
    """
    version = group if kind in CUSTOM_KINDS else _NODES if kind is Kind.NODE else KIND_INFO[kind].api_version
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    within = f"/namespaces/{namespace}" if namespace else ""
    plural = _IPAM[1] if kind is Kind.IPAM_CONFIGURATION and group == _OLD else KIND_INFO[kind].plural
    return f"{root}{within}/{plural}"


def resource_path(key: Key, group: str) -> str:
    """Return the path of one resource; raises Invalid where its name can be none."""
    if any("/" in part or "%" in part or "?" in part or part in {".", ".."} for part in (key.namespace, key.name)):
        raise Invalid.because(f"{key} cannot be a name in Kubernetes", mend="leave out `/` and `%`")
    namespace = quote(key.namespace, safe="") if key.kind in NAMESPACED_KINDS else ""
    return f"{collection_path(key.kind, group, namespace)}/{quote(key.name, safe='')}"


def document_kind(kind: Kind, group: str) -> str:
    """Return the word that a custom resource of a kind bears."""
    return _IPAM[0] if kind is Kind.IPAM_CONFIGURATION and group == _OLD else str(kind)
