"""A cluster's policy compiled for comparing: hosts that cannot be told apart are compiled together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tortie.compiled import ClassLookup, Leaf, LocalEndpoint, Snapshot
from tortie.engine import compile_all
from tortie.evaluate import EARLY, Decision, Evaluator, untranslated
from tortie.explain.host_settings import SettingsOf
from tortie.explain.journey import assumed_interfaces
from tortie.model import (
    ALL_INTERFACES,
    Direction,
    FelixConfiguration,
    Flow,
    HostEndpoint,
    Key,
    PolicyClass,
    Resource,
    Settings,
    WorkloadEndpoint,
)

__all__ = ["Site", "SiteName", "site_names", "site_of"]

SiteName = str
"""The name of a host that has host endpoints or settings of its own, or "" for all the hosts that have neither."""


def site_names(worlds: Iterable[Mapping[Key, Resource]], settings_of: SettingsOf) -> list[SiteName]:
    """Return the sites of some worlds: each host with a host endpoint or settings of its own, and all the others."""
    hosts: set[str] = set()
    for world in worlds:
        hosts.update(each.node for each in world.values() if isinstance(each, HostEndpoint))
        if any(isinstance(each, FelixConfiguration) for each in world.values()):  # else all hosts have the same
            nodes = {each.node for each in world.values() if isinstance(each, WorkloadEndpoint)} - hosts
            usual = settings_of(world, "")
            hosts.update(node for node in nodes if settings_of(world, node) != usual)
    return ["", *sorted(hosts)]


def site_of(node: str, sites: Iterable[SiteName]) -> SiteName:
    """Return the site of a host."""
    return node if node in sites else ""


@dataclass(frozen=True, slots=True)
class Site:
    """What a site enforces in one world.

    `rows` are its workloads by stored key, `crossed` is the interface taken to lead to other hosts.
    """

    snapshot: Snapshot
    evaluator: Evaluator
    classes: ClassLookup
    rows: Mapping[Key, LocalEndpoint]
    crossed: str

    @classmethod
    def compiled(
        cls, name: SiteName, names: Iterable[SiteName], resources: Mapping[Key, Resource], settings: Settings
    ) -> Site:
        """Return a site with its policy compiled; interfaces of one name on several hosts are told apart."""
        known = tuple(names)
        apart = resources if name else {key: _apart(value) for key, value in resources.items()}
        hosts = [each for each in resources.values() if isinstance(each, HostEndpoint) and each.node == name]
        snapshot = compile_all(
            apart, lambda endpoint: site_of(endpoint.node, known) == name, settings, assumed_interfaces(hosts)
        )
        named = sorted(each for each in snapshot.host_endpoints if each != ALL_INTERFACES)
        classes = ClassLookup(snapshot.classes, snapshot.addresses, snapshot.ranges)
        rows = {row.stored: row for row in snapshot.endpoints.values()}
        return cls(snapshot, Evaluator(snapshot), classes, rows, named[0] if named else "")

    def decide(self, flow: Flow) -> Decision:
        """Return what becomes of a flow that passes the site."""
        return self.evaluator.decide(flow)

    def network_knows(self, address: bytes) -> tuple[bool, bool, bool]:
        """Return whether an address is one of a host that tunnels lead to, one of a service, and that of metadata."""
        nets = (self.snapshot.known_hosts, self.snapshot.service_nets)
        known, service = (any(net.covers(address) for net in each) for each in nets)
        metadata, settings = self.snapshot.settings.metadata, self.snapshot.settings
        return known, service, settings.openstack and metadata is not None and metadata[0] == address

    def leaves(self, flow: Flow) -> dict[str, Leaf]:
        """Return every leaf that could have a say on packets like this one, by whose it is."""
        found: dict[str, Leaf] = {}
        rows = [self.rows.get(each) if isinstance(each, Key) else None for each in (flow.sender, flow.receiver)]
        for direction, row in zip((Direction.EGRESS, Direction.INGRESS), rows, strict=True):
            if row is not None and row.active:
                own, peer = _ends(flow, direction)
                group = self.snapshot.group_of(row.group(direction, own), self.classes.class_of(own)).id
                name = f"workload {direction}" if own in row.addresses else f"workload {direction}, not its own address"
                found[name] = self.snapshot.leaf(group, self.classes.class_of(peer), flow.family)
        told = (flow.in_interface, flow.out_interface)
        for direction, row, interface in zip(Direction, rows, told, strict=True):
            found.update(self._host_leaves(row.interface if row else interface, direction, flow))
        return found

    def _host_leaves(self, interface: str, direction: Direction, flow: Flow) -> dict[str, Leaf]:
        rows = self.snapshot.host_endpoints
        endpoint = rows.get(interface) or rows.get(ALL_INTERFACES)
        if endpoint is None:
            return {}
        found: dict[str, Leaf] = {}
        for policy_class in PolicyClass:
            if (id_ := endpoint.dispatches.get((policy_class, direction))) is not None:
                own, peer = _ends(untranslated(flow) if policy_class in EARLY else flow, direction)
                group = self.snapshot.owners.get((id_, self.classes.class_of(own)))
                group = group or self.snapshot.dispatches[id_].default
                leaf = self.snapshot.leaf(group, self.classes.class_of(peer), flow.family)
                found[f"host {policy_class} {direction}"] = leaf
        return found


def _apart(value: Resource) -> Resource:
    return replace(value, interface=f"{value.node}/{value.interface}") if isinstance(value, WorkloadEndpoint) else value


def _ends(flow: Flow, direction: Direction) -> tuple[bytes, bytes]:
    return (flow.destination, flow.source) if direction is Direction.INGRESS else (flow.source, flow.destination)
