"""Compiled policy into nft objects: differences in, one transaction out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tortie.compiled import (
    AddressRange,
    Delta,
    Group,
    Leaf,
    LocalEndpoint,
    Outcome,
    OutcomeId,
    OwnGroup,
    PolicyUpdate,
    Snapshot,
)
from tortie.dataplane.nftables.class_lookup import class_lookup
from tortie.dataplane.nftables.families import FAMILY_FIELDS, of_family
from tortie.dataplane.nftables.host_render import render_dispatches, render_hooks
from tortie.dataplane.nftables.layout import (
    ADDRESSES,
    DOWN,
    FROM_ENDPOINT,
    INTERFACES,
    NETS,
    SOURCE_NETS,
    SOURCES,
    TO_ENDPOINT,
    layout,
)
from tortie.dataplane.nftables.leaves import leaf_chain, leaf_elements, leaf_rules, leaf_sets
from tortie.dataplane.nftables.logs import log_rules, rule_chain
from tortie.dataplane.nftables.names import comment, name
from tortie.dataplane.nftables.objects import (
    Chain,
    Element,
    Field,
    Match,
    Rule,
    Set,
    Statement,
    Type,
    Vmap,
    goto,
    jump,
)
from tortie.dataplane.nftables.transaction import Transaction
from tortie.dataplane.nftables.tunnels import host_element
from tortie.dataplane.nftables.verdicts import render_rules
from tortie.model import Action, Direction, Family, family_of, outermost

__all__ = ["render", "render_all", "render_steps", "rule_chain"]


def render_all(snapshot: Snapshot) -> Transaction:
    """Return the transaction that makes the whole table where there is none."""
    update = PolicyUpdate(**{each: Delta(dict(getattr(snapshot, each))) for each in PolicyUpdate.__dataclass_fields__})
    transaction = Transaction()
    _render(transaction, transaction, update, snapshot)
    for thing in layout(snapshot):
        transaction.add(thing)
    return transaction


def render(update: PolicyUpdate, snapshot: Snapshot) -> Transaction:
    """Return the transaction that carries an update to the kernel; `snapshot` is the state after the update."""
    transaction = Transaction()
    _render(transaction, transaction, update, snapshot)
    render_hooks(transaction, transaction, update, snapshot)
    return transaction


def render_steps(update: PolicyUpdate, snapshot: Snapshot) -> tuple[Transaction, Transaction]:
    """Return `render` in two steps, the second of which takes away what no packet comes to after the first.

    The kernel looks things up as they are at that moment, also for a packet that is on its way through the chains: it
    may have the number of a class, or be in a chain, of before. In the maps of these it must find what it would have.
    """
    first, last = Transaction(), Transaction()
    _render(first, last, update, snapshot)
    render_hooks(first, last, update, snapshot)
    return first, last


def _render(first: Transaction, last: Transaction, update: PolicyUpdate, snapshot: Snapshot) -> None:
    render_rules(first, last, update, snapshot)
    _outcomes(first, last, update, snapshot)
    _leaves(first, last, update.leaves, snapshot.outcomes)
    _groups(first, last, update.groups)
    _peers(first, last, update)
    render_dispatches(first, last, update)
    _classes(first, update)
    first.delete_elements(map(host_element, update.known_hosts.removals))
    first.add_elements(map(host_element, update.known_hosts.upserts))
    _endpoints(first, last, update.endpoints)


def _outcomes(first: Transaction, last: Transaction, update: PolicyUpdate, snapshot: Snapshot) -> None:
    for outcome in update.outcomes.upserts.values():
        if outcome.logs:
            first.add(Chain(outcome.id))
    moved = {id_ for id_, rule in update.rules.upserts.items() if rule.action is Action.LOG}
    known = snapshot.outcomes if moved else update.outcomes.upserts
    for outcome in known.values():
        if outcome.logs and (outcome.id in update.outcomes.upserts or not moved.isdisjoint(outcome.logs)):
            first.rewrite(outcome.id, log_rules(outcome, snapshot.rules, snapshot.settings.log_rate))
    for outcome in update.outcomes.removals.values():
        if outcome.logs:
            last.delete(Chain(outcome.id))


def _leaves(first: Transaction, last: Transaction, delta: Delta[str, Leaf], outcomes: Mapping[str, Outcome]) -> None:
    def target(outcome_id: OutcomeId) -> str:
        outcome = outcomes[outcome_id]
        return outcome.id if outcome.logs else rule_chain(outcome.verdict)

    for leaf in delta.upserts.values():
        for a_set in leaf_sets(leaf):
            first.add(a_set)
        first.add(Chain(leaf_chain(leaf.id)))
        for rule in leaf_rules(leaf, target):
            first.add(rule)
        first.add_elements(leaf_elements(leaf, target))
    for leaf in delta.removals.values():
        last.delete(Chain(leaf_chain(leaf.id)))
        for a_set in leaf_sets(leaf):
            last.delete(a_set)


def _groups(first: Transaction, last: Transaction, delta: Delta[str, Group]) -> None:
    for group in delta.upserts.values():
        first.add(_peer_map(group.id))
        owners = [str(owner) for stage in group.plan.stages for owner in stage.owners]
        first.add(Chain(group.id, comment=comment(f"{group.direction}: {', '.join(owners) or 'no policy'}")))
        for each in _group_rules(group):
            first.add(Rule(group.id, each))
    for group in delta.removals.values():
        last.delete(Chain(group.id))
        last.delete(_peer_map(group.id))


def _group_rules(group: Group) -> Iterator[tuple[Statement, ...]]:
    """Yield the rules that find the peer's class, and with it the leaf."""
    side = 0 if group.direction is Direction.INGRESS else 1
    if any(rule.peer or rule.source_names or rule.destination_names for rule in group.plan.rules()):
        yield from class_lookup(side)
        yield (Vmap((Field.PRIORITY,), _peer_map(group.id).name),)
    v4, v6 = group.defaults[Family.V4], group.defaults[Family.V6]
    if v4 != v6:
        yield (of_family(Family.V4), goto(leaf_chain(v4)))
    yield (goto(leaf_chain(v6)),)


