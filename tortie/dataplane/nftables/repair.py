"""What should be there and what is → the transaction that leads from one to the other. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tortie.dataplane.delta import diff

from .expressions import rule_fingerprint
from .objects import Chain, Element, Rule, Set, Verdict
from .ruleset import Actual, ActualRule, Ruleset, Span, span
from .transaction import Transaction
from .wire import UNWRITABLE

__all__ = ["repair"]


def repair(desired: Ruleset, actual: Actual) -> Transaction:
    """Return the transaction after which the kernel has what is desired; an empty one where it has.

    Chains and sets that are there under a hook or types they should not have can not be changed: then the table is
    made anew, in the same transaction. Comments of chains, sets and counters are not compared.
    """
    transaction = Transaction()
    chains = diff(desired.chains, actual.chains, lambda want, have: want.hook == have.hook)
    sets = diff(desired.sets, actual.sets, _same_set)
    if not actual.present or chains.changed or sets.changed:
        _everything(desired, transaction)
        return transaction
    counters = diff(desired.counters, actual.counters, lambda _want, _have: True)
    for name in counters.added:
        transaction.add(desired.counters[name])
    for name in sets.added:
        transaction.add(desired.sets[name])
    for name in chains.added:
        transaction.add(desired.chains[name])
    for name in counters.removed:
        transaction.delete(actual.counters[name])
    for name in sets.removed:
        transaction.delete(actual.sets[name])
    for name in chains.removed:
        transaction.delete(Chain(name))
    _rules(desired, actual, transaction)
    for name, a_set in desired.sets.items():
        _elements(a_set, {span(element): element for element in desired.elements.get(name, ())}, actual, transaction)
    return transaction


def _same_set(want: Set, have: Set) -> bool:
    return replace(want, comment="") == replace(have, comment="")


def _everything(desired: Ruleset, transaction: Transaction) -> None:
    transaction.replace_table()
    for group in (desired.counters, desired.sets, desired.chains):
        for thing in group.values():
            transaction.add(thing)
    for rules in desired.rules.values():
        for rule in rules:
            transaction.add(rule)
    for elements in desired.elements.values():
        transaction.add_elements(elements)


def _rules(desired: Ruleset, actual: Actual, transaction: Transaction) -> None:
    for name in desired.chains:
        rules = desired.rules.get(name, ())
        if not _same_rules(rules, actual.rules.get(name, ())):
            transaction.rewrite(name, rules)


def _same_rules(want: tuple[Rule, ...], have: tuple[ActualRule, ...]) -> bool:
    return len(want) == len(have) and all(
        rule.comment == there.comment and _fingerprint(rule) == there.fingerprint
        for rule, there in zip(want, have, strict=True)
    )


def _fingerprint(rule: Rule) -> bytes | None:
    """Return the rule's fingerprint; None for one that cannot be written, which the commit will refuse by name."""
    try:
        return rule_fingerprint(rule)
    except UNWRITABLE:
        return None


def _elements(a_set: Set, want: Mapping[Span, Element], actual: Actual, transaction: Transaction) -> None:
    have: Mapping[Span, int | Verdict | None] = actual.elements.get(a_set.name, {})
    delta = diff(want, have, lambda element, data: element.data == data)
    transaction.delete_elements(Element(a_set, first, have[first, last], last) for first, last in delta.removed)
    transaction.delete_elements(Element(a_set, first, have[first, last], last) for first, last in delta.changed)
    transaction.add_elements(want[key] for key in delta.added)
    transaction.add_elements(want[key] for key in delta.changed)
