"""Log rules: a line for the kernel's log, the packet for the agent, and the way back to the rule."""

from __future__ import annotations

import pytest

from tortie.compiled import CompiledRule, Origin, Outcome
from tortie.dataplane.nftables import rule_text
from tortie.dataplane.nftables.logs import LOG_GROUP, log_rules, logged_rules, rule_chain
from tortie.dataplane.nftables.names import MAX_LOG_PREFIX
from tortie.model import Action, Direction, LogRate, RateUnit

LONG = "np/" + "shop" * 20 + "/" + "x" * 200 + "/ingress/0"


def log(rule_id: str, prefix: str) -> CompiledRule:
    return CompiledRule(rule_id, Action.LOG, Origin(Direction.INGRESS), log_prefix=prefix)


def texts(*rules: CompiledRule) -> list[str]:
    outcome = Outcome("log-1", tuple(rule.id for rule in rules), "gnp/last/ingress/1")
    return [rule_text(rule) for rule in log_rules(outcome, {rule.id: rule for rule in rules})]


def test_each_counts_writes_and_tells_the_agent_before_the_verdict() -> None:
    logged = 'counter name "{0}" log prefix "{1}: " level info log prefix "{0}" group 5'
    assert LOG_GROUP == 5
    assert texts(log("gnp/a/ingress/0", "one"), log("gnp/b/ingress/2", "two")) == [
        logged.format("rule-gnp/a/ingress/0", "one"),
        logged.format("rule-gnp/b/ingress/2", "two"),
        "goto rule-gnp/last/ingress/1",
    ]


def test_prefixes_fit_the_kernel_whatever_their_length() -> None:
    (written, *_) = texts(log(LONG, "é" * 200))
    assert all(len(part.encode()) <= MAX_LOG_PREFIX for part in written.split('"')[1::2])


def test_the_prefix_of_what_was_logged_leads_back_to_the_rule() -> None:
    ids = [LONG, f"{LONG}1", "gnp/a/ingress/0"]
    assert [logged_rules(ids)[rule_chain(each)] for each in ids] == ids


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (LogRate(9999, RateUnit.DAY, 9999), "limit rate 9999/day burst 9999 packets"),
        (LogRate(1, RateUnit.SECOND), "limit rate 1/second"),
        (LogRate(3, RateUnit.HOUR, 0), "limit rate 3/hour burst 1 packets"),
    ],
)
@pytest.mark.scenario(144)
def test_a_rate_limits_what_is_written_and_not_what_is_counted(rate: LogRate, words: str) -> None:
    rule = log("gnp/ep2-4/ingress/0", "aXy9ep2-4%default gnp ep2-4")
    outcome = Outcome("log-1", (rule.id,), "gnp/last/ingress/1")
    (first, last) = map(rule_text, log_rules(outcome, {rule.id: rule}, rate))
    chain = rule_chain(rule.id)
    prefix = 'log prefix "aXy9ep2-4%default gnp ep2-4: " level info'
    assert first == f'counter name "{chain}" {words} {prefix} log prefix "{chain}" group 5'
    assert last == "goto rule-gnp/last/ingress/1"
