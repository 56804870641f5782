"""Transactions that the kernel refuses: some of their elements go to a chain that is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.kernel.wire import Wire
from tortie.dataplane.nftables import Element, Elements, Operation, Transaction, Verb, goto

__all__ = ["spoil"]

NOWHERE = goto("nowhere")


class Spoilt(Transaction):
    """A transaction some of whose elements are such as no kernel takes: they go to a chain that is not there."""

    def __init__(self, whole: Transaction, spoils: Callable[[Element], bool]) -> None:
        super().__init__()
        self._whole = whole
        self._spoils = spoils

    def operations(self) -> Iterator[Operation]:
        for each in self._whole.operations():
            yield self._spoilt(each) if each.verb is Verb.ADD else each

    def _spoilt(self, operation: Operation) -> Operation:
        if not isinstance(operation.object, Elements):
            return operation
        items = (each._replace(data=NOWHERE) if self._spoils(each) else each for each in operation.object.items)
        return replace(operation, object=replace(operation.object, items=tuple(items)))


def spoil(wire: Wire, monkeypatch: pytest.MonkeyPatch, spoils: Callable[[Element], bool]) -> None:
    """Let the kernel refuse elements: what it is asked is wrong, and the answer is its own."""
    commit = wire.kernel.commit

    def commit_spoilt(transaction: Transaction, generation: int | None = None) -> int:
        return commit(Spoilt(transaction, spoils), generation)

    monkeypatch.setattr(wire.kernel, "commit", commit_spoilt)
