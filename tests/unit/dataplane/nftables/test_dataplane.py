"""Whatever happens, the table ends up as the snapshot says; what the kernel refuses changes nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.spec.cast import DENY, INGRESS, endpoint_key, policy, workload, world
from tests.spec.semantics import HOST
from tests.spec.strategies import random_changes, random_world
from tortie.compiled import PolicyUpdate
from tortie.dataplane.nftables import (
    DROP,
    Chain,
    Dataplane,
    Elements,
    FakeKernel,
    Object,
    Refused,
    Rule,
    Set,
    Stale,
    Table,
    Transaction,
    Verb,
    repair,
    ruleset,
)
from tortie.dataplane.nftables.boot import BOOT
from tortie.dataplane.nftables.render import render_all, render_steps
from tortie.engine import Engine
from tortie.errors import Unavailable
from tortie.model import Settings, Update

DENY_ALL = policy("deny", "all()", (INGRESS,), (DENY,))


@pytest.fixture
def kernel() -> Iterator[FakeKernel]:
    fake = FakeKernel()
    yield fake
    fake.close()


@pytest.fixture
def engine() -> Engine:
    found = Engine(lambda endpoint: endpoint.node == HOST, Settings())
    found.apply(Update(key, value) for key, value in world().items())
    return found


def made(transaction: Transaction) -> Iterator[Object]:
    for operation in transaction.operations():
        if operation.verb is Verb.ADD:
            yield from operation.object.items if isinstance(operation.object, Elements) else (operation.object,)


def holds(kernel: FakeKernel, engine: Engine) -> bool:
    """Tell whether the kernel has exactly what the engine says."""
    return not repair(ruleset(made(render_all(engine.snapshot))), kernel.dump())


def change(engine: Engine) -> PolicyUpdate:
    return engine.apply([Update(DENY_ALL.key, DENY_ALL)])


def hand_edit() -> Transaction:
    transaction = Transaction()
    transaction.rewrite("forward", [Rule("forward", (DROP,))])
    return transaction


def deletion() -> Transaction:
    transaction = Transaction()
    transaction.add(Table())
    transaction.delete(Table())
    return transaction


def stray_chain() -> Transaction:
    transaction = Transaction()
    transaction.add(Chain("stray"))
    return transaction


DISTURBANCES = [hand_edit, deletion, stray_chain, Transaction]


def test_boot_silences_workloads_only_where_there_is_no_table(kernel: FakeKernel, engine: Engine) -> None:
    assert Dataplane(kernel, Settings()).boot()
    assert set(kernel.counters()) == {BOOT}
    dataplane = Dataplane(kernel, Settings())
    assert not dataplane.boot()
    assert dataplane.start(engine.snapshot)
    assert BOOT not in kernel.counters()
    assert not Dataplane(kernel, Settings()).boot()
    assert holds(kernel, engine)


def test_start_over_what_an_earlier_run_left_changes_nothing(kernel: FakeKernel, engine: Engine) -> None:
    assert Dataplane(kernel, Settings()).start(engine.snapshot)
    kernel.count("invalid", 7, 700)
    generation = kernel.generation()
    again = Dataplane(kernel, Settings())
    assert not again.start(engine.snapshot)
    assert again.in_step
    assert (kernel.generation(), kernel.counters()["invalid"]) == (generation, (7, 700))


def test_a_difference_is_one_transaction_and_one_that_takes_away_what_nothing_leads_to(
    kernel: FakeKernel, engine: Engine
) -> None:
    """A packet on its way through chains of before still finds what it would have found."""
    dataplane = Dataplane(kernel, Settings())
    dataplane.start(engine.snapshot)
    generation = kernel.generation()
    update = change(engine)
    first, last = render_steps(update, engine.snapshot)
    assert {each.verb for each in last.operations()} == {Verb.FLUSH, Verb.DELETE}
    assert not any(each.verb is Verb.DELETE and isinstance(each.object, Chain | Set) for each in first.operations())
    dataplane.apply(update, engine.snapshot)
    assert kernel.generation() == generation + 2
    assert holds(kernel, engine)


def test_where_nothing_goes_a_difference_is_one_transaction(kernel: FakeKernel, engine: Engine) -> None:
    dataplane = Dataplane(kernel, Settings())
    dataplane.start(engine.snapshot)
    generation = kernel.generation()
    dataplane.apply(engine.apply([Update(endpoint_key("w9"), workload("w9"))]), engine.snapshot)
    assert kernel.generation() == generation + 1
    assert holds(kernel, engine)


def test_no_difference_is_no_transaction(kernel: FakeKernel, engine: Engine) -> None:
    dataplane = Dataplane(kernel, Settings())
    dataplane.start(engine.snapshot)
    generation = kernel.generation()
    dataplane.apply(PolicyUpdate(), engine.snapshot)
    assert kernel.generation() == generation


@pytest.mark.parametrize("disturbance", DISTURBANCES)
def test_what_others_did_is_undone_at_once(
    kernel: FakeKernel, engine: Engine, disturbance: Callable[[], Transaction]
) -> None:
    dataplane = Dataplane(kernel, Settings())
    dataplane.start(engine.snapshot)
    assert not dataplane.repair(engine.snapshot)
    kernel.interfere(disturbance())
    assert dataplane.repair(engine.snapshot) is bool(disturbance())
    assert holds(kernel, engine)


@pytest.mark.parametrize("disturbance", DISTURBANCES)
def test_a_difference_meets_what_others_did(
    kernel: FakeKernel, engine: Engine, disturbance: Callable[[], Transaction]
) -> None:
    dataplane = Dataplane(kernel, Settings())
    dataplane.start(engine.snapshot)
    kernel.interfere(disturbance())
    dataplane.apply(change(engine), engine.snapshot)
    assert holds(kernel, engine)


def test_a_change_that_nobody_told_of_is_found_by_the_thorough_comparison(kernel: FakeKernel, engine: Engine) -> None:
    dataplane = Dataplane(kernel, Settings())
    dataplane.start(engine.snapshot)
    kernel.interfere(hand_edit())
    kernel.foreign_changes()  # the notice goes astray
    assert not dataplane.repair(engine.snapshot)
    assert dataplane.repair(engine.snapshot, thorough=True)
    assert holds(kernel, engine)


class Obstinate(FakeKernel):
    """Refuses, as many times as told, every transaction; or says that others were faster."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals = 0
        self.races = 0

    def commit(self, transaction: Transaction, generation: int | None = None) -> int:
        if self.refusals:
            self.refusals -= 1
            raise Refused((), 22)
        if self.races and generation is not None:
            self.races -= 1
            raise Stale
        return super().commit(transaction, generation)


