"""A kernel in memory that refuses what a test tells it to."""

from __future__ import annotations

import errno
from collections.abc import Callable

from tortie.dataplane.nftables import Elements, Failure, FakeKernel, Object, Refused, Transaction, Verb
from tortie.errors import Unavailable

__all__ = ["Kernel"]


class Kernel(FakeKernel):
    """A kernel with dislikes."""

    def __init__(self) -> None:
        super().__init__()
        self.dislikes: Callable[[Object], bool] = lambda _: False
        self.blind = False
        self.away = False

    def commit(self, transaction: Transaction, generation: int | None = None) -> int:
        if self.away:
            raise Unavailable("the kernel is away")
        wrong = [
            Failure(each.verb, thing, errno.ENOSPC)
            for each in transaction.operations()
            if each.verb is Verb.ADD
            for thing in (each.object.items if isinstance(each.object, Elements) else (each.object,))
            if self.dislikes(thing)
        ]
        if wrong:
            raise Refused(() if self.blind else tuple(wrong), errno.ENOSPC)
        return super().commit(transaction, generation)
