"""What every kernel does: the real one, in a network namespace of its own, and the one in memory."""

from __future__ import annotations

import errno
import os
import select
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import cast

import pytest

from tortie.dataplane.nftables import (
    ACCEPT,
    DROP,
    Chain,
    Count,
    Counter,
    Element,
    FakeKernel,
    Field,
    Hook,
    Kernel,
    LinuxKernel,
    Log,
    Lookup,
    LookupPriority,
    Match,
    Object,
    Refused,
    Rule,
    Set,
    Stale,
    Table,
    Transaction,
    Type,
    Verb,
    Vmap,
    goto,
    jump,
    repair,
    ruleset,
)
from tortie.netlink import entered

_numbers = count()


@pytest.fixture(
    params=[
        "fake",
        pytest.param("linux", marks=[pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="needs root")]),
    ]
)
def kernel(request: pytest.FixtureRequest) -> Iterator[Kernel]:
    if request.param == "fake":
        fake = FakeKernel()
        yield fake
        fake.close()
        return
    name = f"tortie-contract-{os.getpid()}-{next(_numbers)}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        with entered(Path("/run/netns") / name), LinuxKernel() as linux:
            yield linux
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


def adding(*objects: Object) -> Transaction:
    transaction = Transaction()
    for thing in objects:
        transaction.add(thing)
    return transaction


def deleting(*objects: Table | Counter | Set | Chain | Element) -> Transaction:
    transaction = Transaction()
    for thing in objects:
        transaction.delete(thing)
    return transaction


HOSTS = Set("hosts", (Type.IPV4_ADDR,), Type.CLASSID)
NETS = Set("nets", (Type.IPV4_ADDR,), Type.CLASSID, interval=True)
PEERS = Set("peers", (Type.CLASSID,), Type.VERDICT)
PORTS = Set("ports", (Type.INET_PROTO, Type.INET_SERVICE), Type.VERDICT, interval=True)
PLAIN = Set("plain", (Type.INET_PROTO,))
SEEN = Counter("seen")
BASE = Chain("base", Hook("filter", "forward"))
LEAF = Chain("leaf", comment="a leaf")

WORLD: tuple[Object, ...] = (
    Table(),
    HOSTS,
    NETS,
    PEERS,
    PORTS,
    PLAIN,
    SEEN,
    BASE,
    LEAF,
    Chain("spare"),
    Rule("base", (LookupPriority((Field.IP_SADDR,), "nets"),), "nets"),
    Rule("base", (LookupPriority((Field.IP_SADDR,), "hosts"),)),
    Rule("base", (Vmap((Field.PRIORITY,), "peers"),), "by class"),
    Rule("leaf", (Vmap((Field.L4PROTO, Field.TH_DPORT), "ports"),)),
    Rule("leaf", (Lookup((Field.L4PROTO,), (6, 17)), Count("seen"), DROP), "seen"),
    Element(HOSTS, 0x0A000001, 1),
    Element(HOSTS, 0x0A000002, 2),
    Element(NETS, 0x0A000000, 3, 0x0A0000FF),
    Element(NETS, 0x0A000100, 4, 0x0A0001FF),
    Element(NETS, 0xFF000000, 4, 0xFFFFFFFF),
    Element(PEERS, 1, goto("leaf")),
    Element(PORTS, (6, 80), ACCEPT, (6, 90)),
    Element(PORTS, (17, 53), ACCEPT),
)


@pytest.fixture
def world(kernel: Kernel) -> Kernel:
    kernel.commit(adding(*WORLD))
    return kernel


def is_as_wanted(kernel: Kernel, objects: tuple[Object, ...]) -> bool:
    return not repair(ruleset(objects), kernel.dump())


def test_what_was_committed_is_there(world: Kernel) -> None:
    assert is_as_wanted(world, WORLD)
    actual = world.dump()
    assert actual.chains["base"] == BASE
    assert actual.chains["leaf"] == LEAF
    assert actual.sets["ports"] == PORTS
    assert [rule.comment for rule in actual.rules["base"]] == ["nets", "", "by class"]
    assert actual.elements["nets"] == {
        (0x0A000000, 0x0A0000FF): 3,
        (0x0A000100, 0x0A0001FF): 4,
        (0xFF000000, 0xFFFFFFFF): 4,
    }
    assert actual.elements["ports"] == {((6, 80), (6, 90)): ACCEPT, ((17, 53), (17, 53)): ACCEPT}


