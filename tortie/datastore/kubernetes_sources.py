"""What is read of a Kubernetes API: which objects, and the records that they become. Pure.

Most kinds are read as they are. Profiles are made of namespaces and service accounts, endpoints of pods.

Source: datastore specification 12.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tortie.datastore.kubernetes_kinds import CUSTOM_KINDS, DERIVED_KINDS
from tortie.datastore.kubernetes_native import native_document
from tortie.datastore.kubernetes_node import node_document
from tortie.datastore.kubernetes_values import document_of_resource
from tortie.datastore.protocol import Record
from tortie.errors import Expired, Invalid, NotFound, Unavailable
from tortie.model import KUBERNETES_POLICY_PREFIX, NAMESPACED_KINDS, Key, Kind

__all__ = ["Source", "dump", "joined_revision", "source_key", "sources_of", "split_revision"]

_SEGMENT = re.compile(r"(?:--|[^-])+")
_SEGMENTS = 4
_POD_SEGMENT = 2


@dataclass(frozen=True, slots=True)
class Source:
    """One type of objects, `of`, that records of `kind` are made of; `place` says which part of a revision is theirs.

    `place` is 0 or 1 where a revision has two parts, else None.
    """

    kind: Kind
    of: Kind
    place: int | None = None

    def revision(self, version: str) -> str:
        """Return the revision of a record whose object has that version."""
        return version if self.place is None else f"{version}/" if self.place == 0 else f"/{version}"

    def record(self, item: Mapping[str, Any], group: str) -> Record | None:
        """Return the record that an object becomes, None where it becomes none; raises Unavailable for no object."""
        metadata = item.get("metadata")
        if not (isinstance(metadata, Mapping) and metadata.get("name")):
            raise Unavailable("the Kubernetes API tells of an object that has no name")
        key = Key(self.of, metadata.get("namespace", "") if self.of in NAMESPACED_KINDS else "", metadata["name"])
        if self.of in CUSTOM_KINDS:
            document = document_of_resource(key, item, group)
        elif self.of is Kind.NODE:
            document = node_document(item)
        else:
            document = native_document(self.of, item)
        if self.kind is not self.of:
            from tortie.datastore.controllers import made_of  # noqa: PLC0415 - it needs all that understands documents

            try:
                key, document = made_of(key, document)
            except Invalid:
                return None
        return Record(key, dump(document), self.revision(str(metadata.get("resourceVersion") or "")))


def sources_of(kind: Kind) -> tuple[Source, ...]:
    """Return what a kind is read from."""
    made = DERIVED_KINDS.get(kind, (kind,))
    return tuple(Source(kind, of, place if len(made) > 1 else None) for place, of in enumerate(made))


def source_key(key: Key) -> tuple[Source, Key]:
    """Return what a resource is read from, and the key of that; raises NotFound where no object could become it."""
    name = key.name
    if key.kind is Kind.PROFILE:
        namespace, dot, account = name.removeprefix("ksa.").partition(".")
        if name.startswith("kns.") and len(name) > len("kns."):
            return Source(key.kind, Kind.NAMESPACE, 0), Key(Kind.NAMESPACE, "", name.removeprefix("kns."))
        if name.startswith("ksa.") and namespace and dot and account:
            return Source(key.kind, Kind.SERVICE_ACCOUNT, 1), Key(Kind.SERVICE_ACCOUNT, namespace, account)
        raise NotFound(f"{key} does not exist: a profile is made of a namespace (kns.) or service account (ksa.)")
    if key.kind is Kind.WORKLOAD_ENDPOINT:
        parts = [part.replace("--", "-") for part in _SEGMENT.findall(name)]
        if len(parts) != _SEGMENTS:
            raise NotFound(f"{key} does not exist: malformed name, unable to determine the pod")
        return Source(key.kind, Kind.POD), Key(Kind.POD, key.namespace, parts[_POD_SEGMENT])
    made_of = name.removeprefix(KUBERNETES_POLICY_PREFIX)
    if key.kind is Kind.NETWORK_POLICY and made_of not in ("", name):
        of = Kind.KUBERNETES_NETWORK_POLICY
        return Source(key.kind, of), Key(of, key.namespace, made_of)
    return Source(key.kind, key.kind), key


def split_revision(revision: str) -> tuple[str, str]:
    """Return the two parts of a revision of profiles; raises Expired where it is none."""
    first, slash, second = revision.partition("/")
    if not slash or "/" in second:
        raise Expired(f"`{revision}` is not a revision of profiles; list again")
    return first, second


def joined_revision(parts: list[str]) -> str:
    """Return the revision of a listing whose parts have those."""
    return "/".join(parts)


def dump(document: Mapping[str, Any]) -> bytes:
    """Return a document as the bytes of a record; half of a surrogate pair, which JSON can say, stays an escape."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode(errors="backslashreplace")
