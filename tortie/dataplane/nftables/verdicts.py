"""Deciding rules as chains: each counts its packets, and says what becomes of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from tortie.compiled import CompiledRule, Dispatch, PolicyUpdate, RuleId, Snapshot
from tortie.dataplane.nftables.logs import rule_chain
from tortie.dataplane.nftables.names import comment
from tortie.dataplane.nftables.objects import (
    ACCEPT,
    DROP,
    RETURN,
    Chain,
    Count,
    Counter,
    MarkBit,
    NoTrack,
    Reject,
    Rule,
    Statement,
)
from tortie.dataplane.nftables.transaction import Transaction
from tortie.model import Action, DenyAction, Direction, PolicyClass

__all__ = ["render_rules"]


def render_rules(first: Transaction, last: Transaction, update: PolicyUpdate, snapshot: Snapshot) -> None:
    """Carry over the counters of rules, and the chains of those that decide; `snapshot` is the state after."""
    delta = update.rules
    tells = snapshot.settings.deny_action is DenyAction.REJECT
    silent = _silent(snapshot.dispatches.values()) if tells else frozenset()
    for rule_id, rule in delta.upserts.items():
        chain = rule_chain(rule_id)
        first.add(Counter(chain, comment(rule_id)))
        if rule.action is Action.LOG:
            continue
        first.add(Chain(chain, comment=comment(rule_id)))
        there = delta.before.get(rule_id)
        if there is not None and there.action is not Action.LOG:
            first.flush(Chain(chain))
        first.add(_rule(rule, snapshot, silent))
    if tells and update.dispatches:
        kept = {id_: each for id_, each in snapshot.dispatches.items() if id_ not in update.dispatches.upserts}
        was = _silent({**kept, **update.dispatches.before}.values())
        for rule_id in sorted((silent ^ was) & snapshot.rules.keys() - delta.upserts.keys()):
            if snapshot.rules[rule_id].action is Action.DENY:
                first.rewrite(rule_chain(rule_id), [_rule(snapshot.rules[rule_id], snapshot, silent)])
    for rule_id, rule in delta.before.items():
        after = delta.upserts.get(rule_id)
        if rule.action is not Action.LOG and (after is None or after.action is Action.LOG):
            last.delete(Chain(rule_chain(rule_id)))
        if after is None:
            last.delete(Counter(rule_chain(rule_id)))


def _rule(rule: CompiledRule, snapshot: Snapshot, silent: frozenset[RuleId]) -> Rule:
    chain = rule_chain(rule.id)
    said = "".join(f"; {key}={value}" for key, value in rule.origin.annotations)
    text = rule.origin.note or f"{rule.action}, rule {rule.origin.index} of {rule.origin.owner}{said}"
    return Rule(chain, (Count(chain), *_verdict(rule, snapshot, silent)), comment(text))


def _verdict(rule: CompiledRule, snapshot: Snapshot, silent: frozenset[RuleId]) -> tuple[Statement, ...]:
    """Return what a deciding rule does: the packet goes on, or is dropped, or skips later policy of its interface."""
    is_normal = rule.origin.policy_class not in (PolicyClass.UNTRACKED, PolicyClass.PRE_DNAT)
    if rule.action is Action.PASS or (rule.action is Action.ALLOW and is_normal):
        return (RETURN,)
    if rule.action is Action.ALLOW:
        skips: tuple[Statement, ...] = (MarkBit(snapshot.settings.mark_bit), ACCEPT)
        return (NoTrack(), *skips) if rule.origin.policy_class is PolicyClass.UNTRACKED else skips
    tells = snapshot.settings.deny_action is DenyAction.REJECT and is_normal and rule.id not in silent
    return (Reject() if tells else DROP,)


def _silent(dispatches: Iterable[Dispatch]) -> frozenset[RuleId]:
    """Return the rules whose denies cannot tell the sender: those that postrouting leads to, where none may."""
    return frozenset(
        rule.id
        for each in dispatches
        if (each.plan.policy_class, each.plan.direction) == (PolicyClass.NORMAL, Direction.EGRESS)
        for rule in each.plan.rules()
    )
