"""Connections of an address that changes hands are forgotten; those of others are not."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.kernel.wire import Wire, wired
from tortie.compiled import Snapshot
from tortie.dataplane.nftables.render import render_all
from tortie.model import Flow, Settings, parse_address
from tortie.netlink import entered
from tortie.netlink.conntrack import Conntrack

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

UNGOVERNED = Snapshot(settings=Settings(interface_prefixes=("nobody",)))
"""A table that tracks connections and governs none."""


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with wired() as made:
        yield made


@pytest.mark.parametrize("text", ["10.0.0.{}", "fd00::{}"], ids=["v4", "v6"])
def test_only_connections_of_the_address_are_forgotten(wire: Wire, text: str) -> None:
    first, second, third = (parse_address(text.format(number)) for number in (1, 2, 3))
    owners = {first: "cali1", second: "cali2", third: "cali3"}
    wire.route(owners)
    wire.neighbours(owners.items())
    wire.kernel.commit(render_all(UNGOVERNED))
    flows = [
        Flow(source, destination, 17, source_port=40000, destination_port=53)
        for source, destination in ((first, second), (third, first), (second, third))
    ]
    for number, flow in enumerate(flows, 1):
        wire.send(owners[flow.source], flow, number)
    assert len(wire.arrived()) == 3
    with entered(wire.host):
        conntrack = Conntrack()
    with conntrack:
        assert conntrack.forget([first]) == 2  # the one it opened, and the one that reached it
        assert conntrack.forget([first]) == 0
        assert conntrack.forget([second]) == 1  # the third was left alone
        assert conntrack.forget([]) == 0
