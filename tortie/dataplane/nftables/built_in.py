"""Verdicts that no policy writes, as chains that count and decide. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tortie.compiled import BuiltIn
from tortie.dataplane.nftables.names import comment
from tortie.dataplane.nftables.objects import ACCEPT, DROP, Chain, Count, Counter, Object, Rule, Statement
from tortie.model import Verdict

__all__ = ["verdict_chain"]


def verdict_chain(verdict: BuiltIn, denied: Statement = DROP) -> Iterator[Object]:
    """Yield the chain that other chains go to for a verdict, with its counter, both of the verdict's own name.

    `denied` is what becomes of a packet where the verdict is to deny.
    """
    yield Counter(verdict, comment(verdict.sentence))
    yield Chain(verdict, comment=comment(verdict.sentence))
    yield Rule(verdict, (Count(verdict), ACCEPT if verdict.verdict is Verdict.ALLOW else denied))
