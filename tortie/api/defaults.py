"""What calicoctl would store: the document with every default filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tortie.api.decoding import info_of
from tortie.api.document import Document
from tortie.api.kinds import CALICO, KindInfo
from tortie.api.names import endpoint_name
from tortie.api.policy import derived_types
from tortie.api.settings_unused import WRITTEN
from tortie.api.shapes import METADATA, SPECS, shaped
from tortie.api.tier import tier_defaults
from tortie.model import (
    DEFAULT_TIER,
    NAMESPACE_LABEL,
    ORCHESTRATOR_LABEL,
    STAGED_KINDS,
    TIERED_KINDS,
    Kind,
    StagedAction,
)

__all__ = ["TIER_LABEL", "defaulted"]

TIER_LABEL = "projectcalico.org/tier"


def defaulted(document: Document, *, namespace: str = "") -> dict[str, Any]:
    """Return a new document in Calico's field order, with defaults filled in and nothing that says nothing.

    Values stay as they were written; a document with problems has them still. Kubernetes documents only get their
    namespace.

    Args:
        document: to be stored.
        namespace: of a resource that names none itself.

    Raises:
        Invalid: the kind is missing or not one that Tortie reads.

    Source: api specification 4.1 to 4.4; calicoctl specification 16.
    """
    info = info_of(document)
    data = {key.lower(): value for key, value in document.data.items()} | dict(document.data)
    metadata = shaped(_object(data.get("metadata")), METADATA)
    if info.namespaced and not metadata.get("namespace") and namespace:
        metadata = shaped({**metadata, "namespace": namespace}, METADATA)
    if document.api_version != CALICO:
        return {"kind": document.kind, "apiVersion": document.api_version, "metadata": metadata} | {
            key: value for key, value in document.data.items() if key.lower() not in {"kind", "apiversion", "metadata"}
        }
    spec = shaped(_object(data.get("spec")), SPECS.get(info.kind))
    metadata, spec = _filled(info, metadata, spec)
    found = {"kind": document.kind, "apiVersion": CALICO, "metadata": shaped(metadata, METADATA)}
    found["spec"] = shaped(spec, SPECS.get(info.kind))
    return found | ({"status": data["status"]} if data.get("status") else {})


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _filled(info: KindInfo, metadata: dict[str, Any], spec: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    if info.kind in STAGED_KINDS:
        spec = {"stagedAction": str(StagedAction.SET), **spec}
    if info.kind in TIERED_KINDS:
        tier = spec.get("tier") or DEFAULT_TIER
        return _labelled(metadata, {TIER_LABEL: tier}), {"tier": tier, **spec, "types": _types(spec)}
    if info.kind is Kind.TIER:
        order, action = tier_defaults(str(metadata.get("name", "")))
        return metadata, {"order": int(order), "defaultAction": str(action), **spec}
    if info.kind is Kind.FELIX_CONFIGURATION:
        return metadata, {**WRITTEN, **spec}
    if info.kind is Kind.WORKLOAD_ENDPOINT:
        return _endpoint_metadata(metadata, spec), spec
    return metadata, spec


def _types(spec: Mapping[str, Any]) -> list[str] | None:
    """Return the types of a policy, derived where it names none; None where it is staged to delete."""
    if spec.get("stagedAction") == str(StagedAction.DELETE):
        return None
    types = derived_types(ingress=bool(spec.get("ingress")), egress=bool(spec.get("egress")))
    return spec.get("types") or [str(direction) for direction in types]


def _labelled(metadata: dict[str, Any], labels: Mapping[str, Any]) -> dict[str, Any]:
    return {**metadata, "labels": {**_object(metadata.get("labels")), **labels}}


def _endpoint_metadata(metadata: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    words = {name: value for name, value in spec.items() if isinstance(value, str)}
    orchestrator = words.get("orchestrator", "")
    name, _ = endpoint_name(words.get("node", ""), orchestrator, words)
    labels = {NAMESPACE_LABEL: metadata.get("namespace", ""), ORCHESTRATOR_LABEL: orchestrator}
    return _labelled({"name": name, **metadata} if name else metadata, labels)
