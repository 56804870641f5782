"""Exactly the connections that policy refuses are ended, where anybody wants that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.spec.cast import DENY, INGRESS, TCP, address, policy, world
from tests.spec.semantics import HOST
from tests.unit.agent.surroundings import Connections, Interfaces
from tortie.agent.connections import CUT_ANNOTATION
from tortie.agent.cut import Cutter
from tortie.compiled import Snapshot
from tortie.engine import compile_all
from tortie.model import Metadata, Policy, Resource, Settings, Update
from tortie.netlink import Connection, Link

CLOSED = policy("closed", "name == 'w1'", (INGRESS,), (DENY,))
ALSO = policy("also", "name == 'w2'", (INGRESS,), (DENY,))
CUTTING = replace(CLOSED, metadata=Metadata(annotations={CUT_ANNOTATION: "true"}))


def opened(sender: str, receiver: str) -> Connection:
    return Connection(TCP, address(sender), address(receiver), 40000, 80, 0, 0, (address(receiver), 80), b"")


TO_W0, TO_W1, TO_W2 = (opened("w1" if name == "w0" else "w0", name) for name in ("w0", "w1", "w2"))


def compiled(*extra: Resource, cut: bool = False) -> Snapshot:
    return compile_all(world(*extra), lambda endpoint: endpoint.node == HOST, Settings(cut_established=cut))


@pytest.fixture
def connections() -> Connections:
    found = Connections()
    found.open = [TO_W0, TO_W1, TO_W2]
    return found


@pytest.fixture
def cutter(connections: Connections) -> Iterator[Cutter]:
    links = Interfaces()
    links.plug({"eth0": Link(up=True, addresses=frozenset({address("host")}))})
    yield Cutter(connections, links)
    links.close()


def test_nobody_asks_and_nothing_is_stale(cutter: Cutter) -> None:
    cutter.note([Update(CLOSED.key, CLOSED)])
    assert not cutter.is_stale(compiled(CLOSED))


def test_everything_refused_is_ended_where_the_host_cuts(cutter: Cutter, connections: Connections) -> None:
    snapshot = compiled(CLOSED, ALSO, cut=True)
    assert not cutter.is_stale(snapshot)
    cutter.note([])
    assert cutter.is_stale(snapshot)
    assert [each.connection for each in cutter.cut(snapshot)] == [TO_W1, TO_W2]
    assert connections.open == [TO_W0]
    assert not cutter.is_stale(snapshot)
    assert list(cutter.cut(snapshot)) == []


@pytest.mark.parametrize("then", [None, CLOSED])
def test_what_a_policy_refuses_is_ended_where_that_policy_asks(
    cutter: Cutter, connections: Connections, then: Policy | None
) -> None:
    snapshot = compiled(CUTTING, ALSO)
    cutter.note([Update(CUTTING.key, CUTTING), Update(ALSO.key, ALSO)])
    assert cutter.is_stale(snapshot)
    assert [each.connection for each in cutter.cut(snapshot)] == [TO_W1]
    assert connections.open == [TO_W0, TO_W2]
    cutter.note([Update(CUTTING.key, then)])
    assert not cutter.is_stale(snapshot)


def test_a_dry_run_ends_nothing(cutter: Cutter, connections: Connections) -> None:
    found = {each.connection: each.is_denied for each in cutter.judged(compiled(CLOSED))}
    assert found == {TO_W0: False, TO_W1: True, TO_W2: False}
    assert len(connections.open) == 3


def test_released_addresses_are_forgotten_whatever_policy_says(cutter: Cutter, connections: Connections) -> None:
    assert cutter.forget([address("w1")]) == 2
    assert connections.open == [TO_W2]