def _peer_map(group_id: str) -> Set:
    return Set(f"{group_id}-peers", (Type.CLASSID,), Type.VERDICT, comment="class to leaf")


def _peers(first: Transaction, last: Transaction, update: PolicyUpdate) -> None:
    for (group, class_id), leaf in update.peers.before.items():
        (first if (group, class_id) in update.peers.upserts else last).delete(
            Element(_peer_map(group), class_id, goto(leaf_chain(leaf)))
        )
    for (group, class_id), leaf in update.peers.upserts.items():
        first.add(Element(_peer_map(group), class_id, goto(leaf_chain(leaf))))


def _classes(transaction: Transaction, update: PolicyUpdate) -> None:
    transaction.delete_elements(_address_elements(update.addresses.before))
    transaction.delete_elements(_range_elements(update.ranges.before))
    transaction.add_elements(_address_elements(update.addresses.upserts))
    transaction.add_elements(_range_elements(update.ranges.upserts))


def _address_elements(rows: Mapping[bytes, int]) -> Iterator[Element]:
    for address, class_id in rows.items():
        yield Element(ADDRESSES[family_of(address)], int.from_bytes(address), class_id)


def _range_elements(rows: Mapping[AddressRange, int]) -> Iterator[Element]:
    for (first, last), class_id in rows.items():
        yield Element(NETS[family_of(first)], int.from_bytes(first), class_id, int.from_bytes(last))


def _endpoints(first: Transaction, last: Transaction, delta: Delta[str, LocalEndpoint]) -> None:
    for interface in {**delta.before, **delta.upserts}:
        old = _parts(delta.before.get(interface))
        new = _parts(delta.upserts.get(interface))
        for key, thing in old.items():
            if isinstance(thing, Element | Chain) and new.get(key) != thing:
                (last if isinstance(thing, Chain) else first).delete(thing)
        for key, thing in new.items():
            if isinstance(thing, list):
                first.rewrite(thing[0].chain, thing)
            elif old.get(key) != thing:
                first.add(thing)


def _parts(row: LocalEndpoint | None) -> dict[object, Element | Chain | list[Rule]]:
    """Return what one endpoint puts into the table: elements by set and key, chains by name, and their rules."""
    if row is None:
        return {}
    parts: dict[object, Element | Chain | list[Rule]] = {}
    for thing in _endpoint(row):
        if isinstance(thing, Element):
            parts[thing.set.name, thing.key] = thing
        elif isinstance(thing, Chain):
            parts[thing.name] = thing
        else:
            rules = parts.setdefault(("rules", thing.chain), [])
            assert isinstance(rules, list)  # noqa: S101 - narrows the type: this key only ever holds rules
            rules.append(thing)
    return parts


def _endpoint(row: LocalEndpoint) -> Iterator[Element | Chain | Rule]:
    """Yield everything that one endpoint adds to the table."""
    if not row.active:
        yield Element(DOWN, row.interface)
        return
    yield Element(INTERFACES, row.interface)
    for address in row.addresses:
        yield Element(SOURCES[family_of(address)], (row.interface, int.from_bytes(address)))
    for prefix in outermost(row.sources):
        last = (row.interface, int.from_bytes(prefix.last))
        yield Element(SOURCE_NETS[prefix.family], (row.interface, int.from_bytes(prefix.network)), end=last)
    for direction, dispatch, go in ((Direction.EGRESS, FROM_ENDPOINT, jump), (Direction.INGRESS, TO_ENDPOINT, goto)):
        groups = row.groups(direction)
        chain = groups[0].group if len(groups) == 1 else name("own", direction.lower(), row.interface)
        if len(groups) > 1:
            yield from _own_chain(chain, direction, groups)
        yield Element(dispatch, row.interface, go(chain))


def _own_chain(chain: str, direction: Direction, groups: Iterable[OwnGroup]) -> Iterator[Chain | Rule]:
    """Yield the chain that tells the addresses of one endpoint apart."""
    yield Chain(chain)
    side = 1 if direction is Direction.INGRESS else 0
    for each in groups:
        if each.address is None:
            yield Rule(chain, (goto(each.group),))
        else:
            field = FAMILY_FIELDS[family_of(each.address)][side]
            yield Rule(chain, (Match(field, int.from_bytes(each.address)), goto(each.group)))