def test_without_a_table_there_is_nothing(kernel: Kernel) -> None:
    actual = kernel.dump()
    assert not actual.present
    assert not actual.chains
    assert kernel.counters() == {}
    kernel.delete_table()
    assert not kernel.dump().present


LONG = Chain("x" * 256)
NOWHERE = Set("nowhere", (Type.IPV4_ADDR,), Type.CLASSID)

REFUSED_ADDITIONS: list[tuple[Object, int]] = [
    (Rule("nowhere", (ACCEPT,)), errno.ENOENT),
    (Rule("leaf", (jump("nowhere"),)), errno.ENOENT),
    (Rule("leaf", (Vmap((Field.L4PROTO,), ((6, jump("nowhere")),)),)), errno.ENOENT),
    (Rule("leaf", (Lookup((Field.L4PROTO,), "nowhere"),)), errno.ENOENT),
    (Rule("leaf", (Count("nowhere"),)), errno.ENOENT),
    (Rule("leaf", (jump("base"),)), errno.EOPNOTSUPP),
    (Rule("leaf", (Vmap((Field.L4PROTO,), "plain"),)), errno.EINVAL),
    (Rule("leaf", (LookupPriority((Field.L4PROTO,), "plain"),)), errno.EINVAL),
    (Rule("leaf", (Log("x" * 128),)), errno.ERANGE),
    (Rule("leaf", (Match(Field.ICMP_TYPE, 300), ACCEPT)), errno.EINVAL),
    (Rule("leaf", (Match(Field.L4PROTO, 6), Match(Field.TH_DPORT, 80, last=65536), ACCEPT)), errno.EINVAL),
    (Element(NOWHERE, 1, 1), errno.ENOENT),
    (Element(PEERS, 9, goto("nowhere")), errno.ENOENT),
    (Element(PEERS, 9, goto("base")), errno.EOPNOTSUPP),
    (Element(HOSTS, 0x0A000001, 9), errno.EEXIST),
    (Element(PORTS, (6, 80), DROP, (6, 90)), errno.EEXIST),
    (Element(NETS, 0x0A000080, 1, 0x0A000180), errno.EEXIST),
    (Element(NETS, 0x0A000000, 1, 0x0A0001FF), errno.EEXIST),
    (Element(NETS, 0x0A000001, 1), errno.EEXIST),
    (Element(PORTS, (6, 85), ACCEPT, (6, 95)), errno.EEXIST),
    (LONG, errno.ERANGE),
    (Set("hosts", (Type.IPV6_ADDR,), Type.CLASSID), errno.EEXIST),
]


@pytest.mark.parametrize(("addition", "number"), REFUSED_ADDITIONS, ids=lambda value: str(value)[:60])
def test_what_cannot_be_is_refused_by_name(world: Kernel, addition: Object, number: int) -> None:
    with pytest.raises(Refused) as refused:
        world.commit(adding(addition, Chain("other")))

    assert [(failure.verb, failure.object, failure.errno) for failure in refused.value.failures] == [
        (Verb.ADD, addition, number)
    ]
    assert is_as_wanted(world, WORLD)


REFUSED_DELETIONS: list[tuple[Counter | Set | Chain | Element, int]] = [
    (Chain("nowhere"), errno.ENOENT),
    (Set("nowhere", (Type.IPV4_ADDR,)), errno.ENOENT),
    (Counter("nowhere"), errno.ENOENT),
    (Element(HOSTS, 0x0A000009), errno.ENOENT),
    (Element(NETS, 0x0B000000, None, 0x0B0000FF), errno.ENOENT),
    (HOSTS, errno.EBUSY),
    (LEAF, errno.EBUSY),
]


@pytest.mark.parametrize(("deletion", "number"), REFUSED_DELETIONS, ids=lambda value: str(value)[:60])
def test_what_is_not_there_or_in_use_cannot_be_deleted(
    world: Kernel, deletion: Counter | Set | Chain | Element, number: int
) -> None:
    with pytest.raises(Refused) as refused:
        world.commit(deleting(deletion))

    found = [(failure.object, failure.errno) for failure in refused.value.failures]
    assert (deletion, number) in found or (Chain(getattr(deletion, "name", "")), number) in found
    assert is_as_wanted(world, WORLD)


