"""Connections of an address that changes hands are forgotten; those of others are not."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.kernel.labs import unique
from tests.kernel.wire import Wire, wired
from tortie.compiled import Snapshot
from tortie.dataplane.nftables.render import render_all
from tortie.lab import Host, Lab, Listener, Namespace, Workload
from tortie.lab.policed import policed_up
from tortie.model import Flow, Kind, Settings, parse_address
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


@pytest.mark.scenario(160)
def test_a_new_pod_with_an_old_address_inherits_no_connection() -> None:
    listen = (Listener.parse("tcp/6379"),)
    workloads = tuple(Workload(name, "shop", "node-1", listen=listen) for name in ("red", "blue", "green"))
    with policed_up(Lab(unique(), (Host("node-1"),), (Namespace("shop"),), workloads)) as lab:
        running = lab.running
        with entered(running.host_namespace("node-1")):
            conntrack = Conntrack()
        with (
            conntrack,
            running.stream("blue", running.address("red"), 6379) as lost,
            running.stream("blue", running.address("green"), 6379) as kept,
        ):
            assert lost.still_alive()
            assert kept.still_alive()
            (key,) = (each.key for each in lab.store.list(Kind.WORKLOAD_ENDPOINT).records if "red" in each.key.name)
            lab.delete([key])
            lab.settled()
            assert not lost.still_alive()
            assert kept.still_alive()
            assert conntrack.forget([running.address("red").packed]) == 0
            assert conntrack.forget([running.address("green").packed]) > 0
