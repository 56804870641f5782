"""The packet filters of a lab's hosts: what they hold beside what they should, and policy put there without agents."""

from __future__ import annotations

from collections.abc import Iterator

from tortie.compiled import Snapshot
from tortie.dataplane.nftables import Elements, LinuxKernel, Object, Ruleset, Transaction, repair, ruleset
from tortie.dataplane.nftables.render import render_all
from tortie.lab.lab import Running
from tortie.netlink import entered

__all__ = ["differs", "enforce", "wanted"]


def wanted(snapshot: Snapshot) -> Ruleset:
    """Return all that a host's table holds when it enforces a compiled policy."""
    return ruleset(_objects(render_all(snapshot)))


def differs(running: Running, host: str, snapshot: Snapshot) -> bool:
    """Tell whether a host's kernel holds anything but the compiled policy; raises Unavailable."""
    with entered(running.host_namespace(host)), LinuxKernel() as kernel:
        return bool(repair(wanted(snapshot), kernel.dump()))


def enforce(running: Running, host: str, snapshot: Snapshot) -> None:
    """Put a compiled policy into a host's kernel, in one transaction, as an agent would at its start.

    Raises:
        Refused: The kernel did not take it, and keeps what it has.
        Unavailable: The kernel cannot be asked.
    """
    whole = render_all(snapshot)
    whole.replace_table()
    with entered(running.host_namespace(host)), LinuxKernel() as kernel:
        kernel.commit(whole)


def _objects(transaction: Transaction) -> Iterator[Object]:
    for operation in transaction.operations():
        if isinstance(operation.object, Elements):
            yield from operation.object.items
        else:
            yield operation.object
