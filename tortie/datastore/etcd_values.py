"""Documents as they stand in etcd, and back. Pure.

The store's callers see documents as people write them. In etcd a policy also bears its name in an annotation, as keys
of older versions are longer than the name: `default.web` for `web`. A value that is no document stays as it is, so
that whoever reads it can name it.

Source: datastore specification 3.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tortie.api import CALICO, RENAMED_KINDS
from tortie.model import DEFAULT_TIER, Key

__all__ = ["former_key", "is_former", "shown", "stored"]

NAME_ANNOTATION = "projectcalico.org/metadata"
FORMER_PREFIX = f"{DEFAULT_TIER}."
"""What versions before 3.32 put before the names of policies in the default tier."""

_FIRST = ("kind", "apiVersion", "metadata")
_FIRST_METADATA = ("name", "namespace", "uid", "creationTimestamp", "labels", "annotations")
_NEVER_STORED = frozenset({"resourceVersion", "selfLink"})
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def stored(key: Key, value: bytes) -> bytes:
    """Return the value that etcd gets: fields in the reference system's order, its escapes, a policy's annotation."""
    document = _document(value)
    if document is None:
        return value
    metadata = {name: content for name, content in document["metadata"].items() if name not in _NEVER_STORED}
    if key.kind in RENAMED_KINDS:
        name = metadata.get("name") or key.name
        metadata["annotations"] = {**(metadata.get("annotations") or {}), NAME_ANNOTATION: _dump({"name": name})}
    for field in ("labels", "annotations"):
        if isinstance(metadata.get(field), dict):
            metadata[field] = dict(sorted(metadata[field].items()))
    document = {**document, "apiVersion": CALICO, "metadata": _ordered(metadata, _FIRST_METADATA)}
    return _dump(_ordered(document, _FIRST)).translate(_ESCAPES).encode(errors="backslashreplace")


def shown(key: Key, value: bytes) -> bytes:
    """Return what a value from etcd means: a policy under its own name, without the annotation."""
    if key.kind not in RENAMED_KINDS:
        return value
    document = _document(value)
    if document is None:
        return value
    metadata = document["metadata"]
    annotations = metadata.get("annotations")
    told = annotations.pop(NAME_ANNOTATION, None) if isinstance(annotations, dict) else None
    if told is not None and not annotations:
        del metadata["annotations"]
    if name := _told_name(told) or _plain_name(document):
        metadata["name"] = name
    return _dump(document).encode(errors="backslashreplace")


def former_key(key: Key) -> Key | None:
    """Return the key that older versions gave the policy of that name; None where they gave it the same."""
    if key.kind not in RENAMED_KINDS or "." in key.name:
        return None
    return Key(key.kind, key.namespace, FORMER_PREFIX + key.name)


def is_former(key: Key, value: bytes) -> bool:
    """Tell whether a value from etcd, found at the former key of `key`, is the policy that `key` names."""
    document = _document(shown(key, value))
    return document is not None and document["metadata"].get("name") == key.name


def _document(value: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    whole = isinstance(found, dict) and isinstance(found.get("metadata"), dict)
    return found if whole else None


def _told_name(annotation: object) -> str:
    """Return the name that the annotation tells, "" where it tells none."""
    try:
        found = json.loads(annotation) if isinstance(annotation, str) else None
    except (ValueError, RecursionError):
        return ""
    name = found.get("name") if isinstance(found, dict) else None
    return name if isinstance(name, str) else ""


def _plain_name(document: Mapping[str, Any]) -> object:
    """Return the name of a policy that no annotation tells: in the default tier without the former prefix."""
    name = document["metadata"].get("name")
    spec = document.get("spec")
    tier = spec.get("tier") if isinstance(spec, dict) else None
    if isinstance(name, str) and tier in (None, "", DEFAULT_TIER):
        return name.removeprefix(FORMER_PREFIX)
    return name


def _ordered(fields: Mapping[str, Any], first: tuple[str, ...]) -> dict[str, Any]:
    return {**{name: fields[name] for name in first if name in fields}, **fields}


def _dump(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)
