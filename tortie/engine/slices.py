"""Which addresses are behind which services, as the endpoint slices say.

Only slices of services that an active rule names own their addresses; the others cost nothing but their place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from tortie.compiled import SetId, named_port
from tortie.engine.owners import Owner, Ownership
from tortie.engine.rules import ServiceSet
from tortie.model import EndpointSlice, Key

__all__ = ["Slices"]

_Service = tuple[str, str]


class Slices:
    """Slices in, active service sets in; ownership of addresses out. `note` hears which gained or lost an owner."""

    def __init__(self, ownership: Ownership, note: Callable[[Owner, Iterable[bytes]], None]) -> None:
        self._ownership = ownership
        self._note = note
        self._slices: dict[Key, EndpointSlice] = {}
        self._members: dict[_Service, set[Key]] = defaultdict(set)
        self._sets: dict[_Service, dict[SetId, ServiceSet]] = defaultdict(dict)
        self._owners: dict[Key, tuple[Owner, tuple[bytes, ...]]] = {}

    def put(self, key: Key, value: EndpointSlice | None) -> None:
        """Store a slice, or None where it is gone."""
        old = self._slices.pop(key, None)
        if old is not None:
            _discard(self._members, _service(old), key)
        if value is not None and value.service:
            self._slices[key] = value
            self._members[_service(value)].add(key)
        self._own(key)

    def put_set(self, id_: SetId, definition: ServiceSet) -> None:
        """Make a set active."""
        service = (definition.namespace, definition.name)
        self._sets[service][id_] = definition
        self._own_all(service)

    def drop_set(self, id_: SetId, definition: ServiceSet) -> None:
        """Make an active set inactive."""
        service = (definition.namespace, definition.name)
        del self._sets[service][id_]
        if not self._sets[service]:
            del self._sets[service]
        self._own_all(service)

    def _own_all(self, service: _Service) -> None:
        for key in self._members.get(service, ()):
            self._own(key)

    def _own(self, key: Key) -> None:
        """Bring what a slice owns up to date."""
        if (held := self._owners.pop(key, None)) is not None:
            self._ownership.remove(*held)
            self._note(*held)
        value = self._slices.get(key)
        sets = self._sets_of(value) if value is not None else frozenset[SetId]()
        if value is not None and sets:
            owner = Owner(sets)
            self._owners[key] = (owner, value.addresses)
            self._ownership.add(owner, value.addresses)
            self._note(owner, value.addresses)

    def _sets_of(self, value: EndpointSlice) -> frozenset[SetId]:
        found: set[SetId] = set()
        for id_, definition in self._sets.get(_service(value), {}).items():
            if definition.is_port:
                found.update(named_port(id_, port.protocol.number, port.port) for port in value.ports)
            else:
                found.add(id_)
        return frozenset(found)


def _service(value: EndpointSlice) -> _Service:
    return value.key.namespace, value.service


def _discard(members: dict[_Service, set[Key]], service: _Service, key: Key) -> None:
    members[service].discard(key)
    if not members[service]:
        del members[service]
