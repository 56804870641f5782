"""What the contract tests of datastores share: keys, and ways to write and to watch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tortie.api.names import is_dns_label, is_dns_subdomain
from tortie.datastore import Change, Datastore, Watch
from tortie.model import Key, Kind

HISTORY = 40
SOON = 20.0  # seconds; reached only by a failing test
POLICY, SET, TIER = Kind.NETWORK_POLICY, Kind.NETWORK_SET, Kind.TIER


def tier(name: str) -> Key:
    return Key(TIER, "", name)


def policy(namespace: str, name: str) -> Key:
    return Key(POLICY, namespace, name)


def forget_by_history(store: Datastore) -> None:
    """Write until the store drops everything that happened before."""
    for _ in range(HISTORY + 1):
        store.create(tier("filler"), b"")
        store.delete(tier("filler"))


FORGETTING: dict[type, Callable[[Datastore], None]] = {}
"""How a store is made to forget that does not do so by itself."""


def forget(store: Datastore) -> None:
    """Make the store compact away everything that happened before."""
    forget_by_history(store)
    if type(store) in FORGETTING:
        FORGETTING[type(store)](store)


def collect(watch: Watch, count: int) -> Sequence[Change]:
    seen: list[Change] = []
    while len(seen) < count:
        changes = watch.poll(SOON)
        assert changes, f"only {len(seen)} of {count} changes came"
        seen.extend(changes)
    return seen


def is_name(store: Datastore, key: Key) -> bool:
    """Tell whether a store takes a name: Kubernetes takes only those that the reference system takes too."""
    if type(store).__name__ != "Documented":
        return True
    return is_dns_subdomain(key.name) and (not key.namespace or is_dns_label(key.namespace))