@pytest.fixture
def obstinate() -> Iterator[Obstinate]:
    fake = Obstinate()
    yield fake
    fake.close()


@pytest.mark.parametrize("refusals", [1, 2])
def test_a_refused_difference_becomes_a_replacement(obstinate: Obstinate, engine: Engine, refusals: int) -> None:
    dataplane = Dataplane(obstinate, Settings())
    dataplane.start(engine.snapshot)
    obstinate.refusals = refusals
    dataplane.apply(change(engine), engine.snapshot)
    assert holds(obstinate, engine)


def test_what_is_refused_for_good_leaves_the_kernel_as_it_was_until_it_is_taken(
    obstinate: Obstinate, engine: Engine
) -> None:
    dataplane = Dataplane(obstinate, Settings())
    dataplane.start(engine.snapshot)
    before = obstinate.ruleset()
    obstinate.refusals = 3
    with pytest.raises(Refused):
        dataplane.apply(change(engine), engine.snapshot)
    assert not dataplane.in_step
    assert obstinate.ruleset() == before
    assert dataplane.repair(engine.snapshot)
    assert dataplane.in_step
    assert holds(obstinate, engine)


def test_a_race_lost_is_run_again(obstinate: Obstinate, engine: Engine) -> None:
    dataplane = Dataplane(obstinate, Settings())
    dataplane.start(engine.snapshot)
    obstinate.races = 3
    dataplane.apply(change(engine), engine.snapshot)
    assert holds(obstinate, engine)


def test_a_race_lost_too_often_is_told_and_made_good_later(obstinate: Obstinate, engine: Engine) -> None:
    dataplane = Dataplane(obstinate, Settings())
    dataplane.start(engine.snapshot)
    obstinate.races = 1000
    with pytest.raises(Unavailable, match="others committed 10 times in a row"):
        dataplane.apply(change(engine), engine.snapshot)
    assert dataplane.repair(engine.snapshot)
    assert holds(obstinate, engine)


@given(seed=st.integers(0, 10_000), disturbed=st.lists(st.sampled_from(DISTURBANCES), max_size=4))
def test_whatever_happens_the_table_is_what_the_engine_says(
    seed: int, disturbed: list[Callable[[], Transaction]]
) -> None:
    rng = random.Random(seed)
    resources = random_world(rng)
    engine = Engine(lambda endpoint: endpoint.node == HOST, Settings())
    engine.apply(Update(key, value) for key, value in resources.items())
    kernel = FakeKernel()
    dataplane = Dataplane(kernel, Settings())
    dataplane.start(engine.snapshot)
    for disturbance in (None, *disturbed):
        if disturbance is not None:
            kernel.interfere(disturbance())
        dataplane.apply(engine.apply(random_changes(rng, resources)), engine.snapshot)
        dataplane.repair(engine.snapshot)
        assert holds(kernel, engine)
    kernel.close()
