"""What others commit while the kernel's table is written in one large piece, and nobody listens."""

from __future__ import annotations

import os
import select
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kernel.labs import unique
from tortie.dataplane.nftables import Element, LinuxKernel, Object, Refused, Set, Stale, Table, Transaction, Type
from tortie.netlink import Answer, Message, NetlinkSocket, Overrun, entered

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

HOSTS = Set("hosts", (Type.IPV4_ADDR,), Type.CLASSID)
LARGE = tuple(Element(HOSTS, 0x0B000000 + number, 5) for number in range(5_000))
MISSING = Element(HOSTS, 0x0C000000)


@pytest.fixture
def kernel() -> Iterator[LinuxKernel]:
    name = unique()
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        with entered(Path("/run/netns") / name), LinuxKernel() as made:
            made.commit(adding(Table(), HOSTS))
            made.foreign_changes()
            yield made
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


def adding(*objects: Object) -> Transaction:
    transaction = Transaction()
    for each in objects:
        transaction.add(each)
    return transaction


def somebody_commits() -> None:
    with LinuxKernel("somebodys") as other:
        other.commit(adding(Table("somebodys")))


def around(monkeypatch: pytest.MonkeyPatch, before: Callable[[], None], after: Callable[[], None]) -> None:
    """Have things happen right before and after each batch, once the watch has stopped to listen."""
    real = NetlinkSocket.transact
    busy: list[bool] = []

    def transact(self: NetlinkSocket, data: bytes, last: int) -> tuple[Answer, ...]:
        if busy:
            return real(self, data, last)
        busy.append(True)
        try:
            before()
            answers = real(self, data, last)
            after()
        finally:
            busy.clear()
        return answers

    monkeypatch.setattr(NetlinkSocket, "transact", transact)


def nothing() -> None:
    """Leave the table alone."""


def too_much(_: NetlinkSocket) -> Iterator[Message]:
    raise Overrun
    yield


def test_what_nobody_heard_counts_as_a_change(kernel: LinuxKernel, monkeypatch: pytest.MonkeyPatch) -> None:
    around(monkeypatch, nothing, somebody_commits)
    kernel.commit(adding(*LARGE), kernel.generation())
    assert kernel.foreign_changes(), "it may have been to our table"
    assert not kernel.foreign_changes()


def test_what_made_the_commit_stale_counts_as_a_change(kernel: LinuxKernel, monkeypatch: pytest.MonkeyPatch) -> None:
    around(monkeypatch, somebody_commits, nothing)
    with pytest.raises(Stale):
        kernel.commit(adding(*LARGE), kernel.generation())
    assert kernel.foreign_changes()


def test_what_was_unheard_is_not_forgotten_with_the_next_commit(
    kernel: LinuxKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    around(monkeypatch, nothing, somebody_commits)
    kernel.commit(adding(*LARGE))
    monkeypatch.undo()
    kernel.commit(adding(*LARGE))
    assert kernel.foreign_changes()


def test_what_was_unheard_is_not_forgotten_where_notices_are_lost(
    kernel: LinuxKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    around(monkeypatch, nothing, somebody_commits)
    kernel.commit(adding(*LARGE))
    monkeypatch.undo()
    kernel.commit(adding(Element(HOSTS, 1, 1)))
    monkeypatch.setattr(NetlinkSocket, "pending", too_much)
    assert kernel.foreign_changes()
    assert not kernel.foreign_changes(), "the generation is that of our own commit"


def test_quiet_commits_are_nobodys_but_ours(kernel: LinuxKernel) -> None:
    kernel.commit(adding(*LARGE))
    assert select.select([kernel], [], [], 0)[0] == [], "nothing to read through"
    refused = adding(*LARGE)
    refused.delete(MISSING)
    with pytest.raises(Refused):
        kernel.commit(refused)
    assert not kernel.foreign_changes()


@pytest.mark.parametrize("own", [LARGE[:1], LARGE], ids=["a small", "a large"])
def test_others_are_heard_before_and_after_a_refusal(kernel: LinuxKernel, own: tuple[Element, ...]) -> None:
    refused = adding(*own)
    refused.delete(MISSING)
    for number in (1, 2):
        with LinuxKernel() as other:
            other.commit(adding(Element(HOSTS, number, 6)))
        with pytest.raises(Refused):
            kernel.commit(refused)
        assert kernel.foreign_changes()
        assert not kernel.foreign_changes()
