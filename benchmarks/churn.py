"""What one change costs with 100,000 endpoints loaded: our time from the update to the committed transaction.

What the agent does for it is measured, the removal of what is no more needed included; by the clock, and, as that
also shows what else the machine does, by CPU time.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

from benchmarks.kernel import kernel_of_its_own
from benchmarks.rows import Row, percentile
from benchmarks.world import HERE, endpoint, namespaces, policy, snapshot_world
from tortie.agent import undisturbed
from tortie.dataplane.nftables import Dataplane
from tortie.engine import Engine
from tortie.model import Action, EntityMatch, Policy, Rule, Settings, Update

__all__ = ["measure"]

ENDPOINTS, POLICIES, LOCAL = 100_000, 10_000, 200
POD, POLICY = ("< 1000", "< 5000"), ("< 10000", "< 50000")


def measure() -> list[Row]:
    engine = Engine(lambda each: each.node == HERE)
    with undisturbed():  # as the agent does with its first state
        engine.apply(snapshot_world(ENDPOINTS, POLICIES, LOCAL))
    rows: list[Row] = []
    with kernel_of_its_own() as kernel:
        dataplane = Dataplane(kernel, Settings())
        dataplane.start(engine.snapshot)
        for name, updates, budgets in _changes():
            walls, cpus = zip(*_timed(engine, dataplane, updates), strict=True)
            for kind, times in (("", walls), (", by CPU time", cpus)):
                rows.append(Row(f"{name}, p50{kind}", percentile(times, 50), "us", budgets[0]))
                rows.append(Row(f"{name}, p99{kind}", percentile(times, 99), "us", budgets[1]))
    return rows


def _changes() -> Iterator[tuple[str, list[Update], tuple[str, str]]]:
    yield "a pod comes", [endpoint(ENDPOINTS + n, local=False) for n in range(300)], POD
    yield (
        "a pod's labels change",
        [endpoint(7 * n + 1, local=False, extra={"one-in-10": "true"}) for n in range(300)],
        POD,
    )
    yield "a pod goes", [Update(endpoint(ENDPOINTS + n, local=False).key, None) for n in range(300)], POD
    spaces = list(namespaces({"team": "new"}))
    yield "a namespace's labels change", spaces, ("", "")
    yield "a policy's rule changes", [_changed(n) for n in range(60)], POLICY


def _changed(number: int) -> Update:
    update = policy(number)
    assert isinstance(update.value, Policy)
    rule = Rule(Action.ALLOW, source=EntityMatch(selector=f"has(one-in-20) && has(marker-{number % 30})"))
    return Update(update.key, replace(update.value, ingress=(*update.value.ingress[:4], rule)))


def _timed(engine: Engine, dataplane: Dataplane, updates: Iterable[Update]) -> Iterator[tuple[float, float]]:
    """Yield microseconds by the clock and of CPU for each update."""
    for update in updates:
        wall, cpu = time.perf_counter(), time.process_time()
        dataplane.apply(engine.apply([update]), engine.snapshot)
        yield (time.perf_counter() - wall) * 1e6, (time.process_time() - cpu) * 1e6
