"""Reads and conflict-checked writes of whole documents, as command lines and consoles make them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tortie.datastore.built_in import (
    DEFAULT_ALLOW_KEY,
    built_in_tier,
    cluster_information,
    default_allow,
    tier_rank,
)
from tortie.datastore.protocol import Datastore, Record
from tortie.datastore.refusals import already_there, check_editable, check_revision, identifier, read_only
from tortie.datastore.trial import TrialDatastore
from tortie.errors import Conflict, Invalid, NotFound, Problem
from tortie.model import BUILT_IN_TIERS, CLUSTER_KEY, DEFAULT_TIER, FOREIGN_KINDS, TIERED_KINDS, Key, Kind

__all__ = ["Client", "Listing", "Manifest", "Written", "shown"]

Manifest = dict[str, Any]
"""One resource as its document has it: apiVersion, kind, metadata, spec."""

_SHOWN_BYTES = 200  # of a value that cannot be understood
ATTEMPTS = 5
"""Times an update without a resourceVersion reads again after a conflict. Source: calicoctl specification 5."""

_GIVEN_METADATA = ("name", "namespace", "labels", "annotations")
_MADE = frozenset({Kind.PROFILE, Kind.WORKLOAD_ENDPOINT})
"""Kinds of Calico's that a store may have without storing them: they are made of Kubernetes' objects there."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The documents of a kind, in the order in which they are shown, all as of `revision`."""

    items: tuple[Manifest, ...]
    revision: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a write left in the datastore; `changed` is False where it was there already.

    `warnings` tell what was let through and is hardly meant.
    """

    document: Manifest
    changed: bool = True
    warnings: tuple[Problem, ...] = ()


def random_uid() -> str:
    """Return a new random UUID, as text."""
    from uuid import uuid4  # noqa: PLC0415 - start-up is paid by all, and few create anything

    return str(uuid4())


def now() -> str:
    """Return the time in the format of creationTimestamp: RFC 3339, whole seconds, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Client:
    """Documents in a datastore, under the rules of the reference system for metadata, tiers and conflicts.

    On a store that has no place for Kubernetes' objects it writes and deletes what controllers make of them.
    Documents given to it have been validated and defaulted already. Documents that it returns carry uid,
    creationTimestamp and resourceVersion.
    """

    def __init__(
        self,
        store: Datastore,
        *,
        clock: Callable[[], str] = now,
        new_uid: Callable[[], str] = random_uid,
    ) -> None:
        self._store = store
        self._clock = clock
        self._new_uid = new_uid

    @property
    def store(self) -> Datastore:
        """Return the datastore that it is a client of."""
        return self._store

    def trial(self) -> Client:
        """Return a client whose writes stay in memory, as if the datastore had taken them."""
        return Client(TrialDatastore(self._store), clock=self._clock, new_uid=self._new_uid)

    def initialise(self) -> None:
        """Create what every datastore has: the cluster's information, and the built-in tiers.

        Source: calicoctl specification 16; datastore specification 7.
        """
        self._initialise_cluster()
        for name in BUILT_IN_TIERS:
            key = Key(Kind.TIER, "", name)
            try:
                self._store.get(key)
            except NotFound:
                try:
                    self._create(key, built_in_tier(name))
                except Conflict:
                    continue  # somebody else initialised at the same moment

    def set_ready(self, *, ready: bool) -> None:
        """Say whether agents may act on this datastore; raises Conflict where others keep changing that."""
        self.initialise()
        for attempt in range(ATTEMPTS):
            current = self._store.get(CLUSTER_KEY)
            document = _load(current)
            document["spec"] = {**(document.get("spec") or {}), "datastoreReady": ready}
            try:
                self._store.update(CLUSTER_KEY, _dump(document), current.revision)
            except Conflict:
                if attempt == ATTEMPTS - 1:
                    raise Conflict(f"update conflict: {identifier(CLUSTER_KEY)}") from None
            else:
                return

    def get(self, key: Key) -> Manifest:
        """Return one document; raises NotFound, Unavailable, and Invalid where what is stored is none."""
        try:
            return shown(self._store.get(key))
        except NotFound:
            if key == DEFAULT_ALLOW_KEY:
                return default_allow()
            if key.kind is Kind.TIER and key.name in BUILT_IN_TIERS:
                return built_in_tier(key.name)
            raise NotFound(f"resource does not exist: {identifier(key)} with error: <nil>") from None

    def list(self, kind: Kind, namespace: str = "") -> Listing:
        """Return the documents of a kind, of one namespace where given; raises Unavailable.

        What is stored and is no document counts as absent; `get` tells of it.
        Tiers come by their order, and the built-in ones always. The profile that always exists is the last one, but
        where the others are made of Kubernetes' objects the first.
        """
        page = self._store.list(kind, namespace)
        items = [shown(record) for record in page.records if _is_document(record)]
        if kind is Kind.TIER:
            stored = {record.key.name for record in page.records}
            items += [built_in_tier(name) for name in BUILT_IN_TIERS if name not in stored]
            items.sort(key=tier_rank)
        elif kind is Kind.PROFILE:
            items = [item for item in items if item["metadata"]["name"] != DEFAULT_ALLOW_KEY.name]
            place = len(items) if self._store.takes(kind) else 0
            items.insert(place, default_allow())
        return Listing(tuple(items), page.revision)

    def create(self, key: Key, document: Mapping[str, Any]) -> Manifest:
        """Store a new document and return it as stored.

        Raises:
            Conflict: there is one already.
            NotFound: its tier does not exist.
            Invalid: it has a resourceVersion, or is one of those that cannot be created.
        """
        check_editable(key, "create or apply")
        key, document = self._placed(key, document)
        if revision := _metadata(document).get("resourceVersion"):
            raise Invalid.because(
                f"error with field Metadata.ResourceVersion = '{revision}' (field must not be set for a Create request)"
            )
        if key == DEFAULT_ALLOW_KEY:
            raise already_there(key)
        self._check_tier(key, document)
        try:
            return self._create(key, document)
        except Conflict:
            raise already_there(key) from None

    def keep(self, key: Key, document: Mapping[str, Any]) -> Manifest:
        """Store a document of any kind as it is, also of one that people cannot write: it comes from another datastore.

        Raises:
            Conflict: there is one already.
        """
        try:
            return self._create(key, document)
        except Conflict:
            raise already_there(key) from None

    def update(self, key: Key, document: Mapping[str, Any]) -> Written:
        """Replace a stored document, keeping its metadata but for labels and annotations.

        Nothing is written where that changes nothing. A resourceVersion in the document must be the stored one. The
        tier of a policy need not exist, which is told. Source: api specification 3, rule 21.

        Raises:
            NotFound: there is none.
            Conflict: it is not at the given resourceVersion, or others keep changing it.
            Invalid: it cannot be changed.
        """
        wanted = str(_metadata(document).get("resourceVersion") or "")
        check_revision(wanted)
        if key.kind in FOREIGN_KINDS:
            check_editable(key, "apply or replace")
        asked, (key, document) = key, self._placed(key, document)
        for attempt in range(ATTEMPTS):
            current = self._existing(key)
            check_editable(asked, "apply or replace")
            if wanted and wanted != current.revision:
                break
            merged = _merged(document, _load(current))
            if merged == _load(current):
                return Written(shown(current), changed=False, warnings=self._tier_warnings(key, document))
            try:
                stored = self._store.update(key, _dump(merged), current.revision)
                return Written(shown(stored), warnings=self._tier_warnings(key, document))
            except Conflict:
                if wanted or attempt == ATTEMPTS - 1:
                    break
        raise Conflict(f"update conflict: {identifier(key)}")

    def apply(self, key: Key, document: Mapping[str, Any]) -> Written:
        """Create the document, or update the one there is; raises as `create` and `update` do."""
        if key.kind is Kind.CLUSTER_INFORMATION:
            check_editable(key, "apply")
        if self._is_read_only(key.kind):
            return self.update(key, document)
        bare = {**document, "metadata": {k: v for k, v in _metadata(document).items() if k != "resourceVersion"}}
        try:
            return Written(self.create(key, bare))
        except Conflict:
            return self.update(key, document)

    def delete(self, key: Key, revision: str = "") -> Manifest:
        """Remove a document and return it as it was.

        Raises:
            NotFound: there is none.
            Conflict: it is not at `revision`, where given.
            Invalid: it cannot be deleted: built in, or a tier that policies are in.
        """
        check_editable(key, "delete")
        check_revision(revision)
        key = self._place_of(key)
        if key == DEFAULT_ALLOW_KEY:
            raise read_only(key, "Delete", "deleted")
        if key.kind is Kind.TIER:
            self._check_tier_is_free(key)
        try:
            gone = self._store.delete(key, revision)
            return shown(gone) if _is_document(gone) else {"metadata": {"name": key.name}}
        except NotFound:
            raise NotFound(f"resource does not exist: {identifier(key)} with error: <nil>") from None
        except Conflict:
            raise Conflict(f"update conflict: {identifier(key)}") from None

    def _is_read_only(self, kind: Kind) -> bool:
        """Tell whether the store has resources of a kind that nobody can create there."""
        return not self._store.takes(kind) and (self._store.holds(kind) or kind in _MADE)

    def _placed(self, key: Key, document: Mapping[str, Any]) -> tuple[Key, Mapping[str, Any]]:
        """Return what is to be written where: on some stores what controllers make of it; raises Invalid.

        Calico's own kinds are given to every store as they are: it says itself which of them it does not take.
        """
        if self._store.holds(key.kind) or key.kind in _MADE:
            return key, document
        from tortie.datastore.controllers import made_of  # noqa: PLC0415 - start-up is paid by all

        return made_of(key, document)

    def _place_of(self, key: Key) -> Key:
        """Return the key under which a resource, or what controllers make of it, is stored."""
        if self._store.holds(key.kind) or key.kind in _MADE:
            return key
        from tortie.datastore.controllers import made_key  # noqa: PLC0415 - as above

        return made_key(key)

    def _initialise_cluster(self) -> None:
        """Create the cluster's information, or fill in what it lacks; what others wrote meanwhile is fine too."""
        wanted = cluster_information(random_uid().replace("-", ""))
        try:
            current = self._store.get(CLUSTER_KEY)
        except NotFound:
            with suppress(Conflict):
                self._create(CLUSTER_KEY, wanted)
            return
        document = _load(current)
        spec = {name: value for name, value in (document.get("spec") or {}).items() if value not in ("", None)}
        if missing := wanted["spec"].keys() - spec.keys():
            document["spec"] = {**spec, **{name: wanted["spec"][name] for name in missing}}
            with suppress(Conflict):
                self._store.update(CLUSTER_KEY, _dump(document), current.revision)

    def _create(self, key: Key, document: Mapping[str, Any]) -> Manifest:
        given = _metadata(document)
        metadata = {field: given[field] for field in _GIVEN_METADATA if given.get(field)}
        metadata |= {"uid": self._new_uid(), "creationTimestamp": self._clock()}
        return shown(self._store.create(key, _dump({**document, "metadata": metadata})))

    def _existing(self, key: Key) -> Record:
        if key == DEFAULT_ALLOW_KEY:
            raise read_only(key, "Update", "updated")
        try:
            return self._store.get(key)
        except NotFound:
            if key.kind is not Kind.TIER or key.name not in BUILT_IN_TIERS:
                raise NotFound(f"resource does not exist: {identifier(key)} with error: <nil>") from None
        self.initialise()  # a built-in tier always exists, if only virtually until now
        return self._store.get(key)

    def _check_tier(self, key: Key, document: Mapping[str, Any]) -> None:
        if key.kind in TIERED_KINDS:
            self.get(_tier_of(document))

    def _tier_warnings(self, key: Key, document: Mapping[str, Any]) -> tuple[Problem, ...]:
        try:
            self._check_tier(key, document)
        except NotFound:
            what = f"there is no tier `{_tier_of(document).name}`: it counts as the last one, and ends in deny"
            return (Problem(what, f"{key} spec.tier", "create the tier"),)
        return ()

    def _check_tier_is_free(self, key: Key) -> None:
        if key.name in BUILT_IN_TIERS:
            what = f"operation Delete is not supported on {key.name}: Cannot delete {key.name} tier"
            raise Invalid.because(what, mend="built-in tiers always exist")
        for kind in TIERED_KINDS:
            for record in self._store.list(kind).records:
                if _is_document(record) and (_load(record).get("spec") or {}).get("tier") == key.name:
                    what = f"operation delete is not supported on {key.name}: Cannot delete a non-empty tier"
                    raise Invalid.because(what, mend=f"move or delete {record.key} first")


