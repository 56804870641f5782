"""Which policies and endpoints the objects belong to that the kernel refused. Pure."""

from __future__ import annotations

import errno
import os

from tortie.compiled import Snapshot
from tortie.dataplane.nftables.objects import Element, Object, Rule, Table, Verdict
from tortie.dataplane.nftables.protocol import Refused
from tortie.dataplane.nftables.render import rule_chain

__all__ = ["blame"]

_SHOWN = 10


def blame(refused: Refused, snapshot: Snapshot) -> str:
    """Return a sentence that names what the kernel refused, why, and for which policy or endpoint."""
    owners = _owners(snapshot)
    lines = [
        f"{failure.verb} {_what(failure.object)}{_whose(failure.object, owners)}: {os.strerror(failure.errno)}"
        for failure in refused.failures[:_SHOWN]
    ]
    if len(refused.failures) > _SHOWN:
        lines.append(f"and {len(refused.failures) - _SHOWN} more")
    reason = errno.errorcode.get(refused.errno, str(refused.errno))
    return f"the kernel refused the policy ({reason}) and keeps what it had: {'; '.join(lines) or 'no object named'}"


def _what(thing: Object) -> str:
    if isinstance(thing, Element):
        return f"element {thing.key} of {thing.set.name}"
    if isinstance(thing, Rule):
        return f"rule of chain {thing.chain}"
    return f"{type(thing).__name__.lower()} {thing.name}"


def _whose(thing: Object, owners: dict[str, str]) -> str:
    """Return whom an object belongs to, by the names that it bears and points to."""
    names = [thing.chain] if isinstance(thing, Rule) else [] if isinstance(thing, Element | Table) else [thing.name]
    if isinstance(thing, Element):
        key = thing.key if isinstance(thing.key, tuple) else (thing.key,)
        names += [part for part in key if isinstance(part, str)]
        if isinstance(thing.data, Verdict):
            names.append(thing.data.chain)
    found = next((owners[name] for name in names if name in owners), "")
    return f" (of {found})" if found else ""


def _owners(snapshot: Snapshot) -> dict[str, str]:
    owners = {interface: str(row.key) for interface, row in snapshot.endpoints.items()}
    owners |= {interface: str(row.key) for interface, row in snapshot.host_endpoints.items()}
    for row in snapshot.host_endpoints.values():
        owners |= dict.fromkeys(row.dispatches.values(), str(row.key))
    for group in snapshot.groups.values():
        named = [str(owner) for stage in group.plan.stages for owner in stage.owners]
        if named:
            owners[group.id] = ", ".join(named)
    for id_, rule in snapshot.rules.items():
        if rule.origin.owner is not None:
            owners[rule_chain(id_)] = str(rule.origin.owner)
    return owners
