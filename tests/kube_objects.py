"""The objects of the API server that tests run: versions, listings of a snapshot, changes. It knows nothing of us."""

from __future__ import annotations

import base64
import json
import re
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

__all__ = ["CALICO_TYPES", "CORE_TYPES", "Objects", "Refusal", "Type", "calico_types", "discovery", "gone"]

Object = dict[str, Any]
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_FIXED = ("uid", "creationTimestamp", "generation", "deletionTimestamp")


@dataclass(frozen=True, slots=True)
class Type:
    """A type of objects: where it is, and what it is called there."""

    version: str
    plural: str
    kind: str
    namespaced: bool
    has_status: bool = False

    @property
    def qualified(self) -> str:
        """Its plural as messages have it, with the group where there is one."""
        group = self.version.partition("/")[0] if "/" in self.version else ""
        return f"{self.plural}.{group}" if group else self.plural


CORE_TYPES = (
    Type("v1", "namespaces", "Namespace", namespaced=False, has_status=True),
    Type("v1", "nodes", "Node", namespaced=False, has_status=True),
    Type("v1", "pods", "Pod", namespaced=True, has_status=True),
    Type("v1", "serviceaccounts", "ServiceAccount", namespaced=True),
    Type("v1", "services", "Service", namespaced=True, has_status=True),
    Type("discovery.k8s.io/v1", "endpointslices", "EndpointSlice", namespaced=True),
    Type("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", namespaced=True),
)
_CLUSTER = """GlobalNetworkPolicy/globalnetworkpolicies StagedGlobalNetworkPolicy/stagedglobalnetworkpolicies
GlobalNetworkSet/globalnetworksets Tier/tiers HostEndpoint/hostendpoints FelixConfiguration/felixconfigurations
ClusterInformation/clusterinformations KubeControllersConfiguration/kubecontrollersconfigurations
CalicoNodeStatus/caliconodestatuses BGPConfiguration/bgpconfigurations BGPPeer/bgppeers BGPFilter/bgpfilters
IPPool/ippools IPReservation/ipreservations IPAMConfig/ipamconfigs"""
_NAMESPACED = """NetworkPolicy/networkpolicies StagedNetworkPolicy/stagednetworkpolicies
StagedKubernetesNetworkPolicy/stagedkubernetesnetworkpolicies NetworkSet/networksets"""


def calico_types(version: str) -> tuple[Type, ...]:
    """Return what Calico's resource definitions bring, under a group and version."""
    listed = [(each, False) for each in _CLUSTER.split()] + [(each, True) for each in _NAMESPACED.split()]
    return tuple(
        Type(version, plural, kind, namespaced=namespaced)
        for each, namespaced in listed
        for kind, plural in [each.split("/")]
    )


CALICO_TYPES = calico_types("crd.projectcalico.org/v1")


def discovery(types: Sequence[Type], path: str) -> Object | None:
    """Return what a server says of itself at a path; None where it says nothing there."""
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    versions = [each.version for each in types if "/" in each.version]
    if path == "/apis":
        groups = dict.fromkeys(version.partition("/")[0] for version in versions)
        listed = {name: [each for each in dict.fromkeys(versions) if each.startswith(f"{name}/")] for name in groups}
        said = {
            name: [{"groupVersion": each, "version": each.partition("/")[2]} for each in found]
            for name, found in listed.items()
        }
        shown = [{"name": name, "versions": each, "preferredVersion": each[0]} for name, each in said.items()]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": shown}
    version = path.removeprefix("/apis/").removeprefix("/api/")
    found = [each for each in types if each.version == version]
    verbs = ["create", "delete", "get", "list", "update", "watch"]
    resources = [
        {"name": each.plural, "singularName": "", "namespaced": each.namespaced, "kind": each.kind, "verbs": verbs}
        for each in found
    ]
    listing = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources}
    return listing if found else None


class Refusal(Exception):  # noqa: N818 - it is an answer
    """A Status that is not success."""

    def __init__(self, code: int, reason: str, message: str, details: Object | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "details": details or {},
            "code": code,
        }


def gone() -> Refusal:
    return Refusal(410, "Expired", "The provided resource version is too old: required revision has been compacted")


@dataclass(frozen=True, slots=True)
class _Event:
    version: int
    type: Type
    what: str
    object: Object
    key: tuple[str, str]
    old: Object | None


