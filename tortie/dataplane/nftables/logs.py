"""Log rules as rules of the kernel: a line in the kernel's log, and the packet to the agent. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tortie.compiled import CompiledRule, Outcome, RuleId
from tortie.dataplane.nftables.names import log_prefix, name
from tortie.dataplane.nftables.objects import Count, Limit, Log, Rule, Statement, goto
from tortie.model import LogRate, RateUnit

__all__ = ["LOG_GROUP", "log_rules", "logged_rules", "rule_chain"]

LOG_GROUP = 5
"""The NFLOG group that packets of Log rules are sent to; the prefix is the name of the rule's counter."""

_SECONDS = {RateUnit.SECOND: 1, RateUnit.MINUTE: 60, RateUnit.HOUR: 3600, RateUnit.DAY: 86400}


def rule_chain(rule_id: RuleId) -> str:
    """Return the name of the chain of a deciding rule, of the counter of any, and the prefix of what one logs."""
    return name("rule", rule_id)


def log_rules(outcome: Outcome, rules: Mapping[RuleId, CompiledRule], rate: LogRate | None = None) -> list[Rule]:
    """Return the rules of the chain that logs on the way to a verdict; what exceeds the rate is only counted."""
    limit: tuple[Statement, ...] = ()
    if rate is not None:
        limit = (Limit(rate.count, _SECONDS[rate.unit], max(rate.burst, 1)),)  # the kernel takes 0 for its own default
    steps: list[tuple[Statement, ...]] = [
        (
            Count(rule_chain(each)),
            *limit,
            Log(log_prefix(f"{rules[each].log_prefix}: "), level="info"),
            Log(rule_chain(each), group=LOG_GROUP),
        )
        for each in outcome.logs
    ]
    return [Rule(outcome.id, step) for step in (*steps, (goto(rule_chain(outcome.verdict)),))]


def logged_rules(rules: Iterable[RuleId]) -> dict[str, RuleId]:
    """Return which rule is meant by the prefix of a packet that came from the group."""
    return {rule_chain(each): each for each in rules}
