"""Policies of administrators from documents to packets: who decides, before and after the default tier."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.differential.test_cluster_policies import ADDRESSES, CASES, CAST, TIERS, resources
from tests.kernel.wire import Wire, wired
from tests.spec.semantics import HOST
from tortie.dataplane.nftables.render import render_all
from tortie.engine import compile_all
from tortie.model import Flow, Verdict, WorkloadEndpoint, parse_address

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

WIRES = {"a": "caliw1", "b": "caliw0"}


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with wired() as made:
        yield made


@pytest.mark.parametrize(("policies", "expected"), CASES)
def test_who_decides(wire: Wire, policies: str, expected: Verdict) -> None:
    stored = resources(CAST + TIERS + policies)
    for key, each in stored.items():
        if isinstance(each, WorkloadEndpoint):
            stored[key] = replace(each, interface=WIRES[key.name])
    wire.kernel.delete_table()
    wire.kernel.commit(render_all(compile_all(stored, lambda endpoint: endpoint.node == HOST)))
    source, destination = (parse_address(ADDRESSES[name]) for name in ("a", "b"))
    wire.route({source: WIRES["a"], destination: WIRES["b"]})
    wire.neighbours([(destination, WIRES["b"])])
    wire.send(WIRES["a"], Flow(source, destination, 6, 40000, 80), 1)
    assert wire.arrived() == ({1: WIRES["b"]} if expected is Verdict.ALLOW else {})
