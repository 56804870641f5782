"""Host endpoints with real packets: normal policy, failsafes, and what is forwarded; IPv4 and IPv6."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import pytest

from tests.kernel.hosted import Hosted, both_hosts, forwarded, hosted_up, on_host
from tests.spec.cast import ALLOW, BOTH, DENY, EGRESS, INGRESS, OPEN, policy, source, tier
from tortie.compiled import BuiltIn
from tortie.dataplane.nftables import LinuxKernel
from tortie.lab import Address, Listener, Service, ip_packet, udp_datagram
from tortie.lab.expected import LAB_SETTINGS, Question
from tortie.lab.probe import ProbeProtocol
from tortie.model import Action, EndpointPort, EntityMatch, FailsafePort, Protocol, Rule, parse_address, parse_prefix
from tortie.netlink import entered

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

ALL = "has(host)"


@pytest.fixture(scope="module")
def lab() -> Iterator[Hosted]:
    with hosted_up(
        Service("near", Listener.parse("tcp/80"), "default/w0", 8055, _vip(10)),
        Service("far", Listener.parse("tcp/80"), "default/w1", 8055, _vip(11)),
    ) as hosted:
        yield hosted


def _vip(number: int) -> tuple[IPv4Address | IPv6Address, ...]:
    return IPv4Address(f"10.96.0.{number}"), IPv6Address(f"fd00:96::{number}")


@pytest.mark.scenario(75)
@pytest.mark.parametrize("interface", ["eth0", "*"])
def test_hosts_are_closed_but_for_failsafes(lab: Hosted, interface: str) -> None:
    lab.put(*both_hosts(interface))
    lab.check("f0>f1:8055 no, f1>f0:8055 no, f0>f1:udp/8055 no, f0>f1:icmp no, out>f0:8055 no, out>f0:22 ok")
    lab.check("f0>f1:6443 ok, f0>f1:5473 ok, f1>f0:6443 ok")


@pytest.mark.scenario(76)
@pytest.mark.parametrize("interface", ["eth0", "*"])
def test_what_is_forwarded_passes_and_own_pods_are_reached(lab: Hosted, interface: str) -> None:
    lab.put(*both_hosts(interface))
    lab.check("w0>w1:8055 ok, w1>w0:8055 ok, f0>w0:8055 ok, f0>w1:8055 no, out>w0:8055 ok, w0>out:8055 ok")


@pytest.mark.scenario(77)
@pytest.mark.parametrize("interface", ["eth0", "*"])
def test_services_are_judged_by_where_they_lead(lab: Hosted, interface: str) -> None:
    lab.put(*both_hosts(interface))
    lab.check("f0>near:80 ok, f0>far:80 no, w0>far:80 ok, w1>near:80 ok, f1>near:80 no, f1>far:80 ok")


@pytest.mark.scenario(78)
@pytest.mark.scenario(79)
@pytest.mark.scenario(80)
@pytest.mark.parametrize("interface", ["eth0", "*"])
def test_both_hosts_have_to_allow(lab: Hosted, interface: str) -> None:
    custom = tier("custom", 1.0)
    out = policy("out", "host == 'f0'", (EGRESS,), (ALLOW,), tier="custom")
    into = policy("into", "host == 'f1'", (INGRESS,), (ALLOW,), tier="custom")
    lab.put(*both_hosts(interface), custom, out)
    lab.check("f0>f1:8055 no, f0>out:8055 ok")
    lab.put(*both_hosts(interface), custom, out, into)
    lab.check("f0>f1:8055 ok, f0>f1:udp/8055 ok, f1>f0:8055 no")
    lab.put(*both_hosts(interface), custom, out, replace(into, ingress=(DENY,)))
    lab.check("f0>f1:8055 no")


@pytest.mark.scenario(52)
@pytest.mark.parametrize(("name", "word"), [("web", "ok"), ("db", "no")])
def test_a_hosts_port_by_its_name(lab: Hosted, name: str, word: str) -> None:
    f0, f1 = both_hosts("eth0")
    addresses = tuple(each.packed for each in lab.running.addresses("f1"))
    f1 = replace(f1, expected_addresses=addresses, ports=(EndpointPort("web", Protocol(6), 8055),))
    rule = Rule(Action.ALLOW, protocol=Protocol(6), destination=EntityMatch(ports=(name,)))
    out = policy("out", "host == 'f0'", (EGRESS,), (rule,))
    into = policy("into", "host == 'f1'", (INGRESS,), (rule,))
    lab.put(f0, f1, out)
    lab.check("f0>f1:8055 no")
    lab.put(f0, f1, into)
    lab.check("f0>f1:8055 no")
    lab.put(f0, f1, out, into)
    lab.check(f"f0>f1:8055 {word}, f0>f1:1234 no")


@pytest.mark.scenario(82)
@pytest.mark.parametrize("interface", ["eth0", "*"])
def test_normal_policy_is_none_of_pods_business(lab: Hosted, interface: str) -> None:
    lab.put(*both_hosts(interface), policy("none", ALL, BOTH, (DENY,)))
    lab.check("w0>w1:8055 ok, w1>w0:8055 ok, out>w0:8055 ok, f0>w0:8055 ok, f1>w1:8055 ok, f0>f1:8055 no")


@pytest.mark.scenario(83)
@pytest.mark.scenario(84)
@pytest.mark.scenario(85)
@pytest.mark.parametrize("interface", ["eth0", "*"])
def test_profiles_decide_where_no_policy_does(lab: Hosted, interface: str) -> None:
    hosts = both_hosts(interface, profiles=("open",))
    lab.put(*hosts, OPEN)
    lab.check("f0>f1:8055 ok, f1>f0:8055 ok, f0>w1:8055 ok, w0>w1:8055 ok, out>f0:8055 ok, f0>f1:icmp ok")
    lab.put(*hosts, OPEN, policy("out", "host == 'f0'", (EGRESS,), (DENY,)))
    lab.check("f0>f1:8055 no, f0>w1:8055 no, f1>f0:8055 ok, f1>w0:8055 ok, w0>w1:8055 ok, w1>w0:8055 ok")
    lab.put(*hosts, OPEN, policy("into", "host == 'f1'", (INGRESS,), (DENY,)))
    lab.check("f0>f1:8055 no, f0>w1:8055 ok, f1>f0:8055 ok")


@pytest.mark.scenario(86)
def test_forwarded_traffic_is_asked_by_both_sides(lab: Hosted) -> None:
    only_w1 = forwarded(
        policy(
            "only-w1",
            "host == 'f1'",
            BOTH,
            {INGRESS: (source(Action.ALLOW, selector="name == 'w1'"),), EGRESS: (ALLOW,)},
        )
    )
    everything = forwarded(policy("everything", "host == 'f0'", BOTH, (ALLOW,)))
    lab.put(*both_hosts("*"), only_w1, everything)
    lab.check("f0>f1:8055 no, f0>w1:8055 no, w0>w1:8055 no, w1>w0:8055 ok, f0>w0:8055 ok, f1>w1:8055 ok")


@pytest.mark.scenario(87)
def test_without_forwarding_only_hosts_and_their_own_pods_speak(lab: Hosted) -> None:
    lab.put(*both_hosts("eth0", profiles=("open",)), OPEN)
    for host in ("f0", "f1"):
        lab.running.set_forwarding(host, on=False)
    try:
        ends = (("f0", "f1"), ("f0", "default/w0"), ("default/w0", "default/w1"), ("out", "default/w0"))
        asked = [Question(*pair, ProbeProtocol.TCP, 8055, version) for pair in ends for version in (4, 6)]
        assert [each.passed for each in lab.ask(asked)] == [True] * 4 + [False] * 4
    finally:
        for host in ("f0", "f1"):
            lab.running.set_forwarding(host, on=True)


@pytest.mark.scenario(88)
def test_of_two_host_endpoints_for_an_interface_the_lowest_name_counts(lab: Hosted) -> None:
    first = on_host("f0", "eth0", name="a", profiles=("open",))
    second = on_host("f0", "eth0", name="b")
    lab.put(first, second, OPEN)
    lab.check("out>f0:8055 ok")
    lab.put(replace(first, key=replace(first.key, name="c")), second, OPEN)
    lab.check("out>f0:8055 no")


@pytest.mark.scenario(90)
@pytest.mark.scenario(91)
@pytest.mark.scenario(92)
def test_failsafes_are_what_the_settings_say(lab: Hosted) -> None:
    custom = (FailsafePort(6, 1234),)
    lab.put(*both_hosts("eth0"), settings=replace(LAB_SETTINGS, failsafe_inbound=custom, failsafe_outbound=custom))
    lab.check("out>f0:1234 ok, f0>f1:1234 ok, out>f0:22 no")
    near = tuple(
        FailsafePort(6, 22, parse_prefix(f"{address}/{address.max_prefixlen}"))
        for address in lab.running.addresses("out")
    )
    lab.put(*both_hosts("eth0"), settings=replace(LAB_SETTINGS, failsafe_inbound=near))
    lab.check("out>f0:22 ok, other>f0:22 no, f0>f1:22 no")
    lab.put(*both_hosts("eth0"), settings=replace(LAB_SETTINGS, failsafe_inbound=(), failsafe_outbound=()))
    lab.check("out>f0:22 no, out>f0:6443 no, f0>f1:6443 no, f1>f0:2379 no")


@pytest.mark.scenario(92)
def test_what_is_open_stays_open(lab: Hosted) -> None:
    lab.put()
    with lab.running.stream("out", "f0", 8055) as stream, lab.running.stream("f0", "f1", 8055) as sent:
        lab.put_keeping_connections(
            *both_hosts("eth0"), settings=replace(LAB_SETTINGS, failsafe_inbound=(), failsafe_outbound=())
        )
        assert stream.still_alive()
        assert sent.still_alive()
    lab.check("out>f0:8055 no, f0>f1:8055 no")


@pytest.mark.scenario(93)
@pytest.mark.parametrize("interface", ["", "*"])
def test_normal_policy_that_allows_all_opens_hosts(lab: Hosted, interface: str) -> None:
    hosts = tuple(
        on_host(host, interface, expected=tuple(a.packed for a in lab.running.addresses(host)) if not interface else ())
        for host in ("f0", "f1")
    )
    lab.put(*hosts, policy("all", ALL, BOTH, (ALLOW,)))
    lab.check("w0>w1:8055 ok, w1>w0:8055 ok, w0>f1:8055 ok, f0>f1:8055 ok")


@pytest.mark.scenario(89)
def test_policy_follows_the_address(lab: Hosted) -> None:
    expected = tuple(address.packed for address in lab.running.addresses("f0"))
    lab.put(on_host("f0", "", expected=expected))
    lab.check("out>f0:8055 no, out>f1:8055 ok")
    lab.put(on_host("f0", "", expected=(parse_address("192.0.2.1"),)))
    lab.check("out>f0:8055 ok")


@pytest.mark.scenario(95)
@pytest.mark.parametrize("interface", ["eth0", "*"])
def test_forward_policy_of_one_direction_leaves_the_other(lab: Hosted, interface: str) -> None:
    lab.put(
        on_host("f0", interface),
        forwarded(policy("out-only", ALL, (INGRESS,), (source(Action.ALLOW, selector="name == 'w0'"),))),
    )
    lab.check("out>w0:8055 no, w1>w0:8055 no")
    lab.check("w0>out:8055 ok, w0>w1:8055 ok")


@pytest.mark.parametrize("interface", ["eth0", "*"])
def test_the_loopback_is_nobodys(lab: Hosted, interface: str) -> None:
    lab.put(*both_hosts(interface), forwarded(policy("none", ALL, BOTH, (DENY,))))
    for target in ("127.0.0.1", "::1", *map(str, lab.running.addresses("f0"))):
        assert lab.running.probe("f0", target, "tcp", 8055).allowed, target


@pytest.mark.parametrize("interface", ["eth0", "*"])
def test_neighbours_are_found_under_default_deny(lab: Hosted, interface: str) -> None:
    """Nothing is kept of the gateway's link address, so that it has to be asked for."""
    lab.put(*both_hosts(interface), policy("none", ALL, BOTH, (DENY,)))
    for host in ("f0", "f1"):
        lab.run(host, "ip", "-6", "neighbour", "flush", "dev", "eth0")
    lab.check("out>f0:22 ok, f0>f1:6443 ok", versions=(6,))


