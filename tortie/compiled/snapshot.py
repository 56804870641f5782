"""Everything the engine knows about one host, and the difference between two such states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Generic, TypeVar

from tortie.compiled.classes import AddressClass, AddressRange, ClassId
from tortie.compiled.host import Dispatch, DispatchId, LocalHostEndpoint
from tortie.compiled.leaf import Leaf, LeafId, Outcome, OutcomeId
from tortie.compiled.network import Tunnel, TunnelId
from tortie.compiled.plan import Plan
from tortie.compiled.rule import CompiledRule, RuleId, SetId
from tortie.model import Direction, Family, Key, Prefix, Settings

__all__ = ["Delta", "Group", "GroupId", "LocalEndpoint", "OwnGroup", "PolicyUpdate", "Snapshot"]

GroupId = str
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Group:
    """Endpoints that share a plan, and whose own addresses no rule of it can tell apart.

    `own` says, by family, which of the sets that the plan asks of the own side contain those addresses. `defaults`
    is the leaf, by family, of peers whose class is not in `Snapshot.peers`. `id` is a hash of plan and own sides.
    """

    id: GroupId
    plan: Plan
    own: Mapping[Family, frozenset[SetId]]
    defaults: Mapping[Family, LeafId]

    @property
    def direction(self) -> Direction:
        """Return the direction the group governs."""
        return self.plan.direction


@dataclass(frozen=True, slots=True)
class OwnGroup:
    """The group that governs an own address of an endpoint; `address` None stands for every other address.

    `group` is then the id of a dispatch where the sets of that address make a difference.
    """

    address: bytes | None
    group: GroupId | DispatchId


@dataclass(frozen=True, slots=True)
class LocalEndpoint:
    """A workload endpoint of this host.

    `stored` is the key of the record it came from, `key` its own. `ingress` and `egress` hold one group, or several
    where own addresses differ to a rule; the last of them has no address. An inactive endpoint has none: all is
    dropped.
    `sources` are prefixes it may send from beside `addresses`.
    """

    interface: str
    stored: Key
    key: Key
    addresses: tuple[bytes, ...]
    sources: tuple[Prefix, ...] = ()
    active: bool = True
    ingress: tuple[OwnGroup, ...] = ()
    egress: tuple[OwnGroup, ...] = ()

    def groups(self, direction: Direction) -> tuple[OwnGroup, ...]:
        """Return the groups of a direction."""
        return self.ingress if direction is Direction.INGRESS else self.egress

    def group(self, direction: Direction, own: bytes) -> GroupId | DispatchId:
        """Return what governs packets of this own address, see `OwnGroup`; raises LookupError when inactive."""
        for candidate in self.groups(direction):
            if candidate.address is None or candidate.address == own:
                return candidate.group
        raise LookupError(f"{self.key} is not active")


@dataclass(frozen=True, slots=True)
class Delta(Generic[K, V]):
    """What changed in one table: rows that are new or different, and what the changed rows were before.

    A key only in `before` is gone, one only in `upserts` is new.
    """

    upserts: Mapping[K, V] = field(default_factory=dict[K, V])
    before: Mapping[K, V] = field(default_factory=dict[K, V])

    @property
    def removals(self) -> Mapping[K, V]:
        """Return the rows that are gone, as they were."""
        return {key: value for key, value in self.before.items() if key not in self.upserts}

    def __bool__(self) -> bool:
        """Tell whether anything changed."""
        return bool(self.upserts or self.before)

    def applied_to(self, table: Mapping[K, V]) -> dict[K, V]:
        """Return a copy of the table with the change made."""
        gone = self.before.keys() - self.upserts.keys()
        return {**{key: value for key, value in table.items() if key not in gone}, **self.upserts}


@dataclass(frozen=True, slots=True)
class PolicyUpdate:
    """The difference between two snapshots, table by table; the names are those of `Snapshot`."""

    classes: Delta[ClassId, AddressClass] = field(default_factory=Delta)
    addresses: Delta[bytes, ClassId] = field(default_factory=Delta)
    ranges: Delta[AddressRange, ClassId] = field(default_factory=Delta)
    rules: Delta[RuleId, CompiledRule] = field(default_factory=Delta)
    outcomes: Delta[OutcomeId, Outcome] = field(default_factory=Delta)
    leaves: Delta[LeafId, Leaf] = field(default_factory=Delta)
    groups: Delta[GroupId, Group] = field(default_factory=Delta)
    peers: Delta[tuple[GroupId, ClassId], LeafId] = field(default_factory=Delta)
    endpoints: Delta[str, LocalEndpoint] = field(default_factory=Delta)
    dispatches: Delta[DispatchId, Dispatch] = field(default_factory=Delta)
    owners: Delta[tuple[DispatchId, ClassId], GroupId] = field(default_factory=Delta)
    host_endpoints: Delta[str, LocalHostEndpoint] = field(default_factory=Delta)
    tunnels: Delta[TunnelId, Tunnel] = field(default_factory=Delta)
    known_hosts: Delta[Prefix, str] = field(default_factory=Delta)
    service_nets: Delta[Prefix, str] = field(default_factory=Delta)

    def __bool__(self) -> bool:
        """Tell whether anything changed."""
        return any(getattr(self, each.name) for each in fields(self))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The compiled policy of one host. Tables refer to one another by id, and nothing dangles.

    `addresses` holds only addresses whose class differs from what `ranges` says of them; `ranges` are disjoint.
    `rules` are the rules that `outcomes` name. `peers` holds only classes whose leaf differs from the group's
    default. `endpoints` are by interface, `host_endpoints` too; `owners` holds only classes whose group differs from
    the dispatch's default.

    `tunnels` are those that hosts use; `known_hosts` may send them, each with the name of what makes it known. To
    addresses of `service_nets`, each with the field that it stands in, nothing untranslated is forwarded. Networks in
    these two are disjoint.
    """

    settings: Settings = field(default_factory=Settings)
    classes: Mapping[ClassId, AddressClass] = field(default_factory=dict[ClassId, AddressClass])
    addresses: Mapping[bytes, ClassId] = field(default_factory=dict[bytes, ClassId])
    ranges: Mapping[AddressRange, ClassId] = field(default_factory=dict[AddressRange, ClassId])
    rules: Mapping[RuleId, CompiledRule] = field(default_factory=dict[RuleId, CompiledRule])
    outcomes: Mapping[OutcomeId, Outcome] = field(default_factory=dict[OutcomeId, Outcome])
    leaves: Mapping[LeafId, Leaf] = field(default_factory=dict[LeafId, Leaf])
    groups: Mapping[GroupId, Group] = field(default_factory=dict[GroupId, Group])
    peers: Mapping[tuple[GroupId, ClassId], LeafId] = field(default_factory=dict[tuple[GroupId, ClassId], LeafId])
    endpoints: Mapping[str, LocalEndpoint] = field(default_factory=dict[str, LocalEndpoint])
    dispatches: Mapping[DispatchId, Dispatch] = field(default_factory=dict[DispatchId, Dispatch])
    owners: Mapping[tuple[DispatchId, ClassId], GroupId] = field(
        default_factory=dict[tuple[DispatchId, ClassId], GroupId]
    )
    host_endpoints: Mapping[str, LocalHostEndpoint] = field(default_factory=dict[str, LocalHostEndpoint])
    tunnels: Mapping[TunnelId, Tunnel] = field(default_factory=dict[TunnelId, Tunnel])
    known_hosts: Mapping[Prefix, str] = field(default_factory=dict[Prefix, str])
    service_nets: Mapping[Prefix, str] = field(default_factory=dict[Prefix, str])

    def apply(self, update: PolicyUpdate) -> Snapshot:
        """Return the snapshot after the update."""
        changed = {
            each.name: delta.applied_to(getattr(self, each.name))
            for each in fields(update)
            if (delta := getattr(update, each.name))
        }
        return replace(self, **changed)

    def group_of(self, id_: GroupId | DispatchId, own_class: ClassId) -> Group:
        """Return the group of an id, or that to which the class of its own address sends a packet of a dispatch."""
        dispatch = self.dispatches.get(id_)
        return self.groups[id_ if dispatch is None else self.owners.get((id_, own_class), dispatch.default)]

    def leaf(self, group: GroupId, peer_class: ClassId, family: Family) -> Leaf:
        """Return the leaf that decides for peers of a class."""
        leaf = self.peers.get((group, peer_class)) or self.groups[group].defaults[family]
        return self.leaves[leaf]
