"""What the kernel in memory can do beyond a kernel; what it does as one is tests/contract/test_kernel.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tortie.dataplane.nftables import (
    Chain,
    Counter,
    Element,
    FakeKernel,
    Object,
    Set,
    Table,
    Transaction,
    Type,
    ruleset,
)

HOSTS = Set("hosts", (Type.IPV4_ADDR,), Type.CLASSID)
THINGS: list[Object] = [Table(), Counter("seen"), HOSTS, Chain("leaf"), Element(HOSTS, 5, 1)]


@pytest.fixture
def fake() -> Iterator[FakeKernel]:
    kernel = FakeKernel()
    transaction = Transaction()
    for thing in THINGS:
        transaction.add(thing)
    kernel.commit(transaction)
    yield kernel
    kernel.close()


def test_it_shows_what_it_holds(fake: FakeKernel) -> None:
    assert fake.ruleset() == ruleset(THINGS)
    fake.delete_table()
    assert fake.ruleset() == ruleset([])


def test_it_counts_on_request(fake: FakeKernel) -> None:
    fake.count("seen", 2, 100)
    fake.count("seen", 1, 60)
    assert fake.counters() == {"seen": (3, 160)}


def test_somebody_else_may_commit_elsewhere(fake: FakeKernel) -> None:
    before = fake.generation()
    fake.interfere(Transaction())
    assert fake.generation() == before + 1
    assert not fake.foreign_changes()
