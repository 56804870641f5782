"""Traffic in tunnels between hosts with host endpoints, with real packets through a VXLAN device."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import pytest

from tests.kernel.hosted import HOSTS, Hosted, both_hosts, forwarded, hosted_up
from tests.spec.cast import ALLOW, BOTH, DENY, EGRESS, INGRESS, policy
from tortie.lab import Listener, Service
from tortie.lab.expected import LAB_SETTINGS
from tortie.model import (
    Action,
    EntityMatch,
    Key,
    Kind,
    Metadata,
    Node,
    PortRange,
    Prefix,
    Protocol,
    Resource,
    Rule,
)

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

DEVICE = "vxlan.calico"
VXLAN = replace(LAB_SETTINGS, vxlan_enabled=True)


def virtual(number: int) -> tuple[IPv4Address | IPv6Address, ...]:
    return IPv4Address(f"10.96.0.{number}"), IPv6Address(f"fd00:96::{number}")


@pytest.fixture(scope="module")
def lab() -> Iterator[Hosted]:
    with hosted_up(
        Service("near", Listener.parse("tcp/80"), "default/w0", 8055, virtual(10)),
        Service("far", Listener.parse("tcp/80"), "default/w1", 8055, virtual(11)),
    ) as hosted:
        yield hosted


@pytest.fixture(params=(4, 6), ids=("over IPv4", "over IPv6"))
def tunnel(lab: Hosted, request: pytest.FixtureRequest) -> Iterator[None]:
    """Lead what pods of different hosts say to each other through a tunnel."""
    pods = dict(zip(HOSTS, ("w0", "w1"), strict=True))
    for number, host in enumerate(HOSTS, 1):
        peer = HOSTS[2 - number]
        near, far = (lab.running.address(each, request.param) for each in (host, peer))
        words = f"type vxlan id 4096 local {near} remote {far} dstport 4789 dev eth0".split()
        lab.run(host, "ip", "link", "add", DEVICE, "address", f"02:00:00:00:77:0{number}", *words)
        for address in (f"192.168.77.{number}/24", f"fd77::{number}/64"):
            lab.run(host, "ip", "address", "add", address, "dev", DEVICE, *(["nodad"] if ":" in address else []))
        lab.run(host, "ip", "link", "set", DEVICE, "up")
        for version, via in ((4, f"192.168.77.{3 - number}"), (6, f"fd77::{3 - number}")):
            target = str(lab.running.address(pods[peer], version))
            lab.run(host, "ip", "route", "replace", target, "via", via, "dev", DEVICE)
            known = ("lladdr", f"02:00:00:00:77:0{3 - number}", "dev", DEVICE, "nud", "permanent")
            lab.run(
                host, "ip", "neighbour", "replace", via, *known
            )  # a search that a cut ended is begun a second later
    yield
    for host in HOSTS:
        lab.run(host, "ip", "link", "delete", DEVICE)


@pytest.mark.scenario(94)
def test_forward_policy_of_all_interfaces_judges_what_the_tunnel_carries(lab: Hosted, tunnel: None) -> None:
    assert tunnel is None
    between = policy("between", "has(host)", BOTH, (ALLOW,))
    lab.put(*both_hosts("*"), between)
    lab.measure("w0>w1:8055 ok, w1>w0:8055 ok")
    (link,) = json.loads(lab.run("f0", "ip", "-s", "-j", "link", "show", DEVICE))
    assert link["stats64"]["tx"]["packets"] > 0, "nothing went through the tunnel"
    closed = forwarded(policy("closed", "has(host)", BOTH, {INGRESS: (DENY,), EGRESS: (ALLOW,)}))
    lab.put(*both_hosts("*"), replace(between, order=20.0), replace(closed, order=10.0))
    lab.measure("w0>w1:8055 no, w1>w0:8055 no")


def sent(lab: Hosted) -> int:
    """Return how many packets the hosts have put into the tunnel."""
    shown = [json.loads(lab.run(host, "ip", "-s", "-j", "link", "show", DEVICE))[0] for host in HOSTS]
    return sum(int(each["stats64"]["tx"]["packets"]) for each in shown)


def nodes(lab: Hosted, *names: str) -> tuple[Node, ...]:
    """Return the hosts of these names as the datastore knows them."""
    addresses = {name: tuple(each.packed for each in lab.running.addresses(name)) for name in names}
    return tuple(Node(Key(Kind.NODE, "", name), Metadata(), each, each) for name, each in addresses.items())


@pytest.mark.scenario(131)
@pytest.mark.parametrize("interface", ["eth0", "*"])
def test_hosts_that_deny_by_default_keep_their_tunnel(lab: Hosted, tunnel: None, interface: str) -> None:
    assert tunnel is None
    lab.put(*both_hosts(interface), *nodes(lab, *HOSTS), settings=VXLAN)
    lab.measure("w0>w1:8055 ok, w1>w0:8055 ok, f0>w0:8055 ok, f0>f1:8055 no, out>f0:8055 no")
    assert sent(lab) > 0, "nothing went through the tunnel"
    lab.put(*both_hosts(interface), *nodes(lab, *HOSTS), settings=replace(VXLAN, vxlan_enabled=None))
    lab.measure("w0>w1:8055 no, w1>w0:8055 no")


@pytest.mark.scenario(132)
def test_a_host_reaches_a_pod_of_another_through_a_service(lab: Hosted, tunnel: None) -> None:
    assert tunnel is None
    only = Rule(Action.ALLOW, protocol=Protocol(6), destination=EntityMatch(ports=(PortRange(8055, 8055),)))
    hosts: tuple[Resource, ...] = (*both_hosts("*"), *nodes(lab, *HOSTS))
    lab.put(*hosts, policy("service", "has(host)", BOTH, (only,)), settings=VXLAN)
    before = sent(lab)
    lab.measure("f0>far:80 ok, f1>near:80 ok, w0>far:80 ok")
    assert sent(lab) > before, "nothing went through the tunnel"


@pytest.mark.scenario(133)
@pytest.mark.parametrize("governed", [True, False], ids=["host endpoints", "none"])
def test_a_host_that_nobody_knows_any_more_is_cut_off(lab: Hosted, tunnel: None, *, governed: bool) -> None:
    assert tunnel is None
    ends: tuple[Resource, ...] = both_hosts("*") if governed else ()
    lab.put(*ends, *nodes(lab, *HOSTS), settings=VXLAN)
    lab.measure("w0>w1:8055 ok")
    lab.put_keeping_connections(*ends, *nodes(lab, "f0"), settings=VXLAN)
    lab.measure("w0>w1:8055 no, w1>w0:8055 no")
    outside = tuple(Prefix(each.packed, len(each.packed) * 8) for each in lab.running.addresses("f1"))
    lab.put_keeping_connections(*ends, *nodes(lab, "f0"), settings=replace(VXLAN, external_nodes=outside))
    lab.measure("w0>w1:8055 ok, w1>w0:8055 ok")


@pytest.mark.scenario(134)
def test_pods_may_not_make_tunnels_of_their_own(lab: Hosted) -> None:
    lab.put(policy("all", "all()", BOTH, (ALLOW,)))
    lab.check("w0>w1:udp/4789 no, w0>w1:udp/8055 ok")
    lab.put(policy("all", "all()", BOTH, (ALLOW,)), settings=replace(LAB_SETTINGS, allow_vxlan_from_workloads=True))
    lab.check("w0>w1:udp/4789 ok")
