"""The table of a host that does not know its policy yet: workloads are silent, the host is left alone. Pure."""

from __future__ import annotations

from tortie.dataplane.nftables.names import comment
from tortie.dataplane.nftables.objects import (
    DROP,
    PRIORITIES,
    Chain,
    Count,
    Counter,
    Field,
    Hook,
    Match,
    Rule,
)
from tortie.dataplane.nftables.transaction import Transaction
from tortie.model import Settings

__all__ = ["BOOT", "boot_table"]

BOOT = "boot"
"""The name of the counter of what was dropped; a table that has it enforces no policy yet."""

_SENTENCE = "the agent does not know the policy of this host yet"
_WAYS = (("input", (Field.IIFNAME,)), ("forward", (Field.IIFNAME, Field.OIFNAME)))


def boot_table(settings: Settings) -> Transaction:
    """Return the transaction that makes the table, in place of whatever table is there.

    What comes from or goes to an interface named like a workload's is dropped; all else passes, so that the host
    itself stays reachable.
    """
    transaction = Transaction()
    transaction.replace_table()
    transaction.add(Counter(BOOT, comment(_SENTENCE)))
    for hook, fields in _WAYS:
        transaction.add(Chain(hook, Hook("filter", hook, PRIORITIES["filter"])))
        for field in fields:
            for prefix in settings.interface_prefixes:
                transaction.add(Rule(hook, (Match(field, f"{prefix}*"), Count(BOOT), DROP)))
    return transaction
