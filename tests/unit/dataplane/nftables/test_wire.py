"""Transactions in messages: how many, how large, and whom an error blames."""

from __future__ import annotations

from tortie.dataplane.nftables import (
    ACCEPT,
    Chain,
    Counter,
    Element,
    Field,
    Lookup,
    Object,
    Rule,
    Set,
    Table,
    Transaction,
    Type,
    Verb,
)
from tortie.dataplane.nftables.constants import BATCH_BEGIN, BATCH_END, Op
from tortie.dataplane.nftables.wire import Batch, encode
from tortie.netlink import ACK, attribute_map, messages

HOSTS = Set("hosts", (Type.IPV4_ADDR,), Type.CLASSID)


def encoded(*things: Object) -> Batch:
    transaction = Transaction()
    for thing in things:
        transaction.add(thing)
    return encode(transaction, "tortie")


def kinds(batch: Batch) -> list[int]:
    return [item.kind & 0xFF for item in messages(batch.data(1))]


def test_a_batch_has_a_beginning_and_an_end() -> None:
    batch = encoded(Table(), Chain("leaf"), Counter("seen"))
    assert kinds(batch) == [BATCH_BEGIN, Op.NEWTABLE, Op.NEWOBJ, Op.NEWCHAIN, BATCH_END]


def test_messages_are_numbered_and_only_the_last_operation_asks_for_an_answer() -> None:
    sent = list(messages(encoded(Table(), Chain("leaf")).data(7)))
    assert [item.sequence for item in sent] == [1, 2, 3, 4]
    assert [bool(item.flags & ACK) for item in sent] == [False, False, True, False]
    assert attribute_map(sent[0].body, 4) == {1: (7).to_bytes(4, "big")}


def test_an_anonymous_set_comes_before_its_rule() -> None:
    batch = encoded(Rule("leaf", (Lookup((Field.L4PROTO,), (6, 17)), ACCEPT)))
    assert kinds(batch)[1:-1] == [Op.NEWSET, Op.NEWSETELEM, Op.NEWRULE]
    assert {part.object for part in batch.parts.values()} == {Rule("leaf", (Lookup((Field.L4PROTO,), (6, 17)), ACCEPT))}


def test_many_elements_take_several_messages_that_all_fit() -> None:
    elements = [Element(HOSTS, number, number) for number in range(10_000)]
    sent = list(messages(encoded(*elements).data(1)))
    assert len(sent) > 4
    assert all(len(item.body) < 65_536 for item in sent)


def test_an_offset_names_its_element() -> None:
    elements = tuple(Element(HOSTS, number, number) for number in range(100))
    part = encoded(*elements).parts[2]
    assert part.verb is Verb.ADD
    assert [part.blamed(offset) for offset in part.offsets] == list(elements)
    assert part.blamed(part.offsets[7] + 3) == elements[7]
    assert part.blamed(0) == part.object


def test_an_element_alone_is_blamed_wherever_the_fault_lies() -> None:
    part = encoded(Element(HOSTS, 5, 5)).parts[2]
    assert part.blamed(0) == Element(HOSTS, 5, 5)
