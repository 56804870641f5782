"""What controllers make of Kubernetes' resources, for listings of a store that keeps those themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from tortie.datastore import Client, Listing
from tortie.errors import Invalid
from tortie.model import DEFAULT_ALLOW_PROFILE, Key, Kind

__all__ = ["listed"]

_SOURCES: Mapping[Kind, tuple[Kind, ...]] = MappingProxyType(
    {
        Kind.WORKLOAD_ENDPOINT: (Kind.POD,),
        Kind.NETWORK_POLICY: (Kind.KUBERNETES_NETWORK_POLICY,),
        Kind.PROFILE: (Kind.NAMESPACE, Kind.SERVICE_ACCOUNT),
    }
)
"""Kinds that controllers write, and of what they make them."""

_OF_THE_SOURCE = ("uid", "creationTimestamp", "resourceVersion")


def listed(client: Client, kind: Kind, namespace: str = "") -> Listing:
    """Return the documents of a kind, and with them what the agent makes of Kubernetes' resources in the same store.

    What is stored under the same name counts alone. A store that makes a kind by itself has told all of it. Raises
    Unavailable.
    """
    listing = client.list(kind, namespace)
    if not client.store.holds(kind):
        return listing
    sources = [source for source in _SOURCES.get(kind, ()) if client.store.holds(source)]
    found = [(source, item) for source in sources for item in client.list(source, _place(source, namespace)).items]
    if not found:
        return listing
    items = {_place_of(item): item for source, document in found for item in _made(source, document)}
    items |= {_place_of(item): item for item in listing.items}
    last = items.pop(("", DEFAULT_ALLOW_PROFILE.key.name), None)
    return Listing((*(items[place] for place in sorted(items)), *([last] if last else [])), listing.revision)


def _place(source: Kind, namespace: str) -> str:
    return "" if source in _SOURCES[Kind.PROFILE] else namespace


def _place_of(item: Mapping[str, Any]) -> tuple[str, str]:
    metadata = item["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def _made(kind: Kind, document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what is made of one document; nothing where nothing is, as of a pod that has no address yet."""
    from tortie.datastore import made_of  # noqa: PLC0415 - listings of Calico's own kinds need none of it

    namespace, name = _place_of(document)
    try:
        _, made = made_of(Key(kind, namespace, name), document)
    except Invalid:
        return
    given = document["metadata"]
    yield {**made, "metadata": {**made["metadata"], **{f: given[f] for f in _OF_THE_SOURCE if f in given}}}