@pytest.mark.scenario(81)
@pytest.mark.parametrize("interface", ["eth0", "*"])
@pytest.mark.parametrize("version", [4, 6])
def test_protocols_without_ports_pass_by_number(lab: Hosted, interface: str, version: int) -> None:
    number = policy("number", ALL, BOTH, (Rule(Action.ALLOW, protocol=Protocol(253)),))
    lab.put(*both_hosts(interface), number)
    assert [arrives(lab, "f0", "f1", protocol, version) for protocol in (253, 254)] == [True, False]
    lab.put(*both_hosts(interface), replace(number, selector="host == 'f0'", types=(EGRESS,)))
    assert not arrives(lab, "f0", "f1", 253, version), "f1 has to allow it too"
    only_there = policy("only-there", "host == 'f1'", (INGRESS,), (Rule(Action.ALLOW, protocol=Protocol(253)),))
    lab.put(*both_hosts(interface), replace(number, selector="host == 'f0'", types=(EGRESS,)), only_there)
    assert not arrives(lab, "f1", "f0", 253, version)
    assert arrives(lab, "f0", "f1", 253, version)
    assert arrives(lab, "f1", "f0", 253, version), "an answer, to connection tracking"


def arrives(lab: Hosted, source: str, target: str, protocol: int, version: int) -> bool:
    """Tell whether a packet of a protocol gets from one host's process to another's."""
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    running = lab.running
    with entered(running.host_namespace(target)):
        ear = socket.socket(family, socket.SOCK_RAW, protocol)
    with ear:
        ear.settimeout(0.3)
        with entered(running.host_namespace(source)), socket.socket(family, socket.SOCK_RAW, protocol) as mouth:
            try:
                mouth.sendto(b"tortie", (str(running.address(target, version)), 0))
                return ear.recv(100).endswith(b"tortie")
            except (PermissionError, TimeoutError):  # dropped here; dropped there
                return False


