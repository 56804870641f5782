"""Traffic in tunnels between hosts with host endpoints, with real packets through a VXLAN device."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.kernel.hosted import HOSTS, Hosted, both_hosts, forwarded, hosted_up
from tests.spec.cast import ALLOW, BOTH, DENY, EGRESS, INGRESS, policy
from tortie.lab.expected import LAB_SETTINGS

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

DEVICE = "vxlan.calico"


@pytest.fixture(scope="module")
def lab() -> Iterator[Hosted]:
    with hosted_up() as hosted:
        yield hosted


@pytest.fixture
def tunnel(lab: Hosted) -> Iterator[None]:
    """Lead what pods of different hosts say to each other through a tunnel."""
    pods = dict(zip(HOSTS, ("w0", "w1"), strict=True))
    for number, host in enumerate(HOSTS, 1):
        peer = HOSTS[2 - number]
        near, far = (lab.running.address(each) for each in (host, peer))
        words = f"type vxlan id 4096 local {near} remote {far} dstport 4789 dev eth0".split()
        lab.run(host, "ip", "link", "add", DEVICE, *words)
        for address in (f"192.168.77.{number}/24", f"fd77::{number}/64"):
            lab.run(host, "ip", "address", "add", address, "dev", DEVICE, *(["nodad"] if ":" in address else []))
        lab.run(host, "ip", "link", "set", DEVICE, "up")
        for version, via in ((4, f"192.168.77.{3 - number}"), (6, f"fd77::{3 - number}")):
            target = str(lab.running.address(pods[peer], version))
            lab.run(host, "ip", "route", "replace", target, "via", via, "dev", DEVICE)
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


@pytest.mark.scenario(134)
def test_pods_may_not_make_tunnels_of_their_own(lab: Hosted) -> None:
    lab.put(policy("all", "all()", BOTH, (ALLOW,)))
    lab.check("w0>w1:udp/4789 no, w0>w1:udp/8055 ok")
    lab.put(policy("all", "all()", BOTH, (ALLOW,)), settings=replace(LAB_SETTINGS, allow_vxlan_from_workloads=True))
    lab.check("w0>w1:udp/4789 ok")
