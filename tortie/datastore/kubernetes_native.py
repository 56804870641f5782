"""Kubernetes' own objects as documents, without what says nothing of policy. Pure.

A pod's environment may hold secrets, and an agent keeps the last good state on its disk: of pods only those fields are
kept that make an endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tortie.api import KIND_INFO
from tortie.model import Kind

__all__ = ["native_document"]

_NOISE = ("managedFields", "selfLink", "resourceVersion")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_POD_METADATA = ("name", "namespace", "uid", "labels", "creationTimestamp", "deletionTimestamp", "generateName")
_POD_ANNOTATIONS = ("projectcalico.org/", "tortie", "k8s.v1.cni.cncf.io/", "vpc.amazonaws.com/", "kubernetes.io/")
_POD_SPEC = ("nodeName", "hostNetwork", "serviceAccountName")
_POD_STATUS = ("phase", "podIP", "podIPs")
_CONTAINERS = ("containers", "initContainers")


def native_document(kind: Kind, item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document of an object, whose kind and version a listing leaves out."""
    metadata = {name: content for name, content in item["metadata"].items() if name not in _NOISE}
    annotations = {name: text for name, text in (metadata.get("annotations") or {}).items() if name != _LAST_APPLIED}
    info = KIND_INFO[kind]
    heading = {"kind": info.document_kind, "apiVersion": info.api_version}
    if kind is Kind.POD:
        return {**heading, **_pod(metadata, annotations, item)}
    metadata.pop("annotations", None)
    rest = {name: content for name, content in item.items() if name not in {"kind", "apiVersion", "metadata"}}
    return {**heading, "metadata": metadata | ({"annotations": annotations} if annotations else {}), **rest}


def _pod(metadata: Mapping[str, Any], annotations: Mapping[str, str], item: Mapping[str, Any]) -> dict[str, Any]:
    spec, status = item.get("spec") or {}, item.get("status") or {}
    kept = {name: text for name, text in annotations.items() if any(word in name for word in _POD_ANNOTATIONS)}
    containers = {
        name: [{part: each[part] for part in ("name", "ports") if each.get(part)} for each in spec[name]]
        for name in _CONTAINERS
        if spec.get(name)
    }
    return {
        "metadata": {**_some(metadata, _POD_METADATA), **({"annotations": kept} if kept else {})},
        "spec": {**_some(spec, _POD_SPEC), **containers},
        "status": _some(status, _POD_STATUS),
    }


def _some(fields: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: fields[name] for name in names if fields.get(name)}