def _tier_of(document: Mapping[str, Any]) -> Key:
    return Key(Kind.TIER, "", (document.get("spec") or {}).get("tier") or DEFAULT_TIER)


def _merged(document: Mapping[str, Any], stored: Manifest) -> Manifest:
    """Return the document with stored metadata, but its own labels and annotations."""
    given = _metadata(document)
    metadata = {key: value for key, value in stored["metadata"].items() if key not in {"labels", "annotations"}}
    metadata |= {field: given[field] for field in ("labels", "annotations") if given.get(field)}
    return {**document, "metadata": metadata}


def _metadata(document: Mapping[str, Any]) -> Manifest:
    return document.get("metadata") or {}


def _dump(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _load(record: Record) -> Manifest:
    """Return the document of a record; raises Invalid where it is none."""
    try:
        found: Manifest = json.loads(record.value)
        found["metadata"].keys()  # it is to be a document, not merely JSON
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        value = record.value[:_SHOWN_BYTES].decode(errors="replace")
        what = f"failed to parse datastore entry key={record.key}; value={value}: {error}"
        raise Invalid.because(what, mend="delete it, and apply it again") from error
    return found


def _is_document(record: Record) -> bool:
    try:
        return bool(_load(record))
    except Invalid:
        return False


def shown(record: Record) -> Manifest:
    """Return the document of a record, with its revision as resourceVersion."""
    found = _load(record)
    found["metadata"] = {**found["metadata"], "resourceVersion": record.revision}
    return found
