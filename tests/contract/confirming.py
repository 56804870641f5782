"""What the tests of changes on probation share: a small datastore, a change of it, and what it says."""

from __future__ import annotations

from collections.abc import Mapping

from tortie.datastore import Datastore, PendingChange, Record, Touched, digest
from tortie.errors import NotFound
from tortie.model import Key, Kind

KEPT, CHANGED, CREATED, DELETED = (Key(Kind.TIER, "", name) for name in ("kept", "changed", "created", "deleted"))
KEYS = (KEPT, CHANGED, CREATED, DELETED)
BEFORE = {KEPT: "kept", CHANGED: "old", DELETED: "old"}
AFTER = {KEPT: "kept", CHANGED: "new", CREATED: "new"}


def text(key: Key, note: str) -> bytes:
    head = '{"apiVersion":"projectcalico.org/v3","kind":"Tier",'
    return f'{head}"metadata":{{"name":"{key.name}","uid":"u"}},"spec":{{"note":"{note}"}}}}'.encode()


def filled(store: Datastore) -> Datastore:
    """Store what is there before."""
    for key, note in BEFORE.items():
        store.create(key, text(key, note))
    return store


def said(store: Datastore) -> dict[Key, str]:
    """Return what the store says of the keys."""
    found = {}
    for key in KEYS:
        try:
            found[key] = store.get(key).value.decode().split('"note":"')[1].split('"')[0]
        except NotFound:
            continue
    return found


def change_of(store: Datastore, id_: str = "one") -> tuple[PendingChange, Mapping[Key, Record | None]]:
    """Return the change from BEFORE to AFTER, and what it writes."""
    wanted: dict[Key, Record | None] = {
        CHANGED: Record(CHANGED, text(CHANGED, "new"), ""),
        CREATED: Record(CREATED, text(CREATED, "new"), ""),
        DELETED: None,
    }
    touched = tuple(
        Touched(key, store.get(key) if key in BEFORE else None, digest(record.value) if record else "")
        for key, record in wanted.items()
    )
    return PendingChange(id_, 60.0, "2026-01-01T00:01:00Z", "me@here", touched), wanted


def write(store: Datastore, key: Key, note: str) -> None:
    """Be somebody else who writes."""
    try:
        store.update(key, text(key, note), store.get(key).revision)
    except NotFound:
        store.create(key, text(key, note))
