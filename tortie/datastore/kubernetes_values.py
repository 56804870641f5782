"""Documents as custom resources, and back. Pure.

In the older group, `crd.projectcalico.org/v1`, most of a document's metadata lies in an annotation, so that the API
server does not act on it; a uid is turned; names of policies may be those of older versions: `default.web` for `web`.
In the newer one, documents are stored as they are.

Source: datastore specification 9, 10.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tortie.api import CALICO, RENAMED_KINDS
from tortie.api.uids import converted_uid
from tortie.datastore.etcd_values import FORMER_PREFIX, NAME_ANNOTATION
from tortie.datastore.kubernetes_kinds import document_kind
from tortie.datastore.kubernetes_settings import API_GROUPS
from tortie.errors import Invalid
from tortie.model import DEFAULT_TIER, Key

__all__ = ["custom_resource", "document_of_resource", "former_name", "is_same"]

OLD_GROUP = API_GROUPS[0]
Document = dict[str, Any]
_OURS = ("projectcalico.org/", "operator.tigera.io/")
_SERVERS = ("resourceVersion", "selfLink", "managedFields", "uid", "namespace")
_KEPT = ("finalizers", "ownerReferences")


def custom_resource(key: Key, value: bytes, group: str, current: Mapping[str, Any] | None = None) -> Document:
    """Return the resource that stores a document.

    Args:
        key: its name there.
        value: the document, as JSON.
        group: under which it is stored.
        current: the resource that it replaces: what the API server and others keep there stays.

    Raises:
        Invalid: the value is no document.
    """
    document = _document(key, value)
    given = document["metadata"]
    metadata: Document = {"name": key.name, **({"namespace": key.namespace} if key.namespace else {})}
    before = current["metadata"] if current is not None else {}
    metadata |= {name: before[name] for name in ("resourceVersion", *_KEPT) if before.get(name)}
    if group == OLD_GROUP:
        metadata |= _hidden(key, given)
    else:
        metadata |= {name: given[name] for name in ("labels", "annotations") if given.get(name)}
    rest = {name: content for name, content in document.items() if name not in {"kind", "apiVersion", "metadata"}}
    return {"kind": document_kind(key.kind, group), "apiVersion": group, "metadata": metadata, **rest}


def document_of_resource(key: Key, resource: Mapping[str, Any], group: str) -> Document:
    """Return the document that a resource stores, under the name that people give it."""
    found = dict(resource["metadata"])
    metadata = _shown(key, found, resource) if group == OLD_GROUP else found
    for name in ("resourceVersion", "selfLink", "managedFields"):
        metadata.pop(name, None)
    rest = {name: content for name, content in resource.items() if name not in {"kind", "apiVersion", "metadata"}}
    return {"kind": str(key.kind), "apiVersion": CALICO, "metadata": metadata, **rest}


def former_name(key: Key) -> str:
    """Return the name that older versions gave the resource of a policy; "" where they gave it the same."""
    return FORMER_PREFIX + key.name if key.kind in RENAMED_KINDS and "." not in key.name else ""


def is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two resources say the same but for what the API server adds."""
    return _said(one) == _said(other)


def _said(resource: Mapping[str, Any]) -> tuple[object, ...]:
    metadata = resource["metadata"]
    return resource.get("spec") or {}, metadata.get("labels") or {}, metadata.get("annotations") or {}


def _hidden(key: Key, given: Mapping[str, Any]) -> Document:
    """Return the metadata that a resource of the older group gets: nearly all of it in one annotation."""
    told = {name: content for name, content in given.items() if name not in _SERVERS and content}
    if key.kind in RENAMED_KINDS:
        told["name"] = given.get("name") or key.name
    else:
        told.pop("name", None)
    if owners := _list(given.get("ownerReferences")):
        told["ownerReferences"] = [_owner(owner, CALICO, OLD_GROUP) for owner in owners]
    annotations = {**_theirs(given.get("annotations")), NAME_ANNOTATION: json.dumps(told, separators=(",", ":"))}
    labels = _theirs(given.get("labels"))
    return {**({"labels": labels} if labels else {}), "annotations": annotations}


def _theirs(pairs: object) -> dict[str, str]:
    """Return the labels or annotations that Kubernetes too gets to see."""
    found = pairs.items() if isinstance(pairs, dict) else ()
    return {name: value for name, value in found if any(word in name for word in _OURS)}


def _shown(key: Key, found: Document, resource: Mapping[str, Any]) -> Document:
    """Return the metadata of a resource of the older group as people write it."""
    found["uid"] = converted_uid(str(found.get("uid") or ""))
    annotations = dict(found.get("annotations") or {})
    told = _told(annotations.get(NAME_ANNOTATION))
    if told is None:
        return _without_empty(found)
    del annotations[NAME_ANNOTATION]
    metadata = {name: content for name, content in told.items() if name not in _SERVERS and content}
    metadata |= {name: found[name] for name in ("namespace", "uid") if found.get(name)}
    metadata["name"] = _name(key, str(told.get("name") or ""), str(found["name"]), resource)
    metadata["creationTimestamp"] = told.get("creationTimestamp") or found.get("creationTimestamp")
    metadata["labels"] = {**(found.get("labels") or {}), **_pairs(told.get("labels"))}
    metadata["annotations"] = {**annotations, **_pairs(told.get("annotations"))}
    if owners := _list(told.get("ownerReferences")):
        metadata["ownerReferences"] = [_owner(_owner(owner, OLD_GROUP, CALICO), CALICO, CALICO) for owner in owners]
    return _without_empty(metadata)


def _name(key: Key, told: str, stored: str, resource: Mapping[str, Any]) -> str:
    if key.kind not in RENAMED_KINDS:
        return stored
    tier = _pairs(resource.get("spec")).get("tier")
    return told or (stored.removeprefix(FORMER_PREFIX) if tier in (None, "", DEFAULT_TIER) else stored)


def _told(annotation: object) -> dict[str, Any] | None:
    """Return what the annotation tells; None where there is none, or it cannot be read."""
    try:
        found = json.loads(annotation) if isinstance(annotation, str) else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _pairs(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _owner(owner: object, before: str, after: str) -> object:
    """Return an owner reference as another group has it: only those to Calico's resources change."""
    if not isinstance(owner, dict) or owner.get("apiVersion") != before or before == after:
        return owner
    return {**owner, "apiVersion": after, "uid": converted_uid(str(owner.get("uid") or ""))}


def _without_empty(metadata: Document) -> Document:
    return {name: content for name, content in metadata.items() if content}


def _document(key: Key, value: bytes) -> Document:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("metadata"), dict):
        raise Invalid.because(f"what is to be stored under {key} is no document")
    return found
