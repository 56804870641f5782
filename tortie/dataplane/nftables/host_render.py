"""Host endpoints, tunnels and services of a difference into nft objects, and how packets find a group. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from tortie.compiled import ClassId, Delta, Dispatch, DispatchId, GroupId, PolicyUpdate, Snapshot
from tortie.dataplane.nftables.class_lookup import class_lookup
from tortie.dataplane.nftables.layout import hooks
from tortie.dataplane.nftables.names import comment
from tortie.dataplane.nftables.objects import (
    Chain,
    Counter,
    Element,
    Field,
    Object,
    Rule,
    Set,
    Statement,
    Type,
    Vmap,
    goto,
)
from tortie.dataplane.nftables.transaction import Transaction
from tortie.model import Direction

__all__ = ["render_dispatches", "render_hooks"]

K = TypeVar("K")
V = TypeVar("V")


def render_dispatches(first: Transaction, last: Transaction, update: PolicyUpdate) -> None:
    """Carry over the chains that find the group of a packet's own address, and their rows."""
    for each in update.dispatches.upserts.values():
        first.add(
            Chain(each.id, comment=comment(f"{each.plan.policy_class}, {each.plan.direction}: own address to group"))
        )
        if _asks_own_side(each):
            first.add(_owner_map(each.id))
        first.rewrite(each.id, _dispatch_rules(each))
    for each in update.dispatches.removals.values():
        last.delete(Chain(each.id))
        if _asks_own_side(each):
            last.delete(_owner_map(each.id))
    gone = update.dispatches.removals
    for row, group in update.owners.before.items():
        if row in update.owners.upserts or row[0] not in gone:
            (first if row in update.owners.upserts else last).delete(_owner(row, group))
    first.add_elements(_owner(row, group) for row, group in update.owners.upserts.items())


def render_hooks(first: Transaction, last: Transaction, update: PolicyUpdate, snapshot: Snapshot) -> None:
    """Carry over which host endpoints, tunnels and services there are; `snapshot` is the state after the difference.

    There are few, and what is there for all of them together depends on each: it is made anew, and compared.
    """
    if not (update.host_endpoints or update.tunnels or update.service_nets):
        return
    before = replace(
        snapshot,
        host_endpoints=_undone(update.host_endpoints, snapshot.host_endpoints),
        tunnels=_undone(update.tunnels, snapshot.tunnels),
        service_nets=_undone(update.service_nets, snapshot.service_nets),
    )
    old, new = (_parts(hooks(each)) for each in (before, snapshot))
    for key, thing in old.items():
        if isinstance(thing, Element):
            if new.get(key) != thing:
                first.delete(thing)
        elif key not in new:
            if isinstance(thing, list):
                first.rewrite(thing[0].chain, ())  # at once: a hook is in force until it is gone
            else:
                last.delete(thing)
    for key, thing in new.items():
        if old.get(key) == thing:
            continue
        if isinstance(thing, list):
            first.rewrite(thing[0].chain, thing)
        else:
            first.add(thing)


def _undone(delta: Delta[K, V], after: Mapping[K, V]) -> dict[K, V]:
    """Return a table as it was before a difference."""
    return {key: row for key, row in after.items() if key not in delta.upserts} | dict(delta.before)


_Part = Set | Chain | Counter | Element | list[Rule]


def _parts(things: Iterable[Object]) -> dict[object, _Part]:
    """Return objects by what tells them apart, and the rules of each chain together."""
    parts: dict[object, _Part] = {}
    rules: dict[str, list[Rule]] = {}
    for thing in things:
        if isinstance(thing, Rule):
            rules.setdefault(thing.chain, []).append(thing)
        elif isinstance(thing, Element):
            parts[thing.set.name, thing.key] = thing
        elif isinstance(thing, Set | Chain | Counter):
            parts[type(thing), thing.name] = thing
    return parts | {(Rule, chain): each for chain, each in rules.items()}


def _asks_own_side(dispatch: Dispatch) -> bool:
    return any(rule.own or rule.source_names or rule.destination_names for rule in dispatch.plan.rules())


def _dispatch_rules(dispatch: Dispatch) -> list[Rule]:
    steps: list[tuple[Statement, ...]] = []
    if _asks_own_side(dispatch):
        steps += list(class_lookup(1 if dispatch.plan.direction is Direction.INGRESS else 0))
        steps.append((Vmap((Field.PRIORITY,), _owner_map(dispatch.id).name),))
    return [Rule(dispatch.id, step) for step in (*steps, (goto(dispatch.default),))]


def _owner_map(dispatch_id: DispatchId) -> Set:
    return Set(f"{dispatch_id}-owners", (Type.CLASSID,), Type.VERDICT, comment="own class to group")


def _owner(row: tuple[DispatchId, ClassId], group: GroupId) -> Element:
    return Element(_owner_map(row[0]), row[1], goto(group))
