"""The engine: resources in, in any order; the compiled policy of one host out, as differences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tortie.compiled import (
    AddressClass,
    ClassId,
    Delta,
    GroupId,
    LocalEndpoint,
    LocalHostEndpoint,
    OwnGroup,
    PolicyUpdate,
    Snapshot,
)
from tortie.engine.automatic import Automatic
from tortie.engine.classes import Classes
from tortie.engine.dispatches import Dispatches, dispatch_id
from tortie.engine.groups import GroupCompiler, OwnSets, group_id
from tortie.engine.holdings import Holdings
from tortie.engine.local import Endpoint, Local, Profiles
from tortie.engine.network import Network
from tortie.engine.objects import Objects
from tortie.engine.plans import PlanIndex
from tortie.engine.story import Stories
from tortie.engine.tables import Table
from tortie.model import (
    Direction,
    EndpointSlice,
    Family,
    HostEndpoint,
    Key,
    Kind,
    NetworkSet,
    Node,
    Policy,
    PolicyClass,
    Profile,
    Resource,
    Settings,
    Tier,
    Update,
    WorkloadEndpoint,
    family_of,
)

__all__ = ["Engine", "compile_all"]

_OBJECTS = frozenset({Kind.WORKLOAD_ENDPOINT, Kind.HOST_ENDPOINT, Kind.POD, Kind.NETWORK_SET, Kind.GLOBAL_NETWORK_SET})
_PROFILES = frozenset({Kind.PROFILE, Kind.NAMESPACE, Kind.SERVICE_ACCOUNT})

_LINK_LOCAL = b"\xfe\x80" + bytes(13) + b"\x01"
"""Stands for every link-local address: no rule that tells them apart can be about a workload."""


class Engine:
    """Keeps the compiled policy of one host in step with the resources of the cluster.

    The snapshot depends only on the newest value of each resource and of the host's interfaces, never on the order in
    which they came.
    """

    def __init__(self, is_local: Callable[[Endpoint], bool], settings: Settings | None = None) -> None:
        """Start without resources. `is_local` tells the endpoints that this host enforces."""
        self._settings = settings or Settings()
        self._is_local = is_local
        self._automatic = Automatic()
        self._profiles = Profiles()
        self._local = Local(self._profiles, self._settings)
        self._objects = Objects()
        self._classes = Classes(self._objects.ownership)
        self._stories = Stories(self._local, self._profiles, self._settings)
        self._holdings = Holdings()
        self._network = Network(self._settings)
        self._dispatches = Dispatches(self._group)
        self._endpoints: Table[str, LocalEndpoint] = Table()
        self._host_endpoints: Table[str, LocalHostEndpoint] = Table()
        self._interfaces: dict[Key, str] = {}
        self._borrowing: dict[Key, WorkloadEndpoint] = {}
        self._plans: dict[Key, dict[Direction, PlanIndex]] = {}
        self._host_plans: dict[Key, dict[tuple[PolicyClass, Direction], PlanIndex]] = {}

    @property
    def snapshot(self) -> Snapshot:
        """Return a live view of the compiled policy; it changes with the next `apply`."""
        held = self._holdings
        return Snapshot(
            settings=self._settings,
            classes=self._classes.classes.rows,
            addresses=self._classes.addresses.rows,
            ranges=self._classes.ranges.rows,
            rules=held.rules.rows,
            outcomes=held.outcomes.rows,
            leaves=held.leaves.rows,
            groups=held.groups.rows,
            peers=held.peers.rows,
            endpoints=self._endpoints.rows,
            dispatches=self._dispatches.dispatches.rows,
            owners=self._dispatches.owners.rows,
            host_endpoints=self._host_endpoints.rows,
            tunnels=self._network.tunnels.rows,
            known_hosts=self._network.known_hosts.rows,
            service_nets=self._network.service_nets.rows,
        )

    def apply(
        self, updates: Iterable[Update], interfaces: Mapping[str, frozenset[bytes]] | None = None
    ) -> PolicyUpdate:
        """Take the newest values of some resources; return what changed. Of one key, only the last update counts.

        Args:
            updates: in any order.
            interfaces: the packed addresses that each interface of this host carries, without those that host
                endpoints are to leave alone; None where they are as before.
        """
        newest = {update.key: update.value for update in updates}
        for key, value in self._automatic.completed(newest).items():
            self._take(key, value)
        if interfaces is not None:
            self._local.put_interfaces(interfaces)
        dirty = self._local.settle()
        self._stories.settle(dirty, self._objects.put_set, self._objects.drop_set)
        self._objects.settle()
        moved, prefixes = self._objects.moved, self._objects.moved_prefixes
        self._objects.moved, self._objects.moved_prefixes = set(), set()
        self._classes.place(moved, prefixes)
        classes = self._classes.classes.flush()
        self._settle_endpoints(dirty, moved, ranges_moved=bool(prefixes))
        self._settle_host_endpoints(dirty)
        self._dispatches.classes_moved(classes)
        if dirty or moved or prefixes:
            self._forget()
        self._holdings.classes_moved(classes)
        return self._flush(classes)

    def workload(self, stored: Key) -> WorkloadEndpoint | None:
        """Return the workload endpoint of this host that is stored under a key, None where there is none."""
        found = self._local.endpoints.get(stored)
        return found if isinstance(found, WorkloadEndpoint) else None

    def configure(self, settings: Settings) -> None:
        """Take other settings; the next `apply` returns what they change in the tables.

        What a reader makes of the snapshot's settings themselves is no part of any difference.
        """
        before, self._settings = self._settings, settings
        self._local.configure(settings)
        self._network.configure(settings)
        if settings.log_prefix != before.log_prefix:
            self._local.dirty |= self._local.endpoints.keys()
        self._stories.configure(settings)
        if settings.workload_source_spoofing != before.workload_source_spoofing:
            for key, endpoint in tuple(self._borrowing.items()):
                self._take_object(key, endpoint)

    def _take(self, key: Key, value: Resource | None) -> None:
        if key.kind in _OBJECTS:
            self._take_object(key, value)
        elif key.kind in _PROFILES:
            for name in self._profiles.put(key, value if isinstance(value, Profile) else None):
                profile = self._profiles.get(name)
                self._objects.put_parent(name, profile.labels_to_apply if profile else None)
                self._local.touch_profile(name)
        elif key.kind is Kind.ENDPOINT_SLICE:
            self._objects.put_slice(key, value if isinstance(value, EndpointSlice) else None)
        elif key.kind is Kind.NODE:
            self._network.put_node(key, value if isinstance(value, Node) else None)
        elif key.kind is Kind.IP_POOL:
            self._network.put_pool(key, value)
        elif key.kind is Kind.BGP_CONFIGURATION:
            self._network.put_services(key, value)
        elif key.kind is Kind.TIER:
            self._local.put_tier(key.name, value if isinstance(value, Tier) else None)
        else:
            self._local.put_policy(key, value if isinstance(value, Policy) and value.staged is None else None)

    def _take_object(self, key: Key, value: Resource | None) -> None:
        if isinstance(value, NetworkSet):
            self._objects.put_network_set(key, value)
            return
        self._borrowing.pop(key, None)
        if isinstance(value, WorkloadEndpoint) and value.allowed_sources:
            self._borrowing[key] = value
        if not (isinstance(value, WorkloadEndpoint | HostEndpoint) and self._is_usable(value)):
            self._objects.drop(key)
            self._local.put_endpoint(key, None)
            return
        self._objects.put_endpoint(key, value)
        self._local.put_endpoint(key, value if self._is_local(value) else None)

    def _is_usable(self, endpoint: Endpoint) -> bool:
        """Tell whether an endpoint counts: a workload that has addresses and asks for nothing that is switched off."""
        if isinstance(endpoint, HostEndpoint):
            return True
        spoofs = bool(endpoint.allowed_sources) and not self._settings.workload_source_spoofing
        return bool(endpoint.addresses) and not spoofs

    def _settle_endpoints(self, dirty: set[Key], moved: set[bytes], *, ranges_moved: bool) -> None:
        for key in dirty:
            self._plans.pop(key, None)
            self._host_plans.pop(key, None)
            if self._local.governs_interface(key):
                plans = self._stories.plans(key)
                if isinstance(self._local.endpoints[key], HostEndpoint):
                    self._host_plans[key] = plans
                else:
                    self._plans[key] = {direction: index for (_, direction), index in plans.items()}
        self._drop_endpoints(dirty)
        for key, by_direction in self._plans.items():
            endpoint = self._local.endpoints[key]
            assert isinstance(endpoint, WorkloadEndpoint)  # noqa: S101 - narrows the type: the others are kept apart
            asks = any(index.own_sets for index in by_direction.values())
            if key in dirty or (asks and (ranges_moved or not moved.isdisjoint(endpoint.addresses))):
                self._put_endpoint(key, endpoint, by_direction)

    def _settle_host_endpoints(self, dirty: set[Key]) -> None:
        """Bring the rows of host endpoints, which are few, in line with plans and interfaces; have all dispatches."""
        if not dirty:
            return
        every = [index for plans in self._host_plans.values() for index in plans.values()]
        for key, by_direction in self._plans.items():
            endpoint = self._local.endpoints[key]
            every += [index for index in by_direction.values() if _others_come(endpoint, index)]
        self._dispatches.keep(every, self._classes.classes.rows)
        for interface in self._host_endpoints.rows.keys() - self._local.governed.keys():
            self._host_endpoints.drop(interface)
        for interface, key in self._local.governed.items():
            dispatches = {name: dispatch_id(index) for name, index in self._host_plans[key].items()}
            self._host_endpoints.put(interface, LocalHostEndpoint(interface, key, dispatches))

    def _forget(self) -> None:
        """Forget groups and plans that nobody needs any more."""
        rows = self._endpoints.rows.values()
        in_use = {own.group for row in rows for own in (*row.ingress, *row.egress)}
        self._holdings.keep(in_use | self._dispatches.groups())
        plans = {index.plan.id for plans in self._plans.values() for index in plans.values()}
        self._stories.forget(plans | self._dispatches.plans())

    def _drop_endpoints(self, dirty: set[Key]) -> None:
        """Take away the rows of endpoints that are gone, moved or hidden; those that still count follow at once."""
        for key in dirty & self._interfaces.keys():
            interface = self._interfaces.pop(key)
            row = self._endpoints.rows.get(interface)
            if row is not None and row.stored == key:
                self._endpoints.drop(interface)

    def _put_endpoint(self, key: Key, endpoint: WorkloadEndpoint, plans: Mapping[Direction, PlanIndex]) -> None:
        groups = {each: self._own_groups(endpoint, plans[each]) if endpoint.active else () for each in Direction}
        self._interfaces[key] = endpoint.interface
        self._endpoints.put(
            endpoint.interface,
            LocalEndpoint(
                interface=endpoint.interface,
                stored=key,
                key=endpoint.key,
                addresses=endpoint.addresses,
                sources=endpoint.allowed_sources,
                active=endpoint.active,
                ingress=groups[Direction.INGRESS],
                egress=groups[Direction.EGRESS],
            ),
        )

    def _own_groups(self, endpoint: WorkloadEndpoint, index: PlanIndex) -> tuple[OwnGroup, ...]:
        """Return one group where no rule tells the addresses of a family apart, else one for each.

        A sender's link-local address counts, as it may speak to the host with it. What may have another address, as it
        was routed here or is sent from a prefix that the endpoint borrowed, is looked up when it comes.
        """
        sides = {each: index.own_side(self._objects.ownership.sets_of(each)) for each in endpoint.addresses}
        others: OwnSets = {}
        if index.plan.direction is Direction.EGRESS and index.own_sets:
            others = {Family.V6: index.own_side(self._objects.ownership.sets_of(_LINK_LOCAL))}
        by_family = {family: {others[family]} if family in others else set[frozenset[str]]() for family in Family}
        for address, side in sides.items():
            by_family[family_of(address)].add(side)
        others_come = _others_come(endpoint, index)
        if all(len(found) <= 1 for found in by_family.values()):
            own = {family: next(iter(found), frozenset[str]()) for family, found in by_family.items()}
            group = self._group(index, own)
            if not others_come:
                return (OwnGroup(None, group),)
            rows = [OwnGroup(each, group) for each in sorted(sides)]
        else:
            rows = [OwnGroup(each, self._group(index, {family_of(each): side})) for each, side in sorted(sides.items())]
        return (*rows, OwnGroup(None, dispatch_id(index) if others_come else self._group(index, others)))

    def _group(self, index: PlanIndex, own: OwnSets) -> GroupId:
        id_ = group_id(index, own)
        if not self._holdings.has(id_):
            self._holdings.add(GroupCompiler(index, own), index, self._classes.classes.rows.values())
        return id_

    def _flush(self, classes: Delta[ClassId, AddressClass]) -> PolicyUpdate:
        held = self._holdings
        return PolicyUpdate(
            classes=classes,
            addresses=self._classes.addresses.flush(),
            ranges=self._classes.ranges.flush(),
            rules=held.rules.flush(),
            outcomes=held.outcomes.flush(),
            leaves=held.leaves.flush(),
            groups=held.groups.flush(),
            peers=held.peers.flush(),
            endpoints=self._endpoints.flush(),
            dispatches=self._dispatches.dispatches.flush(),
            owners=self._dispatches.owners.flush(),
            host_endpoints=self._host_endpoints.flush(),
            tunnels=self._network.tunnels.flush(),
            known_hosts=self._network.known_hosts.flush(),
            service_nets=self._network.service_nets.flush(),
        )


def _others_come(endpoint: Endpoint, index: PlanIndex) -> bool:
    """Tell whether packets may have an own address that a workload's resource does not declare, and rules ask of it.

    Anti-spoofing holds senders to theirs and to what they borrow; what is routed to a workload may have any.
    """
    if not (isinstance(endpoint, WorkloadEndpoint) and endpoint.active and index.own_sets):
        return False
    return index.plan.direction is Direction.INGRESS or bool(endpoint.allowed_sources)


def compile_all(
    resources: Mapping[Key, Resource],
    is_local: Callable[[Endpoint], bool],
    settings: Settings | None = None,
    interfaces: Mapping[str, frozenset[bytes]] | None = None,
) -> Snapshot:
    """Return the compiled policy of a host from nothing but the resources, each under the key it is stored by.

    `interfaces` are as `Engine.apply` takes them; without them a host endpoint counts only by its interface's name.
    """
    engine = Engine(is_local, settings)
    engine.apply((Update(key, value) for key, value in resources.items()), interfaces)
    return engine.snapshot
