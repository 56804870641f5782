"""Pre-DNAT policy with real packets: it sees new connections as they were before a host translates them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.kernel.hosted import Hosted, hosted_up, on_host, pre_dnat, untracked
from tests.spec.cast import BOTH, DENY, EGRESS, INGRESS, policy
from tortie.lab import Listener, Service
from tortie.model import Action, EntityMatch, Policy, PortRange, Protocol, Rule

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

ALL = "has(host)"
MARKING = """
table inet others {
  chain early {
    type filter hook prerouting priority -400;
    meta mark set 0xffffffff
  }
}
"""
CLOSED = replace(pre_dnat(policy("closed", ALL, (INGRESS,), (DENY,))), order=20.0)


@pytest.fixture(scope="module")
def lab() -> Iterator[Hosted]:
    with hosted_up(
        Service("first", Listener.parse("tcp/32010"), "default/w0", 8055),
        Service("second", Listener.parse("tcp/32011"), "default/v0", 8055),
    ) as hosted:
        yield hosted


def opened(port: int) -> Policy:
    """Return a pre-DNAT policy of a lower order that allows a port."""
    rule = Rule(Action.ALLOW, protocol=Protocol(6), destination=EntityMatch(ports=(PortRange(port, port),)))
    return replace(pre_dnat(policy("opened", ALL, (INGRESS,), (rule,))), order=10.0)


@pytest.mark.scenario(96)
def test_without_policy_all_ports_are_open(lab: Hosted) -> None:
    lab.put()
    lab.check("out>f0:32010 ok, out>f0:32011 ok, v0>f0:32010 ok, w0>f0:32011 ok")


@pytest.mark.scenario(97)
@pytest.mark.scenario(98)
@pytest.mark.scenario(99)
def test_a_named_interface_is_closed_to_the_outside_only(lab: Hosted) -> None:
    host = on_host("f0", "eth0")
    lab.put(host, CLOSED)
    lab.check("out>f0:32010 no, out>f0:32011 no, v0>f0:32010 ok, w0>f0:32011 ok")
    lab.put(host, CLOSED, opened(32010))
    lab.check("out>f0:32010 ok, out>f0:32011 no")
    lab.put(host, CLOSED, opened(8055))
    lab.check("out>f0:32010 no, out>f0:32011 no")


@pytest.mark.scenario(100)
@pytest.mark.scenario(101)
@pytest.mark.scenario(102)
def test_all_interfaces_are_those_of_pods_too(lab: Hosted) -> None:
    host = on_host("f0", "*")
    lab.put(host, CLOSED)
    lab.check("out>f0:32010 no, out>f0:32011 no, v0>f0:32010 no, w0>f0:32011 no, v0>w0:8055 no")
    lab.put(host, CLOSED, opened(32010))
    lab.check("out>f0:32010 ok, v0>f0:32010 ok, out>f0:32011 no, w0>f0:32011 no")
    mute = policy("mute", "has(name)", (EGRESS,), (DENY,))
    lab.put(host, CLOSED, opened(32010), mute)
    lab.check("out>f0:32010 ok, v0>f0:32010 no, out>f0:32011 no, w0>f0:32011 no")


@pytest.mark.scenario(103)
def test_a_policy_moves_from_one_hook_to_another(lab: Hosted) -> None:
    host = on_host("f0", "eth0")
    lab.put(host, CLOSED)
    before = lab.run("f0", "nft", "list", "table", "inet", "tortie")
    lab.check("out>f0:32010 no, out>f0:22 ok")
    lab.put(host, replace(CLOSED, pre_dnat=False))
    after = lab.run("f0", "nft", "list", "table", "inet", "tortie")
    assert ("chain pre-dnat {" in before, "chain pre-dnat {" in after) == (True, False)
    assert ("chain forward-in {" in before, "chain forward-in {" in after) == (False, True)
    lab.put(host, replace(CLOSED, pre_dnat=False, apply_on_forward=False))
    lab.check("out>f0:32010 ok, out>f0:8055 no")


@pytest.mark.scenario(104)
def test_policy_of_other_lists_has_no_effect_on_workloads(lab: Hosted) -> None:
    deny = policy("deny", "has(name)", (INGRESS,), (DENY,))
    lab.put(pre_dnat(deny), untracked(policy("deny-2", "has(name)", BOTH, (DENY,))))
    lab.check("v0>w0:8055 ok, out>w0:8055 ok, out>f0:32010 ok, w0>w1:8055 ok")
    assert "hook output" not in lab.run("f0", "nft", "list", "table", "inet", "tortie")


@pytest.mark.scenario(129)
@pytest.mark.scenario(130)
@pytest.mark.parametrize("interface", ["eth0", "*"])
def test_one_pre_dnat_allow_is_enough_for_a_port_of_the_host(lab: Hosted, interface: str) -> None:
    lab.put()
    lab.check("out>f0:8055 ok, out>f1:8055 ok")
    host = on_host("f0", interface)
    lab.put(host)
    lab.check("out>f0:8055 no, out>f1:8055 ok")
    lab.put(host, opened(1234))
    lab.check("out>f0:8055 no, out>f0:1234 ok")
    lab.put(host, opened(8055))
    lab.check("out>f0:8055 ok, out>f0:1234 no")


def test_an_allow_skips_forward_policy_of_the_way_in_but_no_workloads(lab: Hosted) -> None:
    host = on_host("f0", "eth0")
    forward = policy("forward", ALL, (INGRESS,), (DENY,))
    closed_pod = policy("closed-pod", "name == 'v0'", (INGRESS,), (DENY,))
    also = replace(opened(32011), key=replace(opened(0).key, name="also"))
    lab.put(host, replace(forward, apply_on_forward=True, order=30.0), closed_pod, opened(32010), also)
    lab.check("out>f0:32010 ok, out>f0:32011 no, out>w0:8055 no")


def test_an_allow_does_not_skip_forward_policy_of_the_way_out(lab: Hosted) -> None:
    out = replace(policy("out", ALL, (EGRESS,), (DENY,)), apply_on_forward=True)
    lab.put(on_host("f0", "*"), out, opened(32010))
    lab.check("out>f0:32010 no")


def test_packets_come_in_without_our_mark(lab: Hosted) -> None:
    """Somebody marks everything that comes in; the bit that is ours does not get anybody past policy."""
    lab.put(on_host("f0", "eth0"), opened(1234))
    lab.run("f0", "nft", "-f", "-", text=MARKING)
    try:
        lab.check("out>f0:8055 no, out>f0:1234 ok")
    finally:
        lab.run("f0", "nft", "delete", "table", "inet", "others")