def test_every_failing_operation_is_named(world: Kernel) -> None:
    wrong: list[Object] = [Element(PEERS, 9, goto("nowhere")), Rule("leaf", (Count("nowhere"),)), LONG]
    with pytest.raises(Refused) as refused:
        world.commit(adding(Element(HOSTS, 0x0A000003, 3), *wrong))

    assert {id(failure.object) for failure in refused.value.failures} == set(map(id, wrong))


def test_the_failing_element_among_many_is_named(world: Kernel) -> None:
    many = [Element(HOSTS, 0x0B000000 + number, 1) for number in range(5000)]
    wrong = Element(HOSTS, 0x0A000001, 7)
    with pytest.raises(Refused) as refused:
        world.commit(adding(*many[:4000], wrong, *many[4000:]))

    assert [failure.object for failure in refused.value.failures] == [wrong]


def test_a_loop_is_refused(world: Kernel) -> None:
    with pytest.raises(Refused) as refused:
        world.commit(adding(Rule("leaf", (jump("spare"),)), Rule("spare", (jump("leaf"),))))

    assert refused.value.errno in {errno.ELOOP, errno.EMLINK}
    assert is_as_wanted(world, WORLD)


def test_what_is_there_already_may_be_added_again(world: Kernel) -> None:
    world.commit(adding(*(thing for thing in WORLD if not isinstance(thing, Rule))))
    assert is_as_wanted(world, WORLD)


CHANGED: list[tuple[Element, Element]] = [
    (Element(HOSTS, 0x0A000001, 1), Element(HOSTS, 0x0A000001, 7)),
    (Element(NETS, 0x0A000000, 3, 0x0A0000FF), Element(NETS, 0x0A000000, 7, 0x0A0000FF)),
    (Element(NETS, 0x0A000000, 3, 0x0A0000FF), Element(NETS, 0x0A000080, 7, 0x0A0000FF)),
    (Element(NETS, 0xFF000000, 4, 0xFFFFFFFF), Element(NETS, 0xF0000000, 4, 0xFFFFFFFF)),
    (Element(PEERS, 1, goto("leaf")), Element(PEERS, 1, DROP)),
    (Element(PORTS, (6, 80), ACCEPT, (6, 90)), Element(PORTS, (6, 80), DROP, (6, 90))),
    (Element(PORTS, (6, 80), ACCEPT, (6, 90)), Element(PORTS, (6, 70), goto("spare"), (6, 90))),
]


@pytest.mark.parametrize(("old", "new"), CHANGED, ids=lambda value: str(value.key))
def test_an_element_changes_in_one_transaction(world: Kernel, old: Element, new: Element) -> None:
    transaction = deleting(old)
    transaction.add(new)
    world.commit(transaction)

    assert is_as_wanted(world, (*(thing for thing in WORLD if thing != old), new))


def test_a_chain_is_rewritten_and_its_old_referents_go(world: Kernel) -> None:
    transaction = deleting(LEAF, PORTS, SEEN)
    transaction.rewrite("base", [Rule("base", (jump("spare"),))])
    transaction.delete(Element(PEERS, 1))
    world.commit(transaction)

    gone = {LEAF, PORTS, SEEN}
    kept = tuple(thing for thing in WORLD if not isinstance(thing, Rule | Element) and thing not in gone)
    elements = tuple(thing for thing in WORLD if isinstance(thing, Element) and thing.set in {HOSTS, NETS})
    assert is_as_wanted(world, (*kept, *elements, Rule("base", (jump("spare"),))))


def test_chains_that_refer_to_one_another_go_together(world: Kernel) -> None:
    world.commit(adding(Chain("a"), Chain("b"), Rule("a", (goto("b"),))))
    world.commit(deleting(Chain("b"), Chain("a")))
    assert is_as_wanted(world, WORLD)


def test_a_flushed_set_keeps_only_what_is_new(world: Kernel) -> None:
    transaction = adding(Element(HOSTS, 5, 5))
    transaction.flush(HOSTS)
    world.commit(transaction)
    assert world.dump().elements["hosts"] == {(5, 5): 5}


