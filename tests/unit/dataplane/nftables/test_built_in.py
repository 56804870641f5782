"""Chains of verdicts that no policy writes."""

from __future__ import annotations

import pytest

from tortie.compiled import BuiltIn
from tortie.dataplane.nftables import Reject, rule_text, ruleset
from tortie.dataplane.nftables.built_in import verdict_chain
from tortie.model import Verdict


@pytest.mark.parametrize("verdict", list(BuiltIn))
def test_each_counts_and_decides(verdict: BuiltIn) -> None:
    found = ruleset(verdict_chain(verdict))
    word = "accept" if verdict.verdict is Verdict.ALLOW else "drop"
    assert [rule_text(rule) for rule in found.rules[verdict]] == [f'counter name "{verdict}" {word}']
    assert set(found.counters) == set(found.chains) == {verdict}


def test_a_deny_may_tell_the_sender() -> None:
    for verdict, word in ((BuiltIn.ENDPOINT_TO_HOST_DROP, "reject"), (BuiltIn.LOOPBACK, "accept")):
        (rule,) = ruleset(verdict_chain(verdict, Reject())).rules[verdict]
        assert rule_text(rule) == f'counter name "{verdict}" {word}'