class Objects:
    """The objects of a server, and their changes."""

    def __init__(self, types: tuple[Type, ...] = (*CORE_TYPES, *CALICO_TYPES)) -> None:
        self.types = list(types)
        self.changed = threading.Condition()  # guards all below
        self.version = 1000
        self.kept_from = 1000
        self.objects: dict[tuple[Type, str, str], Object] = {}
        self.events: list[_Event] = []

    # --- what a test does as somebody else -------------------------------------------------------------------------

    def type_of(self, plural: str, version: str = "") -> Type:
        return next(each for each in self.types if each.plural == plural and version in ("", each.version))

    def put(self, plural: str, document: Object, version: str = "") -> Object:
        """Create an object, or replace it whatever its version."""
        kind = self.type_of(plural, version)
        metadata = document["metadata"]
        key = (kind, metadata.get("namespace", ""), metadata["name"])
        with self.changed:
            old = self.objects.get(key)
            if old is None:
                return self.create(kind, key[1], document)
            fresh = {**document, "metadata": {**metadata, "resourceVersion": old["metadata"]["resourceVersion"]}}
            return self.update(kind, key[1], key[2], fresh, status=False)

    def remove(self, plural: str, name: str, namespace: str = "") -> Object:
        with self.changed:
            return self.delete(self.type_of(plural), namespace, name, {})

    def namespace(self, *names: str) -> None:
        for name in names:
            self.put("namespaces", {"metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}}})

    def compact(self) -> None:
        """Forget every change so far."""
        with self.changed:
            self.kept_from = self.version
            self.events.clear()

    # --- objects; all of it with `changed` held ----------------------------------------------------------------------

    def create(self, kind: Type, namespace: str, given: Object) -> Object:
        metadata = dict(given.get("metadata") or {})
        self._check_new(kind, namespace, metadata)
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = f"{metadata['generateName']}{uuid.uuid4().hex[:5]}"
        name = str(metadata.get("name") or "")
        if not _NAME.fullmatch(name) or len(name) > 253:
            self._refuse_field(kind, name, "metadata.name", f'Invalid value: "{name}": must be a DNS-1123 subdomain')
        if (kind, namespace, name) in self.objects:
            details = {"name": name, "kind": kind.plural}
            raise Refusal(409, "AlreadyExists", f'{kind.qualified} "{name}" already exists', details)
        metadata |= {
            "uid": str(uuid.uuid4()),
            "creationTimestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "generation": 1,
            **({"namespace": namespace} if kind.namespaced else {}),
        }
        made = {**given, "apiVersion": kind.version, "kind": kind.kind, "metadata": metadata}
        return self._keep(kind, namespace, name, made, "ADDED")

    def update(self, kind: Type, namespace: str, name: str, given: Object, *, status: bool) -> Object:
        old = self.existing(kind, namespace, name)
        metadata = dict(given.get("metadata") or {})
        if str(metadata.get("name") or "") != name:
            what = f"the name of the object ({metadata.get('name')}) does not match the name on the URL ({name})"
            raise Refusal(400, "BadRequest", what)
        version = str(metadata.get("resourceVersion") or "")
        if not version:
            self._refuse_field(
                kind, name, "metadata.resourceVersion", "Invalid value: 0x0: must be specified for an update"
            )
        if version != old["metadata"]["resourceVersion"]:
            what = "the object has been modified; please apply your changes to the latest version and try again"
            details = {"name": name, "kind": kind.plural}
            raise Refusal(
                409, "Conflict", f'Operation cannot be fulfilled on {kind.qualified} "{name}": {what}', details
            )
        if metadata.get("uid") not in (None, "", old["metadata"]["uid"]):
            what = f"Precondition failed: UID in precondition: {metadata['uid']}, UID in object meta: …"
            raise Refusal(409, "Conflict", f'Operation cannot be fulfilled on {kind.qualified} "{name}": {what}')
        metadata |= {key: old["metadata"][key] for key in _FIXED if key in old["metadata"]}
        metadata |= {"namespace": namespace} if kind.namespaced else {}
        made = {**given, "apiVersion": kind.version, "kind": kind.kind, "metadata": metadata}
        if status:
            made["spec"] = old.get("spec", {})
        elif kind.has_status and "status" in old:
            made["status"] = old["status"]
        return self._keep(kind, namespace, name, made, "MODIFIED")

    def delete(self, kind: Type, namespace: str, name: str, options: Object) -> Object:
        old = self.existing(kind, namespace, name)
        for field_name, wanted in (options.get("preconditions") or {}).items():
            if wanted != old["metadata"].get(field_name):
                what = f"Precondition failed: {field_name} in precondition: {wanted}"
                raise Refusal(409, "Conflict", f'Operation cannot be fulfilled on {kind.qualified} "{name}": {what}')
        if old["metadata"].get("finalizers"):
            marked = {**old["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}
            return self._keep(kind, namespace, name, {**old, "metadata": marked}, "MODIFIED")
        return self._keep(kind, namespace, name, old, "DELETED")

    def existing(self, kind: Type, namespace: str, name: str) -> Object:
        found = self.objects.get((kind, namespace, name))
        if found is None:
            details = {"name": name, "kind": kind.plural}
            raise Refusal(404, "NotFound", f'{kind.qualified} "{name}" not found', details)
        return found

    def listing(self, kind: Type, namespace: str, query: Mapping[str, str]) -> Object:
        start, at = ("", ""), self.version
        if token := query.get("continue"):
            try:
                at, *after = json.loads(base64.b64decode(token, validate=True))
                start = (str(after[0]), str(after[1]))
            except (ValueError, TypeError, IndexError):
                raise Refusal(400, "BadRequest", "continue key is not valid") from None
        elif query.get("resourceVersionMatch") == "Exact":
            at = int(query["resourceVersion"])
        if at > self.version:
            raise Refusal(500, "InternalError", "etcdserver: mvcc: required revision is a future revision")
        if at < self.kept_from:
            raise gone()
        found = sorted(self._as_of(kind, at), key=lambda pair: "/".join(pair[0]))
        found = [
            (key, each)
            for key, each in found
            if namespace in ("", key[0]) and (start == ("", "") or "/".join(key) > "/".join(start))
        ]
        metadata: Object = {"resourceVersion": str(at)}
        limit = int(query.get("limit") or 0)
        if 0 < limit < len(found):
            last = found[limit - 1][0]
            metadata |= {
                "continue": base64.b64encode(json.dumps([at, *last]).encode()).decode(),
                "remainingItemCount": len(found) - limit,
            }
            found = found[:limit]
        bare = [{key: value for key, value in each.items() if key not in {"kind", "apiVersion"}} for _, each in found]
        is_core = kind.version == "v1" or "k8s.io" in kind.version  # a listing of custom resources says it of each
        items = bare if is_core else [each for _, each in found]
        return {"kind": f"{kind.kind}List", "apiVersion": kind.version, "metadata": metadata, "items": items}

    def _as_of(self, kind: Type, at: int) -> Iterator[tuple[tuple[str, str], Object]]:
        now = {key[1:]: each for key, each in self.objects.items() if key[0] == kind}
        for event in reversed(self.events):
            if event.version <= at:
                break
            if event.type == kind:
                if event.old is None:
                    now.pop(event.key, None)
                else:
                    now[event.key] = event.old
        yield from now.items()

    def _keep(self, kind: Type, namespace: str, name: str, made: Object, what: str) -> Object:
        self.version += 1
        key = (kind, namespace, name)
        old = self.objects.get(key)
        made = json.loads(json.dumps({**made, "metadata": {**made["metadata"], "resourceVersion": str(self.version)}}))
        if what == "DELETED":
            del self.objects[key]
        else:
            self.objects[key] = made
        self.events.append(_Event(self.version, kind, what, made, (namespace, name), old))
        self.changed.notify_all()
        return made

    def _check_new(self, kind: Type, namespace: str, metadata: Object) -> None:
        if metadata.get("resourceVersion"):
            raise Refusal(400, "BadRequest", "resourceVersion should not be set on objects to be created")
        if metadata.get("namespace", namespace) != namespace:
            raise Refusal(400, "BadRequest", "the namespace of the provided object does not match the namespace sent")
        spaces = self.type_of("namespaces", "v1")
        if kind.namespaced and (spaces, "", namespace) not in self.objects:
            details = {"name": namespace, "kind": "namespaces"}
            raise Refusal(404, "NotFound", f'namespaces "{namespace}" not found', details)

    def _refuse_field(self, kind: Type, name: str, where: str, what: str) -> None:
        details = {"name": name, "kind": kind.kind, "causes": [{"field": where, "message": what}]}
        raise Refusal(422, "Invalid", f'{kind.kind} "{name}" is invalid: {where}: {what}', details)
