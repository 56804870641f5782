"""Large clusters of three shapes: isolated customers, one huge network set, and a network set for each policy."""

from __future__ import annotations

import gc
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from benchmarks.kernel import kernel_of_its_own
from benchmarks.rows import Row, percentile
from benchmarks.world import HERE
from tortie.dataplane.nftables import Kernel
from tortie.dataplane.nftables.render import render_all, render_steps
from tortie.engine import Engine
from tortie.model import (
    Action,
    Direction,
    EntityMatch,
    Key,
    Kind,
    Metadata,
    NetworkSet,
    Policy,
    Prefix,
    Profile,
    Rule,
    Update,
    WorkloadEndpoint,
)

__all__ = ["measure"]

CUSTOMERS, LOCAL_CUSTOMERS = 100_000, 100
MEMBERS = 1_000_000
SETS, LOCAL = 10_000, 200
SIZES = (1, 1, 1, 1, 2, 3, 4, 5, 100, 1000)  # members of the sets, over and over
BOTH = (Direction.INGRESS, Direction.EGRESS)


class Shape(NamedTuple):
    """A cluster, and changes to measure one by one once it is there; `members` is what memory is divided by."""

    name: str
    world: Callable[[], Iterator[Update]]
    changes: Callable[[], Iterator[Update]]
    members: int


def measure() -> list[Row]:
    rows: list[Row] = []
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:  # a process each, for its memory
        for number in range(len(SHAPES)):
            rows += pool.apply(_measured, (number,))
    return rows


def _measured(number: int) -> list[Row]:
    shape = SHAPES[number]
    world = list(shape.world())
    gc.collect()
    gc.freeze()
    before = _resident()
    start = time.perf_counter()
    engine = Engine(lambda endpoint: endpoint.node == HERE)
    engine.apply(world)
    compiled = time.perf_counter()
    with kernel_of_its_own() as kernel:
        kernel.commit(render_all(engine.snapshot))
        committed = time.perf_counter()
        memory = (_resident() - before) / shape.members
        gc.collect()
        gc.freeze()
        times = list(_timed(engine, kernel, shape.changes()))
    name = shape.name
    return [
        Row(f"{name}: compiled", compiled - start, "s"),
        Row(f"{name}: committed", committed - compiled, "s"),
        Row(f"{name}: memory for each member", memory, "bytes"),
        Row(f"{name}: a change, p50", percentile(times, 50), "us"),
        Row(f"{name}: a change, p99", percentile(times, 99), "us"),
        Row(f"{name}: groups", len(engine.snapshot.groups), ""),
        Row(f"{name}: leaves", len(engine.snapshot.leaves), ""),
    ]


def _timed(engine: Engine, kernel: Kernel, updates: Iterable[Update]) -> Iterator[float]:
    for update in updates:
        start = time.perf_counter()
        difference = engine.apply([update])
        for step in render_steps(difference, engine.snapshot):
            if step:
                kernel.commit(step)
        yield (time.perf_counter() - start) * 1e6


def _resident() -> int:
    """Return the largest resident memory so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# Isolated customers: a namespace, a pod and a policy each; 15 labels on the pod, 3 on the namespace.


def _customers() -> Iterator[Update]:
    for number in range(CUSTOMERS):
        yield _customer_namespace(number)
        yield _customer_pod(number)
        yield _customer_policy(number)


def _moved_customers() -> Iterator[Update]:
    for number in range(200):
        yield _customer_pod(CUSTOMERS - 1 - number, extra={"moved": "true"})


def _customer_namespace(number: int) -> Update:
    name = f"customer-{number}"
    labels = {f"pcns.{key}": name for key in ("projectcalico.org/name", "customer", "plan")}
    allow = (Rule(Action.ALLOW),)
    key = Key(Kind.PROFILE, "", f"kns.{name}")
    return Update(Key(Kind.NAMESPACE, "", name), Profile(key, ingress=allow, egress=allow, labels_to_apply=labels))


def _customer_pod(number: int, extra: dict[str, str] | None = None) -> Update:
    namespace = f"customer-{number}"
    labels = {f"label-{each}": f"value-{number % (each + 2)}" for each in range(14)}
    labels["customer"] = namespace
    labels.update(extra or {})
    is_local = number % (CUSTOMERS // LOCAL_CUSTOMERS) == 0
    return _endpoint(namespace, number, labels, is_local=is_local)


def _customer_policy(number: int) -> Update:
    key = Key(Kind.NETWORK_POLICY, f"customer-{number}", "isolate")
    own = EntityMatch(selector=f"customer == 'customer-{number}'")
    outside = EntityMatch(nets=(Prefix(bytes((10, 0, 0, 0)), 8),))
    egress = (Rule(Action.ALLOW, destination=own), Rule(Action.DENY, destination=outside))
    return Update(key, Policy(key, types=BOTH, ingress=(Rule(Action.ALLOW, source=own),), egress=egress))


# One network set of 1,000,000 addresses, which a policy on every local endpoint names.


def _huge_set() -> Iterator[Update]:
    yield _named_set("huge", range(MEMBERS))
    yield _set_policy(0, "huge")
    yield from _local_endpoints()


def _grown_set() -> Iterator[Update]:
    for number in range(20):
        yield _named_set("huge", range(MEMBERS + number + 1))


# 10,000 network sets of 1 to 1,000 addresses, each with a policy of its own on every local endpoint.


def _sets() -> Iterator[Update]:
    for number in range(SETS):
        yield _numbered_set(number, 0)
        yield _set_policy(number, f"set-{number}")
    yield from _local_endpoints()


def _changed_sets() -> Iterator[Update]:
    for number in range(100):
        yield _numbered_set(number, 1)


def _numbered_set(number: int, more: int) -> Update:
    first = number * 2048
    return _named_set(f"set-{number}", range(first, first + SIZES[number % len(SIZES)] + more))


def _named_set(name: str, members: range) -> Update:
    key = Key(Kind.GLOBAL_NETWORK_SET, "", name)
    nets = tuple(Prefix((0x0B000000 + each).to_bytes(4), 32) for each in members)
    return Update(key, NetworkSet(key, Metadata({name: "true"}), nets))


def _set_policy(number: int, label: str) -> Update:
    key = Key(Kind.GLOBAL_NETWORK_POLICY, "", f"policy-{number}")
    allow = Rule(Action.ALLOW, source=EntityMatch(selector=f"has({label})"))
    return Update(key, Policy(key, order=float(number), selector="all()", ingress=(allow,)))


def _local_endpoints() -> Iterator[Update]:
    for number in range(LOCAL):
        yield _endpoint(f"namespace-{number % 100}", number, {}, is_local=True)


def _endpoint(namespace: str, number: int, labels: dict[str, str], *, is_local: bool) -> Update:
    key = Key(Kind.WORKLOAD_ENDPOINT, namespace, f"endpoint-{number}")
    node = HERE if is_local else f"node-{number % 5000}"
    addresses = ((0x0A000000 + number).to_bytes(4),)
    metadata = Metadata(labels)
    profiles = (f"kns.{namespace}",)
    return Update(key, WorkloadEndpoint(key, node, f"cali{number}", metadata, addresses=addresses, profiles=profiles))


SHAPES = (
    Shape("isolated customers", _customers, _moved_customers, CUSTOMERS),
    Shape("one set of 1,000,000", _huge_set, _grown_set, MEMBERS),
    Shape("10,000 sets", _sets, _changed_sets, SETS * sum(SIZES) // len(SIZES)),
)
