"""Labelled objects cluster-wide, endpoints and network sets, and which active sets contain their addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tortie.compiled import SetId, named_port
from tortie.engine.labels import LabelIndex
from tortie.engine.owners import Owner, Ownership
from tortie.engine.rules import CidrSet, PortNameSet, SelectorSet, ServiceSet, SetDefinition
from tortie.engine.slices import Slices
from tortie.model import (
    NAMESPACE_LABEL,
    NAMESPACE_PREFIX,
    ORCHESTRATOR_LABEL,
    SERVICE_ACCOUNT_LABEL,
    SERVICE_ACCOUNT_PREFIX,
    EndpointPort,
    EndpointSlice,
    HostEndpoint,
    Key,
    Labels,
    NetworkSet,
    Prefix,
    WorkloadEndpoint,
    effective_labels,
)
from tortie.selector import parse

__all__ = ["Labelled", "Objects", "own_labels"]

_Ports = frozenset[tuple[str, int, int]]
_NO_PORTS: _Ports = frozenset()
_INHERITED = (NAMESPACE_PREFIX, SERVICE_ACCOUNT_PREFIX)

Labelled = WorkloadEndpoint | HostEndpoint | NetworkSet


@dataclass(slots=True, eq=False)
class _Shape:
    """Objects with the same labels, parents and declared ports; `count` is how many there are.

    They share one name and one set of labels: objects are many, and shapes few.
    """

    name: _ShapeName
    labels: Labels
    parents: tuple[str, ...]
    ports: _Ports
    owner: Owner = field(default_factory=Owner)
    count: int = 0


_Given = tuple[str, ...]
"""What becomes labels, told apart by how much it is: of a workload namespace, orchestrator and service account, of a
network set its namespace, of a host endpoint nothing."""
_ShapeName = tuple[frozenset[tuple[str, str]], _Given, tuple[str, ...], _Ports]


def own_labels(resource: Labelled) -> Labels:
    """Return the labels of an object itself, as selectors see them.

    Its namespace is one of them, and a workload's orchestrator and service account; nobody labels a workload into a
    namespace or service account, nor a host into a namespace. Source: api.md 6.1, 6.2.
    """
    given = resource.metadata.labels
    if isinstance(resource, HostEndpoint):
        return {key: value for key, value in given.items() if key != NAMESPACE_LABEL}
    extra: dict[str, str] = {NAMESPACE_LABEL: resource.key.namespace} if resource.key.namespace else {}
    if isinstance(resource, WorkloadEndpoint):
        for key in given:
            if key.startswith(_INHERITED):
                given = {k: v for k, v in given.items() if not k.startswith(_INHERITED)}
                break
        if resource.orchestrator:
            extra[ORCHESTRATOR_LABEL] = resource.orchestrator
        if resource.service_account:
            extra[SERVICE_ACCOUNT_LABEL] = resource.service_account
    return {**given, **extra} if extra.items() - given.items() else given


class Objects:
    """Objects in, active sets in; addresses whose sets moved out.

    `moved` collects single addresses, `moved_prefixes` prefixes that came, went, or whose sets did. The reader
    resets both.
    """

    def __init__(self) -> None:
        self.ownership = Ownership()
        self.moved: set[bytes] = set()
        self.moved_prefixes: set[Prefix] = set()
        self._objects: dict[Key, tuple[_Shape, tuple[Prefix | bytes, ...]]] = {}
        self._shapes: dict[_ShapeName, _Shape] = {}
        self._children: dict[str, set[_ShapeName]] = defaultdict(set)
        self._parents: dict[str, Labels] = {}
        self._index: LabelIndex[SetId, _ShapeName] = LabelIndex()
        self._definitions: dict[SetId, SetDefinition] = {}
        self._cidrs: dict[SetId, Owner] = {}
        self._slices = Slices(self.ownership, self._note)

    def put_slice(self, key: Key, value: EndpointSlice | None) -> None:
        """Store an endpoint slice under its key, or None where it is gone."""
        self._slices.put(key, value)

    def put_endpoint(self, key: Key, endpoint: WorkloadEndpoint | HostEndpoint) -> None:
        """Add an endpoint under the key it is stored by, or replace the object stored so."""
        if isinstance(endpoint, HostEndpoint):
            self._put(key, endpoint, (), endpoint.profiles, endpoint.expected_addresses, _ports(endpoint.ports))
        else:
            given = (endpoint.key.namespace, endpoint.orchestrator, endpoint.service_account)
            self._put(key, endpoint, given, endpoint.profiles, endpoint.addresses, _ports(endpoint.ports))

    def put_network_set(self, key: Key, network_set: NetworkSet) -> None:
        """Add a network set, or replace the object stored under its key."""
        parents = (f"kns.{network_set.key.namespace}",) if network_set.key.namespace else ()
        nets = tuple(each.network if each.is_address else each for each in network_set.nets)
        self._put(key, network_set, (network_set.key.namespace,), parents, nets, _NO_PORTS)

    def drop(self, key: Key) -> None:
        """Remove an object, if it is there."""
        if key not in self._objects:
            return
        shape, prefixes = self._objects.pop(key)
        self.ownership.remove(shape.owner, prefixes)
        self._note(shape.owner, prefixes)
        shape.count -= 1
        if not shape.count:
            self._index.drop_item(shape.name)
            for parent in shape.parents:
                self._children[parent].discard(shape.name)
            del self._shapes[shape.name]

    def put_parent(self, name: str, labels: Labels | None) -> None:
        """Set the labels that a profile applies; None where there is no such profile."""
        if self._parents.get(name) == labels:
            return
        if labels is None:
            del self._parents[name]
        else:
            self._parents[name] = labels
        for child in self._children.get(name, ()):
            self._index.put_item(child, self._effective(self._shapes[child]))

    def put_set(self, id_: SetId, definition: SetDefinition) -> None:
        """Make a set active."""
        self._definitions[id_] = definition
        if isinstance(definition, CidrSet):
            owner = self._cidrs[id_] = Owner(frozenset({id_}))
            self.ownership.add(owner, definition.prefixes)
            self._note(owner, definition.prefixes)
        elif isinstance(definition, ServiceSet):
            self._slices.put_set(id_, definition)
        elif isinstance(definition, SelectorSet):
            self._index.put_selector(id_, definition.selector)
        else:
            self._index.put_selector(id_, definition.selector or parse(""))

    def drop_set(self, id_: SetId) -> None:
        """Make an active set inactive."""
        definition = self._definitions.pop(id_)
        if isinstance(definition, CidrSet):
            owner = self._cidrs.pop(id_)
            self.ownership.remove(owner, definition.prefixes)
            self._note(owner, definition.prefixes)
        elif isinstance(definition, ServiceSet):
            self._slices.drop_set(id_, definition)
        else:
            self._index.drop_selector(id_)

    def settle(self) -> None:
        """Bring the sets of every shape up to date, and note the addresses that this moves."""
        for name in self._index.stale:
            if (shape := self._shapes.get(name)) is None:
                continue
            sets = self._sets(name, shape.ports)
            if sets != shape.owner.sets:
                shape.owner.sets = sets
                self.moved |= shape.owner.addresses
                self.moved_prefixes |= shape.owner.prefixes
        self._index.stale.clear()

    def _put(
        self,
        key: Key,
        resource: Labelled,
        given: _Given,
        parents: tuple[str, ...],
        prefixes: tuple[Prefix | bytes, ...],
        ports: _Ports,
    ) -> None:
        name = (frozenset(resource.metadata.labels.items()), given, parents, ports)
        shape = self._shapes.get(name)
        old = self._objects.get(key)
        if old is not None:
            if old[0] is shape and (old[1] == prefixes or self._exchange(key, shape, old[1], prefixes)):
                return
            self.drop(key)
            shape = self._shapes.get(name)  # it may have been the last of its shape
        if shape is None:
            shape = self._shapes[name] = _Shape(name, own_labels(resource), parents, ports)
            for parent in parents:
                self._children[parent].add(name)
            self._index.put_item(name, self._effective(shape))
        shape.count += 1
        self._objects[key] = (shape, prefixes)
        self.ownership.add(shape.owner, prefixes)
        self._note(shape.owner, prefixes)

    def _exchange(
        self, key: Key, shape: _Shape, old: Sequence[Prefix | bytes], new: tuple[Prefix | bytes, ...]
    ) -> bool:
        """Give an object of the same shape other prefixes, touching only those that differ.

        Return False, with nothing done, where a prefix is listed twice, as then it is owned twice.
        """
        before, after = set(old), set(new)
        if len(before) != len(old) or len(after) != len(new):
            return False
        owner = shape.owner
        self._objects[key] = (shape, new)
        gone, come = before - after, after - before
        self.ownership.remove(owner, gone)
        self.ownership.add(owner, come)
        self._note(owner, gone | come)
        return True

    def _note(self, owner: Owner, prefixes: Iterable[Prefix | bytes]) -> None:
        """Remember that these addresses gained or lost an owner; one that is in no set changes nothing yet."""
        if not owner.sets:
            return
        for each in prefixes:
            if isinstance(each, Prefix) and not each.is_address:
                self.moved_prefixes.add(each)
            else:
                self.moved.add(each if isinstance(each, bytes) else each.network)

    def _effective(self, shape: _Shape) -> Labels:
        known: Mapping[str, Labels] = self._parents
        return effective_labels(shape.labels, [known[name] for name in shape.parents if name in known])

    def _sets(self, name: _ShapeName, ports: _Ports) -> frozenset[SetId]:
        found: set[SetId] = set()
        for id_ in self._index.matches(name):
            definition = self._definitions[id_]
            if isinstance(definition, PortNameSet):
                wanted = (definition.name, definition.protocol)
                found.update(named_port(id_, p, port) for n, p, port in ports if wanted in ((n, p), (n, None)))
            else:
                found.add(id_)
        return frozenset(found)


def _ports(ports: Sequence[EndpointPort]) -> _Ports:
    """Return name, protocol and number of the ports that carry a name."""
    if not ports:
        return _NO_PORTS
    return frozenset((port.name, port.protocol.number, port.port) for port in ports if port.name)
