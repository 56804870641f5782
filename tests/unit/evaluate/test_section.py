"""What a section says, and who had the last word."""

from __future__ import annotations

import pytest

from tortie.compiled import BuiltIn, CompiledRule, LocalHostEndpoint, Origin, Plan
from tortie.evaluate import Decision, Section, Step
from tortie.model import Action, Direction, Key, Kind, PolicyClass, Verdict

HOST = LocalHostEndpoint("eth0", Key(Kind.HOST_ENDPOINT, "", "h"), {})
INGRESS = Direction.INGRESS


def rule(action: Action) -> CompiledRule:
    return CompiledRule(f"rule-{action}", action, Origin(INGRESS))


def section(
    *actions: Action, policy_class: PolicyClass = PolicyClass.UNTRACKED, before: BuiltIn | None = None
) -> Section:
    plan = Plan("p", INGRESS, (), rule(Action.PASS), policy_class)
    return Section(HOST, INGRESS, plan, tuple(Step("t", is_profile=False, rule=rule(each)) for each in actions), before)


@pytest.mark.parametrize(
    ("found", "verdict", "exempts"),
    [
        (section(Action.ALLOW), Verdict.ALLOW, True),
        (section(Action.DENY), Verdict.DENY, False),
        (section(Action.LOG, Action.PASS), None, False),
        (section(before=BuiltIn.FAILSAFE_INBOUND), Verdict.ALLOW, False),
        (section(Action.ALLOW, policy_class=PolicyClass.PRE_DNAT), Verdict.ALLOW, True),
        (section(Action.ALLOW, policy_class=PolicyClass.FORWARD), Verdict.ALLOW, False),
        (section(Action.ALLOW, policy_class=PolicyClass.NORMAL), Verdict.ALLOW, False),
    ],
)
def test_verdicts(found: Section, verdict: Verdict | None, *, exempts: bool) -> None:
    assert (found.verdict, found.exempts) == (verdict, exempts)


def test_the_last_section_that_decided_had_the_last_word() -> None:
    allowed, undecided, kept = section(Action.LOG, Action.ALLOW), section(Action.PASS), section(before=BuiltIn.LOOPBACK)
    decision = Decision(Verdict.ALLOW, "rule-Allow", (allowed, undecided))
    assert decision.decider is allowed
    assert decision.logs == ("rule-Log",)
    assert Decision(Verdict.ALLOW, BuiltIn.LOOPBACK, (kept, undecided)).decider is kept
    assert Decision(Verdict.DENY, BuiltIn.SPOOFED_SOURCE).decider is None
