"""Objects of one Kubernetes API: where Calico's are, one, all of a type, and whether a revision still counts."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tortie.datastore.kubernetes_calls import Absent, KubernetesCalls
from tortie.datastore.kubernetes_kinds import CUSTOM_KINDS, collection_path, resource_path
from tortie.datastore.kubernetes_settings import API_GROUPS, KubernetesSettings
from tortie.datastore.paging import number
from tortie.errors import Expired, Invalid, Unavailable
from tortie.model import Key, Kind

__all__ = ["NOWHERE", "Objects", "Part", "decoded"]

PAGE = 500  # objects asked for at once
RESTARTS = 3  # of a listing whose snapshot was forgotten before it was whole
NOWHERE = "0"
"""The revision of a type that is not installed; no object ever has it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Objects of a listing, and the version that it is of; `more` asks for the next ones."""

    items: Sequence[Mapping[str, Any]]
    version: str
    more: str = ""


class Objects:
    """Reads from one API server. Safe to use from several threads."""

    def __init__(self, settings: KubernetesSettings) -> None:
        """Check the settings; raises Invalid."""
        self.calls = KubernetesCalls(settings)
        self._guard = threading.Lock()  # of the next lines
        self._group = settings.api_group
        self._seen: set[Kind] = set()

    @property
    def group(self) -> str:
        """Return the group and version that Calico's resources are stored under; raises Unavailable.

        Where a server has both groups, the newer one is another server in front of the older. Source: datastore
        specification 9.
        """
        with self._guard:
            if not self._group:
                old, new = API_GROUPS
                groups = self._groups()
                self._group = new if groups and old.partition("/")[0] not in groups else old
            return self._group

    def get(self, key: Key) -> dict[str, Any]:
        """Return the object that is stored as such under a key; raises NotFound, Unavailable."""
        return decoded(self.calls.get(self.path(key)))

    def path(self, key: Key) -> str:
        """Return the path of one object; raises Invalid, Unavailable."""
        return resource_path(key, self._group_of(key.kind))

    def collection(self, kind: Kind, namespace: str = "") -> str:
        """Return the path of all objects of a type; raises Unavailable."""
        return collection_path(kind, self._group_of(kind), namespace)

    def all(self, kind: Kind, namespace: str = "") -> Part:
        """Return all objects of a type, as of one version; raises Expired, Unavailable."""
        for _ in range(RESTARTS):
            try:
                part = self.page(kind, namespace, PAGE)
                items = [*part.items]
                while part.more:
                    part = self.page(kind, namespace, PAGE, part.more)
                    items += part.items
            except Expired:
                continue
            return Part(items, part.version)
        return self.page(kind, namespace, 0)

    def page(self, kind: Kind, namespace: str, limit: int, token: str = "") -> Part:
        """Return at most `limit` (0: all) objects; of a type that is not installed there are none.

        Raises:
            Expired: the snapshot that `token` belongs to is no longer kept, or it is none.
            Unavailable: the server does not answer; or what Calico stores there is suddenly not known to it.
        """
        query = {**({"limit": str(limit)} if limit else {}), **({"continue": token} if token else {})}
        try:
            found = decoded(self.calls.get(self.collection(kind, namespace), query))
        except Absent as error:
            self._check_absent(kind, error)
            return Part((), NOWHERE)
        except Invalid as error:
            if token:
                raise Expired(f"`{token[:40]}` does not continue any listing; list again from the start") from error
            raise
        self._seen.add(kind)
        metadata = found.get("metadata") or {}
        return Part(
            found.get("items") or (), str(metadata.get("resourceVersion") or ""), metadata.get("continue") or ""
        )

    def check_kept(self, kind: Kind, version: str) -> None:
        """Raise Expired where changes to a type since `version` are no longer kept, or the server never had it.

        A server that was restored from a backup is behind what its clients have seen.
        """
        wanted = number(version)
        newest = self.page(kind, "", 1).version
        if NOWHERE in {newest, version}:
            if newest != version:
                raise Expired(f"{kind} has been installed or removed; list again")
            return
        if wanted > number(newest):
            raise Expired(f"revision {version} is not one of this server's, which is at {newest}; list again")
        if wanted < number(newest):
            query = {"limit": "1", "resourceVersion": version, "resourceVersionMatch": "Exact"}
            self.calls.get(self.collection(kind), query)

    def _group_of(self, kind: Kind) -> str:
        return self.group if kind in CUSTOM_KINDS else ""

    def _groups(self) -> frozenset[str]:
        """Return the groups of Calico's that the server has; none where it tells nobody."""
        try:
            found = decoded(self.calls.get("/apis"))
        except Absent:
            return frozenset()
        names = {str(each.get("name")) for each in found.get("groups") or ()}
        ours = names & {group.partition("/")[0] for group in API_GROUPS}
        if not ours:
            raise self._foreign()
        return frozenset(ours)

    def _check_absent(self, kind: Kind, error: Absent) -> None:
        """Raise Unavailable where an empty listing is not to be believed: it would open what is closed."""
        if kind not in CUSTOM_KINDS:
            return
        self._groups()
        if kind in self._seen:
            what = f"the Kubernetes API at {self.calls.server} has lost all of {kind}: {error}"
            raise Unavailable(f"{what}; install its definition again, or restart where it is meant to be gone")

    def _foreign(self) -> Unavailable:
        what = f"the Kubernetes API at {self.calls.server} knows no resources of Calico's"
        return Unavailable(f"{what}; install Calico's resource definitions (CRDs)")


def decoded(body: bytes) -> dict[str, Any]:
    """Return an answer's object; raises Unavailable where it is none."""
    import msgspec  # noqa: PLC0415 - start-up is paid by all

    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict):
        raise Unavailable("the Kubernetes API answers with something that is no object")
    return found
