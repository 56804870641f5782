"""When connections are judged again, and what is told of those that were ended."""

from __future__ import annotations

import io

from tests.unit.agent.test_enforce import Begin, Kernel, begin, kernel, path
from tortie.agent.cuts import Cuts
from tortie.agent.logs import start_log

__all__ = ["begin", "kernel", "path"]


def test_while_nobody_asks_for_it_nothing_is_due(begin: Begin, kernel: Kernel) -> None:
    cuts = Cuts(begin(kernel), start_log(io.StringIO(), "INFO"))
    cuts.make(1.0)
    assert (cuts.remaining(1.0), cuts.ended) == (None, 0)
