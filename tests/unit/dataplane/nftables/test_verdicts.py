"""What a deciding rule does in the kernel, by its action, its list of policies, and the settings."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from tests.spec.host_tables import ALL_WAYS, Way, difference, host_table
from tortie.compiled import Snapshot
from tortie.dataplane.nftables import FakeKernel, rule_chain, rule_text
from tortie.dataplane.nftables.render import render, render_all
from tortie.model import Action, DenyAction, Direction, PolicyClass, Settings

SKIP = "meta mark set meta mark | 0x00010000 accept"
REJECTING = Settings(deny_action=DenyAction.REJECT)
IN, OUT = Direction.INGRESS, Direction.EGRESS


def verdict(kernel: FakeKernel, way: Way, action: Action) -> str:
    """Return what the chain of a rule says behind its counter, without the comment."""
    policy_class, direction = way
    chain = rule_chain(f"gnp/eth0-{policy_class}/{direction.lower()}/{action.lower()}")
    (rule,) = kernel.ruleset().rules[chain]
    return rule_text(replace(rule, comment="", statements=rule.statements[1:]))


def verdicts(snapshot: Snapshot, way: Way) -> list[str]:
    with closing(FakeKernel()) as kernel:
        kernel.commit(render_all(snapshot))
        return [verdict(kernel, way, action) for action in (Action.ALLOW, Action.DENY, Action.PASS)]


@pytest.mark.parametrize("way", ALL_WAYS, ids=str)
def test_an_allow_of_early_lists_skips_the_later_ones(way: Way) -> None:
    policy_class, _ = way
    allow = {PolicyClass.UNTRACKED: f"notrack {SKIP}", PolicyClass.PRE_DNAT: SKIP}.get(policy_class, "return")
    says = {80: Action.ALLOW, 81: Action.DENY, 0: Action.PASS}
    assert verdicts(host_table({"eth0": {way: says}}), way) == [allow, "drop", "return"]


@pytest.mark.parametrize("way", ALL_WAYS, ids=str)
def test_the_sender_is_told_where_the_setting_says_so_and_the_kernel_can(way: Way) -> None:
    policy_class, direction = way
    says = {80: Action.ALLOW, 81: Action.DENY, 0: Action.PASS}
    is_early = policy_class in (PolicyClass.UNTRACKED, PolicyClass.PRE_DNAT)
    is_in_postrouting = policy_class is PolicyClass.NORMAL and direction is OUT
    word = "drop" if is_early or is_in_postrouting else "reject"
    assert verdicts(host_table({"eth0": {way: says}}, REJECTING), way)[1] == word


def test_a_rule_falls_silent_when_a_host_endpoint_comes_to_share_it() -> None:
    """And speaks again when that goes: the rule itself does not change."""
    way: Way = (PolicyClass.NORMAL, OUT)
    hosted = host_table({"eth0": {}}, REJECTING)
    alone = replace(host_table({}, REJECTING), rules=hosted.rules)
    with closing(FakeKernel()) as kernel:
        kernel.commit(render_all(alone))
        found = [verdict(kernel, way, Action.DENY)]
        for before, after in ((alone, hosted), (hosted, alone)):
            kernel.commit(render(difference(before, after), after))
            found.append(verdict(kernel, way, Action.DENY))
    assert found == ["reject", "drop", "reject"]
