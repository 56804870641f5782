"""Changes in any order become operations in the order that the kernel needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.dataplane.nftables import (
    ACCEPT,
    DROP,
    Chain,
    Count,
    Counter,
    Element,
    Elements,
    FakeKernel,
    Field,
    Object,
    Operation,
    Rule,
    Set,
    Table,
    Transaction,
    Type,
    Verb,
    Vmap,
    goto,
    ruleset,
)
from tortie.dataplane.nftables.repair import repair

PEERS = Set("peers", (Type.CLASSID,), Type.VERDICT)
WORLD: tuple[Object, ...] = (
    Table(),
    Counter("seen"),
    PEERS,
    Chain("in"),
    Chain("leaf"),
    Element(PEERS, 1, goto("leaf")),
    Rule("in", (Vmap((Field.PRIORITY,), "peers"),)),
    Rule("leaf", (Count("seen"), DROP)),
)


@given(st.permutations(WORLD))
def test_any_order_of_adding_will_do(things: list[Object]) -> None:
    kernel = FakeKernel()
    transaction = Transaction()
    for thing in things:
        transaction.add(thing)
    kernel.commit(transaction)
    assert not repair(ruleset(WORLD), kernel.dump())
    kernel.close()


@given(st.permutations([Chain("in"), Chain("leaf"), PEERS, Counter("seen")]))
def test_any_order_of_deleting_will_do(things: list[Chain | Set | Counter]) -> None:
    kernel = FakeKernel()
    first, second = Transaction(), Transaction()
    for thing in WORLD:
        first.add(thing)
    kernel.commit(first)
    for thing in things:
        second.delete(thing)
    kernel.commit(second)
    assert not kernel.dump().chains
    kernel.close()


def test_the_order() -> None:
    transaction = Transaction()
    rule = Rule("in", (ACCEPT,))
    old, new = Element(PEERS, 1), Element(PEERS, 1, DROP)
    transaction.delete(Counter("old"))
    transaction.delete(Chain("gone"))
    transaction.rewrite("in", [rule])
    transaction.add(new)
    transaction.delete(old)
    transaction.add(Chain("in"))
    assert list(transaction.operations()) == [
        Operation(Verb.ADD, Chain("in")),
        Operation(Verb.FLUSH, Chain("in")),
        Operation(Verb.FLUSH, Chain("gone")),
        Operation(Verb.DELETE, Elements(PEERS, (old,))),
        Operation(Verb.ADD, Elements(PEERS, (new,))),
        Operation(Verb.ADD, rule),
        Operation(Verb.DELETE, Chain("gone")),
        Operation(Verb.DELETE, Counter("old")),
    ]


def test_a_replaced_table_goes_before_anything_comes() -> None:
    transaction = Transaction()
    transaction.replace_table()
    transaction.add(Chain("in"))
    transaction.rewrite("in", [])  # of a new table's chain there is nothing to flush
    assert [(step.verb, step.object) for step in transaction.operations()] == [
        (Verb.ADD, Table()),
        (Verb.DELETE, Table()),
        (Verb.ADD, Table()),
        (Verb.ADD, Chain("in")),
    ]


@pytest.mark.parametrize("thing", WORLD, ids=str)
def test_a_transaction_is_true_when_there_is_something_to_do(thing: Object) -> None:
    transaction = Transaction()
    assert not transaction
    transaction.add(thing)
    assert transaction
