"""What a host of OpenStack serves its machines, with real datagrams to sockets of the host."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from tests.kernel.wire import UNKNOWN, Wire, wired
from tests.spec.cast import DENY, EGRESS, address, endpoint_key, flow, policy, workload, world
from tests.spec.semantics import HOST
from tortie.compiled import BuiltIn
from tortie.dataplane.nftables.render import render_all
from tortie.engine import compile_all
from tortie.evaluate import Evaluator
from tortie.model import Family, Flow, Key, Place, Settings, Verdict, parse_address
from tortie.netlink import entered

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

OPENSTACK = Settings(openstack=True, metadata=(address("host"), 80))
EVERYBODY, NOBODY = parse_address("255.255.255.255"), bytes(4)
WORLD = world(policy("closed", "all()", (EGRESS,), (DENY,)))
PORTS = {Family.V4: (53, 67, 547), Family.V6: (53, 67, 547)}


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with wired() as made:
        made.own(address("host", family) for family in Family)
        yield made


@pytest.fixture(scope="module")
def listening(wire: Wire) -> Iterator[dict[tuple[Family, int], socket.socket]]:
    with ExitStack() as stack, entered(wire.host):
        found = {}
        for family, kind in ((Family.V4, socket.AF_INET), (Family.V6, socket.AF_INET6)):
            for port in PORTS[family]:
                found[family, port] = stack.enter_context(socket.socket(kind, socket.SOCK_DGRAM))
                if family is Family.V6:
                    found[family, port].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                found[family, port].bind(("", port))
                found[family, port].settimeout(0.3)
        yield found


def datagram(ports: tuple[int, int], family: Family = Family.V4, **changed: bytes) -> Flow:
    asked = replace(flow("w0", "host", family, 17, ports[1]), source_port=ports[0])
    return replace(asked, receiver=Place.HOST, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("settings", [OPENSTACK, Settings()], ids=["openstack", "not openstack"])
@pytest.mark.parametrize(
    ("asked", "is_service"),
    [
        (datagram((68, 67), source=NOBODY, destination=EVERYBODY), True),
        (datagram((69, 67), source=NOBODY, destination=EVERYBODY), False),
        (datagram((68, 67)), True),
        (datagram((69, 67)), False),
        (datagram((40000, 53)), True),
        (datagram((40000, 53), Family.V6), True),
        (datagram((546, 547), Family.V6), True),
        (datagram((68, 67), Family.V6), False),
        (datagram((40000, 53), source=address("w1")), False),
    ],
)
def test_datagrams(
    wire: Wire,
    listening: dict[tuple[Family, int], socket.socket],
    settings: Settings,
    asked: Flow,
    *,
    is_service: bool,
) -> None:
    snapshot = compile_all(dict(WORLD), lambda each: each.node == HOST, settings)
    wire.kernel.delete_table()
    wire.kernel.commit(render_all(snapshot))
    wire.route({address("w0", asked.family): "caliw0", address("w1", asked.family): "caliw1"})
    is_served = is_service and settings.openstack
    assert (Evaluator(snapshot).decide(asked).rule is BuiltIn.OPENSTACK_SERVICE) is is_served
    wire.send("caliw0", asked, 1)
    assert arrives(listening[asked.family, asked.destination_port]) is is_served


def arrives(at: socket.socket) -> bool:
    try:
        at.recv(2048)
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize(("settings", "answered"), [(OPENSTACK, True), (Settings(), False)])
def test_metadata(wire: Wire, settings: Settings, *, answered: bool) -> None:
    wire.kernel.delete_table()
    wire.kernel.commit(render_all(compile_all(dict(WORLD), lambda each: each.node == HOST, settings)))
    wire.route({address("w0"): "caliw0"})
    wire.neighbours([(address("w0"), "caliw0")])
    for number, port in enumerate((80, 81), 1):
        wire.send("caliw0", replace(flow("w0", "host", port=port), receiver=Place.HOST), number)
        expected = {(address("host"), address("w0"))} if answered and port == 80 else set()
        assert wire.resets() == expected


@pytest.mark.parametrize(
    ("sender", "interface", "allowed"),
    [
        (endpoint_key("w0"), "caliw0", True),
        (endpoint_key("w1"), "caliw1", False),
        (Place.UNKNOWN_WORKLOAD, UNKNOWN, False),
    ],
    ids=["active", "switched off", "unknown"],
)
def test_only_an_active_endpoint_asks_for_an_address(
    wire: Wire,
    listening: dict[tuple[Family, int], socket.socket],
    sender: Key | Place,
    interface: str,
    *,
    allowed: bool,
) -> None:
    resources = world(policy("closed", "all()", (EGRESS,), (DENY,)), replace(workload("w1"), active=False))
    snapshot = compile_all(resources, lambda each: each.node == HOST, OPENSTACK)
    wire.kernel.delete_table()
    wire.kernel.commit(render_all(snapshot))
    asked = replace(datagram((68, 67), source=NOBODY, destination=EVERYBODY), sender=sender)
    assert (Evaluator(snapshot).decide(asked).verdict is Verdict.ALLOW) is allowed
    wire.send(interface, asked, 1)
    assert arrives(listening[Family.V4, 67]) is allowed
