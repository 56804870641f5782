"""Classes whose numbers collide: whoever comes second gets another number, and no verdict changes."""

from __future__ import annotations

import random

import pytest

from tests.differential.test_engine import SEEDS, assert_agree, is_local
from tests.spec.strategies import after, random_arrival, random_changes, random_flows, random_world
from tortie.compiled import Snapshot
from tortie.engine import Engine


@pytest.mark.parametrize("seed", SEEDS)
def test_colliding_numbers_change_no_verdict(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tortie.engine.classes.number", lambda _: 2**31 - 2)
    rng = random.Random(seed)
    arriving = random_world(rng)
    engine, summed, world = Engine(is_local), Snapshot(), dict(arriving)
    for changes in (random_arrival(rng, arriving), *(random_changes(rng, world) for _ in range(4))):
        summed = summed.apply(engine.apply(changes))
        world = after(world, changes)
        for snapshot in (engine.snapshot, summed):
            for flow in random_flows(rng, world, 15):
                assert_agree(world, snapshot, flow)
    assert all(1 <= number < 2**31 for number in engine.snapshot.classes)
