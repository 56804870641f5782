"""Packets to services that nobody has, and tunnels' packets of strangers, put on the wires of a host by hand."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.kernel.wire import OUTSIDE, Wire, wired
from tests.spec import semantics
from tests.spec.cast import host_endpoint
from tortie.compiled import BuiltIn, Snapshot
from tortie.dataplane.nftables.render import render_all
from tortie.engine import compile_all
from tortie.evaluate import decide
from tortie.model import (
    BGPConfiguration,
    Family,
    Flow,
    Key,
    Kind,
    Node,
    Place,
    Resource,
    ServiceLoopPrevention,
    Settings,
    Verdict,
    format_address,
    parse_address,
    parse_prefix,
)
from tortie.netlink import entered

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

FABRIC = {Family.V4: parse_address("192.0.2.1"), Family.V6: parse_address("2001:db8::1")}
STRANGER = {Family.V4: parse_address("192.0.2.9"), Family.V6: parse_address("2001:db8::9")}
HOST = {Family.V4: parse_address("192.0.2.100"), Family.V6: parse_address("2001:db8::100")}
SERVICE = {Family.V4: parse_address("10.96.0.99"), Family.V6: parse_address("fd00:96::99")}
BACKEND = {Family.V4: parse_address("198.51.100.7"), Family.V6: parse_address("2001:db8:1::7")}
SERVICES = BGPConfiguration(
    Key(Kind.BGP_CONFIGURATION, "", "default"),
    service_nets=((parse_prefix("10.96.0.0/12"), "serviceClusterIPs"), (parse_prefix("fd00:96::/112"), "x")),
)
NEIGHBOUR = Node(Key(Kind.NODE, "", "node-2"), outer=tuple(FABRIC.values()))
DROP, REJECT, DISABLED = ServiceLoopPrevention


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with wired() as made:
        yield made


def enforced(wire: Wire, resources: tuple[Resource, ...], settings: Settings) -> Snapshot:
    """Put the policy of the host into its kernel; whoever is beyond is reached by eth0, all else outside."""
    world = {each.key: each for each in resources}
    snapshot = compile_all(world, lambda each: each.node == semantics.HOST, settings)
    wire.kernel.delete_table()
    wire.own(HOST.values())
    fabric = {address: "eth0" for each in (FABRIC, STRANGER) for address in each.values()}
    wire.route(fabric)
    ways = [(address, OUTSIDE) for each in (SERVICE, BACKEND) for address in each.values()]
    wire.neighbours([*fabric.items(), *ways])
    wire.kernel.commit(render_all(snapshot))
    return snapshot


def to_service(family: Family) -> Flow:
    return Flow(FABRIC[family], SERVICE[family], 6, 40000 + family, 80, in_interface="eth0", out_interface=OUTSIDE)


def packets(wire: Wire, counter: str) -> int:
    return wire.kernel.counters().get(counter, (0, 0))[0]


@pytest.mark.scenario(138)
@pytest.mark.parametrize("family", Family)
@pytest.mark.parametrize("prevention", ServiceLoopPrevention)
def test_what_nothing_translates_does_not_go_round(
    wire: Wire, prevention: ServiceLoopPrevention, family: Family
) -> None:
    snapshot = enforced(wire, (SERVICES,), Settings(service_loop_prevention=prevention))
    wire.send("eth0", to_service(family), 1)
    passes = prevention is DISABLED
    frames = list(wire.frames())
    assert (decide(snapshot, to_service(family)).verdict is Verdict.ALLOW) == passes
    assert [interface for interface, _ in frames] == {DISABLED: [OUTSIDE], REJECT: ["eth0"], DROP: []}[prevention]
    assert packets(wire, BuiltIn.SERVICE_LOOP) == (0 if passes else 1)


@pytest.mark.scenario(138)
@pytest.mark.parametrize("family", Family)
def test_what_a_service_has_translated_goes_on(wire: Wire, family: Family) -> None:
    snapshot = enforced(wire, (SERVICES, Node(Key(Kind.NODE, "", "n"))), Settings())
    word, far = ("ip", format_address(BACKEND[family])) if family is Family.V4 else ("ip6", "2001:db8:1::7")
    rule = f"{word} daddr {format_address(SERVICE[family])} dnat {word} to {far}"
    text = f"table inet t {{\n chain c {{\n type nat hook prerouting priority -100;\n {rule}\n}}\n}}\n"
    with entered(wire.host):
        subprocess.run(["nft", "-f", "-"], input=text, text=True, check=True)
        try:
            wire.send("eth0", to_service(family), 2)
            assert wire.arrived() == {2: OUTSIDE}
        finally:
            subprocess.run(["nft", "delete", "table", "inet", "t"], check=True)
    translated = replace(to_service(family), destination=BACKEND[family], untranslated=(SERVICE[family], 80))
    assert decide(snapshot, translated).verdict is Verdict.ALLOW


@pytest.mark.scenario(138)
def test_nothing_is_there_where_no_addresses_are_known(wire: Wire) -> None:
    enforced(wire, (replace(SERVICES, service_nets=()),), Settings())
    with entered(wire.host):
        listed = subprocess.run(["nft", "list", "table", "inet", "tortie"], check=True, capture_output=True, text=True)
    assert not [word for word in ("service-loop", "services4", "tunnel", "hosts4") if word in listed.stdout]


USED = Settings(vxlan_enabled=True, ipip_enabled=True, wireguard_ports=((Family.V4, 51820), (Family.V6, 51821)))
NOT_USED = Settings(vxlan_enabled=False, ipip_enabled=False)


@pytest.mark.scenario(131)
@pytest.mark.scenario(133)
@pytest.mark.parametrize("governed", [True, False], ids=["host endpoint", "none"])
@pytest.mark.parametrize(
    ("who", "protocol", "ports", "said"),
    [
        (FABRIC, 17, {4: 4789, 6: 4789}, BuiltIn.TUNNEL),
        (STRANGER, 17, {4: 4789, 6: 4789}, BuiltIn.FOREIGN_TUNNEL),
        (FABRIC, 4, {4: 0}, BuiltIn.TUNNEL),
        (STRANGER, 4, {4: 0}, BuiltIn.FOREIGN_TUNNEL),
        (STRANGER, 17, {4: 51820, 6: 51821}, BuiltIn.TUNNEL),
    ],
)
def test_tunnels_of_hosts_come_in_and_those_of_strangers_do_not(
    wire: Wire,
    who: dict[Family, bytes],
    protocol: int,
    ports: dict[int, int],
    said: BuiltIn,
    governed: bool,
) -> None:
    resources = (NEIGHBOUR, host_endpoint("eth0")) if governed else (NEIGHBOUR,)
    for number, (version, port) in enumerate(ports.items(), 1):
        family = Family(version)
        flow = Flow(who[family], HOST[family], protocol, 40000, port, receiver=Place.HOST, in_interface="eth0")
        snapshot = enforced(wire, resources, USED)
        wire.send("eth0", flow, number)
        list(wire.frames())
        assert packets(wire, said) == 1
        assert decide(snapshot, flow).rule is said
        unused = enforced(wire, resources, NOT_USED)
        assert packets(wire, said) == 0
        assert decide(unused, flow).verdict is (Verdict.DENY if governed else Verdict.ALLOW)


@pytest.mark.scenario(131)
@pytest.mark.parametrize("family", Family)
def test_vxlan_of_hosts_leaves_no_trace_in_connection_tracking(wire: Wire, family: Family) -> None:
    enforced(wire, (NEIGHBOUR,), USED)
    for who in (FABRIC, STRANGER):
        flow = Flow(who[family], HOST[family], 17, 40001, 4789, receiver=Place.HOST, in_interface="eth0")
        wire.send("eth0", flow, 1)
    out = Flow(HOST[family], FABRIC[family], 17, 40002, 4789, sender=Place.HOST, out_interface="eth0")
    wire.send_from_host(out, 3)
    assert wire.arrived()[3] == "eth0"
    with entered(wire.host):
        listed = subprocess.run(["cat", "/proc/net/nf_conntrack"], check=False, capture_output=True, text=True).stdout
    assert "dport=4789" not in listed


@pytest.mark.scenario(131)
@pytest.mark.parametrize("family", Family)
def test_a_port_of_two_tunnels_is_the_first_ones(wire: Wire, family: Family) -> None:
    both = Settings(vxlan_enabled=True, wireguard_ports=tuple((each, 4789) for each in Family))
    snapshot = enforced(wire, (NEIGHBOUR, host_endpoint("eth0")), both)
    for number, (who, passes) in enumerate(((FABRIC, True), (STRANGER, False)), 1):
        out = Flow(HOST[family], who[family], 17, 40000, 4789, sender=Place.HOST, out_interface="eth0")
        assert (decide(snapshot, out).verdict is Verdict.ALLOW) == passes
        wire.send_from_host(out, number)
        assert wire.arrived() == ({number: "eth0"} if passes else {})
