"""Compiled policy of host endpoints, made by hand: which ports each list of policies allows, denies or leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from tortie.compiled import (
    ANY_PORT,
    CompiledRule,
    Delta,
    Dispatch,
    Group,
    Leaf,
    LocalHostEndpoint,
    Origin,
    Outcome,
    Plan,
    PolicyUpdate,
    PortCell,
    Snapshot,
    Stage,
)
from tortie.model import Action, Direction, Family, Key, Kind, PolicyClass, PortRange, Settings

__all__ = ["ALL_WAYS", "NORMAL_WAYS", "Way", "difference", "host_table"]

Way = tuple[PolicyClass, Direction]
IN, OUT = Direction.INGRESS, Direction.EGRESS
NORMAL_WAYS: tuple[Way, ...] = ((PolicyClass.NORMAL, IN), (PolicyClass.NORMAL, OUT))
ALL_WAYS: tuple[Way, ...] = (
    *NORMAL_WAYS,
    (PolicyClass.UNTRACKED, IN),
    (PolicyClass.UNTRACKED, OUT),
    (PolicyClass.PRE_DNAT, IN),
    (PolicyClass.FORWARD, IN),
    (PolicyClass.FORWARD, OUT),
)
_TCP, _UDP = 6, 17


@dataclass(slots=True)
class Tables:
    """The tables of a snapshot in the making."""

    rules: dict[str, CompiledRule] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    leaves: dict[str, Leaf] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    dispatches: dict[str, Dispatch] = field(default_factory=dict)

    def decided(self, where: str, way: Way, action: Action) -> str:
        """Return the outcome of a rule, made with it."""
        policy_class, direction = way
        owner = Key(Kind.GLOBAL_NETWORK_POLICY, "", f"{where}-{policy_class}")
        rule_id = f"gnp/{owner.name}/{direction.lower()}/{action.lower()}"
        origin = Origin(direction, "default", owner, 0, "", policy_class)
        self.rules[rule_id] = CompiledRule(rule_id, action, origin)
        self.outcomes[f"outcome-{rule_id}"] = Outcome(f"outcome-{rule_id}", (), rule_id)
        return f"outcome-{rule_id}"

    def dispatch(self, where: str, way: Way, says: Mapping[int, Action]) -> str:
        """Return the dispatch of a list of policies: what becomes of ports, 0 standing for all others."""
        policy_class, direction = way
        words = [f"{port}{action}" for port, action in sorted(says.items())]
        ident = "-".join((where, policy_class, direction.lower(), *words))  # equal ids, equal contents
        cells = sorted(
            PortCell(protocol, ANY_PORT, PortRange(port, port), self.decided(where, way, action))
            for protocol in (_TCP, _UDP)
            for port, action in says.items()
            if port
        )
        default = self.decided(where, way, says.get(0, Action.DENY))
        self.leaves[f"leaf-{ident}"] = Leaf(f"leaf-{ident}", default, (), tuple(cells))
        named = dict.fromkeys(self.outcomes[each.outcome].verdict for each in cells)
        rules = tuple(self.rules[each] for each in named)
        end = self.rules[self.outcomes[default].verdict]
        plan = Plan(f"plan-{ident}", direction, (Stage("default", is_profile=False, rules=rules),), end, policy_class)
        families = dict.fromkeys(Family, f"leaf-{ident}")
        self.groups[f"group-{ident}"] = Group(f"group-{ident}", plan, dict.fromkeys(Family, frozenset[str]()), families)
        self.dispatches[f"dispatch-{ident}"] = Dispatch(f"dispatch-{ident}", plan, f"group-{ident}")
        return f"dispatch-{ident}"


def host_table(rows: Mapping[str, Mapping[Way, Mapping[int, Action]]], settings: Settings | None = None) -> Snapshot:
    """Return the snapshot of a host with these host endpoints, by interface; both normal lists are always there."""
    tables = Tables()
    endpoints = {}
    for interface, lists in rows.items():
        where = "every" if interface == "*" else interface
        whole = {way: lists.get(way, {}) for way in {*NORMAL_WAYS, *lists}}
        found = {way: tables.dispatch(where, way, says) for way, says in whole.items()}
        endpoints[interface] = LocalHostEndpoint(interface, Key(Kind.HOST_ENDPOINT, "", f"on-{where}"), found)
    return Snapshot(
        settings=settings or Settings(),
        rules=tables.rules,
        outcomes=tables.outcomes,
        leaves=tables.leaves,
        groups=tables.groups,
        dispatches=tables.dispatches,
        host_endpoints=endpoints,
    )


def difference(old: Snapshot, new: Snapshot) -> PolicyUpdate:
    """Return what leads from one snapshot to another."""
    tables = {}
    for each in fields(PolicyUpdate):
        before, after = getattr(old, each.name), getattr(new, each.name)
        tables[each.name] = Delta(
            {key: value for key, value in after.items() if before.get(key) != value},
            {key: value for key, value in before.items() if after.get(key) != value},
        )
    return PolicyUpdate(**tables)