def test_the_table_is_replaced_in_one_transaction(world: Kernel) -> None:
    objects = (Table(), Chain("base", Hook("filter", "input", 5, "drop")), Rule("base", (ACCEPT,)))
    transaction = adding(*objects)
    transaction.replace_table()
    world.commit(transaction)
    assert is_as_wanted(world, objects)


def test_a_generation_that_has_passed_is_stale(world: Kernel) -> None:
    before = world.generation()
    after = world.commit(adding(Element(HOSTS, 5, 5)), before)
    assert after == world.generation() == before + 1
    with pytest.raises(Stale):
        world.commit(adding(Element(HOSTS, 6, 6)), before)
    assert (6, 6) not in world.dump().elements["hosts"]


def test_an_empty_transaction_changes_nothing(world: Kernel) -> None:
    before = world.generation()
    assert world.commit(Transaction()) == before == world.generation()


def test_counters_are_read_by_name(world: Kernel) -> None:
    assert world.counters() == {"seen": (0, 0)}


def test_many_elements_in_one_transaction(world: Kernel) -> None:
    elements = [Element(HOSTS, 0x0B000000 + number, number) for number in range(20_000)]
    world.commit(adding(*elements))
    found = world.dump().elements["hosts"]
    assert len(found) == 20_002
    assert found[0x0B000000 + 19_999, 0x0B000000 + 19_999] == 19_999


def interfere(kernel: Kernel, transaction: Transaction) -> None:
    if isinstance(kernel, FakeKernel):
        kernel.interfere(transaction)
    else:
        with LinuxKernel() as other:
            other.commit(transaction)


@pytest.mark.parametrize("size", [1, 5_000])
def test_only_the_changes_of_others_are_foreign(world: Kernel, size: int) -> None:
    assert not world.foreign_changes()
    world.commit(adding(*(Element(HOSTS, 0x0B000000 + number, 5) for number in range(size))))
    assert not world.foreign_changes()

    interfere(world, adding(Element(HOSTS, 6, 6)))

    assert select.select([world], [], [], 5)[0] == [world]
    assert world.foreign_changes()
    assert not world.foreign_changes()


def test_drift_is_repaired(world: Kernel) -> None:
    transaction = deleting(Element(HOSTS, 0x0A000002), Element(NETS, 0x0A000000, None, 0x0A0000FF))
    transaction.rewrite("base", [Rule("base", (ACCEPT,), "by hand")])
    transaction.add(Element(HOSTS, 8, 8))
    transaction.add(Chain("foreign"))
    transaction.add(Set("strange", (Type.IPV6_ADDR,)))
    transaction.add(Counter("odd"))
    interfere(world, transaction)

    world.commit(repair(ruleset(WORLD), world.dump()))

    assert is_as_wanted(world, WORLD)
    assert set(world.dump().chains) == {"base", "leaf", "spare"}


def test_a_hook_that_drifted_is_repaired(world: Kernel) -> None:
    transaction = adding(*(thing for thing in WORLD if thing != BASE), Chain("base", Hook("filter", "input")))
    transaction.replace_table()
    interfere(world, transaction)

    world.commit(repair(ruleset(WORLD), world.dump()))

    assert is_as_wanted(world, WORLD)
    assert world.dump().chains["base"] == BASE


@pytest.mark.parametrize(
    "element",
    [Element(HOSTS, "cali1", 1), Element(HOSTS, 1 << 32, 1), Element(HOSTS, 1), Element(PORTS, 6, ACCEPT)],
    ids=str,
)
def test_a_key_of_the_wrong_shape_is_refused_by_name(world: Kernel, element: Element) -> None:
    fine = Element(HOSTS, 0x0A000009, 1)
    with pytest.raises(Refused) as refused:
        world.commit(adding(fine, element))
    assert [(each.verb, each.object, each.errno) for each in refused.value.failures] == [
        (Verb.ADD, element, errno.EINVAL)
    ]
    assert is_as_wanted(world, WORLD)


def test_a_closed_kernel_can_be_closed_again(kernel: Kernel) -> None:
    kernel.close()
    cast("FakeKernel | LinuxKernel", kernel).close()
