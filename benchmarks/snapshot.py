"""Cold start: 250,000 endpoints, 10,000 policies, 200 endpoints here, from decoded resources to the kernel."""

from __future__ import annotations

import resource
import time

from benchmarks.kernel import kernel_of_its_own
from benchmarks.rows import Row
from benchmarks.world import HERE, snapshot_world
from tortie.agent import undisturbed
from tortie.dataplane.nftables.render import render_all
from tortie.engine import Engine

__all__ = ["measure"]

ENDPOINTS, POLICIES, LOCAL = 250_000, 10_000, 200


def measure() -> list[Row]:
    world = snapshot_world(ENDPOINTS, POLICIES, LOCAL)
    before = _resident()
    with kernel_of_its_own() as kernel, undisturbed():  # as the agent does with its first state
        start = time.perf_counter()
        engine = Engine(lambda endpoint: endpoint.node == HERE)
        engine.apply(world)
        compiled = time.perf_counter()
        kernel.commit(render_all(engine.snapshot))
        committed = time.perf_counter()
    snapshot = engine.snapshot
    return [
        Row("decoded resources to compiled policy", compiled - start, "s"),
        Row("compiled policy to committed transaction", committed - compiled, "s"),
        Row("cold start in all", committed - start, "s", "< 3"),
        Row("memory for each endpoint", (_resident() - before) / ENDPOINTS, "bytes", "< 1000"),
        Row("groups", len(snapshot.groups), ""),
        Row("leaves", len(snapshot.leaves), ""),
        Row("addresses in a class", len(snapshot.addresses), ""),
    ]


def _resident() -> int:
    """Return the largest resident memory so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
