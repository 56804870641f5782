"""Which policies and endpoints the objects belong to that the kernel refused. Pure."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping

from tortie.compiled import AddressRange, Snapshot
from tortie.dataplane.nftables.layout import ADDRESSES, NETS
from tortie.dataplane.nftables.leaves import leaf_chain, leaf_sets
from tortie.dataplane.nftables.logs import rule_chain
from tortie.dataplane.nftables.objects import Element, Object, Rule, Table, Verdict
from tortie.dataplane.nftables.protocol import Refused
from tortie.dataplane.nftables.text import key_text
from tortie.model import Family, Key

__all__ = ["blame", "refusal", "refused_ranges", "suspects"]

_SHOWN = 10
_WIDTHS = {a_map[family].name: family.bits // 8 for a_map in (ADDRESSES, NETS) for family in Family}

Owners = Mapping[str, tuple[Key, ...]]
"""The resources behind each name: of an interface, a chain, a set, a counter."""


def blame(refused: Refused, snapshot: Snapshot) -> str:
    """Return a sentence that names what the kernel refused, why, and for which policy or endpoint."""
    reason = errno.errorcode.get(refused.errno, str(refused.errno))
    return f"the kernel refused the policy ({reason}) and keeps what it had: {refusal(refused, snapshot)}"


def refusal(refused: Refused, snapshot: Snapshot) -> str:
    """Return a clause that names the refused objects, whose they are, and why they were refused."""
    owners = _owners(snapshot)
    lines = [
        f"{failure.verb} {_what(failure.object)}{_whose(failure.object, owners)}: {os.strerror(failure.errno)}"
        for failure in refused.failures[:_SHOWN]
    ]
    if len(refused.failures) > _SHOWN:
        lines.append(f"and {len(refused.failures) - _SHOWN} more")
    return "; ".join(lines) or "no object named"


def suspects(refused: Refused, snapshot: Snapshot) -> tuple[Key, ...]:
    """Return the policies, profiles and endpoints that the refused objects belong to, each once, in that order."""
    owners = _owners(snapshot)
    return tuple(dict.fromkeys(key for failure in refused.failures for key in _owned(failure.object, owners)))


def refused_ranges(refused: Refused) -> tuple[AddressRange, ...]:
    """Return the addresses whose classes the kernel refused: nothing that the snapshot has tells who brought them."""
    things = [failure.object for failure in refused.failures]
    elements = [each for each in things if isinstance(each, Element) and each.set.name in _WIDTHS]
    return tuple(dict.fromkeys(_range(each) for each in elements))


def _range(element: Element) -> AddressRange:
    first, last = element.key, element.key if element.end is None else element.end
    assert isinstance(first, int)  # noqa: S101 - narrows the type: these maps have addresses as keys
    assert isinstance(last, int)  # noqa: S101 - as above
    width = _WIDTHS[element.set.name]
    return first.to_bytes(width), last.to_bytes(width)


def _what(thing: Object) -> str:
    if isinstance(thing, Element):
        return f"element {key_text(thing.set.key, thing.key, thing.end)} of {thing.set.name}"
    if isinstance(thing, Rule):
        return f"rule of chain {thing.chain}"
    return f"{type(thing).__name__.lower()} {thing.name}"


def _whose(thing: Object, owners: Owners) -> str:
    found = _owned(thing, owners)
    return f" (of {', '.join(map(str, found))})" if found else ""


def _owned(thing: Object, owners: Owners) -> tuple[Key, ...]:
    """Return whom an object belongs to, by the names that it bears and points to."""
    return next((owners[name] for name in _names(thing) if name in owners), ())


def _names(thing: Object) -> Iterator[str]:
    if isinstance(thing, Element):
        key = thing.key if isinstance(thing.key, tuple) else (thing.key,)
        yield from (part for part in key if isinstance(part, str))
        if isinstance(thing.data, Verdict):
            yield thing.data.chain
        yield thing.set.name
    elif isinstance(thing, Rule):
        yield thing.chain
    elif not isinstance(thing, Table):
        yield thing.name


def _owners(snapshot: Snapshot) -> Owners:
    owners: dict[str, tuple[Key, ...]] = {interface: (row.stored,) for interface, row in snapshot.endpoints.items()}
    for row in snapshot.host_endpoints.values():
        owners |= dict.fromkeys((row.interface, *row.dispatches.values()), (row.key,))
    for group in snapshot.groups.values():
        owners[group.id] = tuple(owner for stage in group.plan.stages for owner in stage.owners)
    for id_, rule in snapshot.rules.items():
        if rule.origin.owner is not None:
            owners[rule_chain(id_)] = (rule.origin.owner,)
    for outcome in snapshot.outcomes.values():
        named = (snapshot.rules[rule].origin.owner for rule in (*outcome.logs, outcome.verdict))
        owners[outcome.id] = tuple(owner for owner in dict.fromkeys(named) if owner is not None)
    for leaf in snapshot.leaves.values():
        found = tuple(dict.fromkeys(owner for outcome in sorted(leaf.outcomes) for owner in owners[outcome]))
        for name in (leaf_chain(leaf.id), *(each.name for each in leaf_sets(leaf))):
            owners[name] = found
    return {name: keys for name, keys in owners.items() if keys}
