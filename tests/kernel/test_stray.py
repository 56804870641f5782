"""What belongs to no connection: the host answers it itself where no policy governs it."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

import pytest

from tests.kernel.wire import OUTSIDE, Wire, checksum, packet, wired
from tests.spec.cast import DENY, INGRESS, PORT, TCP, address, policy, world
from tests.spec.semantics import HOST
from tortie.dataplane.nftables.render import render_all
from tortie.engine import compile_all
from tortie.model import Family, Flow

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

ACKNOWLEDGES = 0x10


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with wired() as made:
        made.own(address("host", family) for family in Family)
        yield made


def stray(flow: Flow) -> bytes:
    """A segment that acknowledges what nobody sent."""
    raw = packet(flow, 1)
    start = 20 if flow.family is Family.V4 else 40
    segment = raw[start:]
    segment = segment[:13] + bytes([ACKNOWLEDGES]) + segment[14:16] + bytes(2) + segment[18:]
    pseudo = flow.source + flow.destination + struct.pack("!II", len(segment), TCP)
    return raw[:start] + segment[:16] + checksum(pseudo + segment).to_bytes(2) + segment[18:]


@pytest.mark.scenario(127)
@pytest.mark.parametrize("family", list(Family), ids=["v4", "v6"])
def test_a_host_that_nobody_governs_resets_a_stray_segment(wire: Wire, family: Family) -> None:
    resources = dict(world(policy("deny", "all()", (INGRESS,), (DENY,))))
    wire.kernel.delete_table()
    wire.kernel.commit(render_all(compile_all(resources, lambda each: each.node == HOST)))
    flow = Flow(address("out", family), address("host", family), TCP, source_port=40000, destination_port=PORT)
    wire.route({flow.source: OUTSIDE})
    wire.neighbours([(flow.source, OUTSIDE)])
    wire.put(OUTSIDE, stray(flow), 1)
    assert wire.resets() == {(flow.destination, flow.source)}
