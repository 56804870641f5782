"""Where resources live: one protocol, several stores.

The stores and the syncer are imported when first named, so that what only needs the protocol starts fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tortie.datastore.built_in import is_built_in
from tortie.datastore.etcd_settings import EtcdSettings
from tortie.datastore.kubernetes_settings import KubernetesSettings
from tortie.datastore.location import DEFAULT_SQLITE_PATH, DatastoreType, Location, locate
from tortie.datastore.protocol import Change, Datastore, Heartbeats, Page, Record, Watch

if TYPE_CHECKING:
    from tortie.datastore.client import Client, Listing, Manifest, Written, shown
    from tortie.datastore.confirming import (
        Undone,
        carry_out,
        check_none_waits,
        confirm,
        note,
        pending_in,
        propose,
        undo,
    )
    from tortie.datastore.controllers import made_of
    from tortie.datastore.etcd import EtcdDatastore
    from tortie.datastore.kubernetes import KubernetesDatastore
    from tortie.datastore.memory import MemoryDatastore
    from tortie.datastore.opening import open_datastore
    from tortie.datastore.pending import PENDING_KEY, PendingChange, Touched, digest, pending_of
    from tortie.datastore.refusals import identifier
    from tortie.datastore.sqlite import SqliteDatastore
    from tortie.datastore.syncer import Batch, Syncer, SyncState, SyncStatus
    from tortie.datastore.trial import TrialDatastore

__all__ = [
    "DEFAULT_SQLITE_PATH",
    "PENDING_KEY",
    "Batch",
    "Change",
    "Client",
    "Datastore",
    "DatastoreType",
    "EtcdDatastore",
    "EtcdSettings",
    "Heartbeats",
    "KubernetesDatastore",
    "KubernetesSettings",
    "Listing",
    "Location",
    "Manifest",
    "MemoryDatastore",
    "Page",
    "PendingChange",
    "Record",
    "SqliteDatastore",
    "SyncState",
    "SyncStatus",
    "Syncer",
    "Touched",
    "TrialDatastore",
    "Undone",
    "Watch",
    "Written",
    "carry_out",
    "check_none_waits",
    "confirm",
    "digest",
    "identifier",
    "is_built_in",
    "locate",
    "made_of",
    "note",
    "open_datastore",
    "pending_in",
    "pending_of",
    "propose",
    "shown",
    "undo",
]

_LATER = {
    "EtcdDatastore": "etcd",
    "KubernetesDatastore": "kubernetes",
    "open_datastore": "opening",
    "MemoryDatastore": "memory",
    **dict.fromkeys(("Client", "Listing", "Manifest", "Written", "shown"), "client"),
    "identifier": "refusals",
    **dict.fromkeys(
        ("Undone", "carry_out", "check_none_waits", "confirm", "note", "pending_in", "propose", "undo"), "confirming"
    ),
    **dict.fromkeys(("PENDING_KEY", "PendingChange", "Touched", "digest", "pending_of"), "pending"),
    "made_of": "controllers",
    "SqliteDatastore": "sqlite",
    "TrialDatastore": "trial",
    **dict.fromkeys(("Batch", "SyncState", "SyncStatus", "Syncer"), "syncer"),
}


def __getattr__(name: str) -> Any:
    """Return a public name whose module was not imported yet (PEP 562)."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - only where a store is opened

    value = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    globals()[name] = value
    return value