@pytest.mark.parametrize("interface", ["eth0", "*"])
def test_error_messages_about_path_mtu_reach_a_closed_host(lab: Hosted, interface: str) -> None:
    """Also of connections that nobody tracks here, which untracked policy makes."""
    lab.put(*both_hosts(interface))
    before = counted(lab, "f0")
    for version in (4, 6):
        near, far = lab.running.address("out", version), lab.running.address("f0", version)
        inner = udp_datagram((far, 5000), (near, 6000), b"x" * 8)
        lab.running.send_raw("out", too_big(near, far, inner))
    assert counted(lab, "f0") == before + 2


def counted(lab: Hosted, host: str) -> int:
    """Return how many messages of discovery a host has let in; those of IPv6 neighbours apart."""
    with entered(lab.running.host_namespace(host)), LinuxKernel() as kernel:
        return kernel.counters()[BuiltIn.HOST_DISCOVERY][0]


def too_big(source: Address, target: Address, inner: bytes) -> bytes:
    """Return "fragmentation needed" or "packet too big" about a packet."""
    if source.version == 4:
        head = struct.pack("!BBHHH", 3, 4, 0, 0, 1280)
        return ip_packet(source, target, 1, head[:2] + checksum(head + inner) + head[4:] + inner)
    head = struct.pack("!BBHI", 2, 0, 0, 1280)
    pseudo = source.packed + target.packed + struct.pack("!II", len(head + inner), 58)
    return ip_packet(source, target, 58, head[:2] + checksum(pseudo + head + inner) + head[4:] + inner)


def checksum(data: bytes) -> bytes:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return (~total & 0xFFFF).to_bytes(2)
