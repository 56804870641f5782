"""Untracked policy with real packets: every packet is judged, answers need a rule of their own, failsafes do not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.kernel.hosted import Hosted, both_hosts, hosted_up, on_host, untracked
from tests.spec.cast import ALLOW, BOTH, DENY, EGRESS, INGRESS, policy
from tortie.model import Action, EntityMatch, Policy, PortRange, Protocol, Rule

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

HOSTS = both_hosts("eth0")
FIRST = untracked(policy("first", "host == 'f0'", BOTH, (ALLOW,)))
SECOND = untracked(policy("second", "host == 'f1'", BOTH, (ALLOW,)))
FAILSAFE = "f0>f1:2379 ok, f1>f0:2379 ok, out>f0:22 ok, out>f1:22 ok"


@pytest.fixture(scope="module")
def lab() -> Iterator[Hosted]:
    with hosted_up() as hosted:
        yield hosted


@pytest.mark.scenario(105)
@pytest.mark.scenario(110)
def test_without_policy_only_failsafes_pass(lab: Hosted) -> None:
    lab.put(*HOSTS)
    lab.check(f"f0>f1:8055 no, f1>f0:8055 no, f0>f1:22 no, f1>f0:22 no, {FAILSAFE}")


@pytest.mark.scenario(106)
@pytest.mark.scenario(108)
@pytest.mark.scenario(110)
def test_what_is_allowed_both_ways_passes_untracked(lab: Hosted) -> None:
    lab.put(*HOSTS, FIRST, SECOND)
    lab.check(f"f0>f1:8055 ok, f1>f0:8055 ok, f0>f1:udp/8055 ok, f0>f1:22 ok, f1>f0:22 ok, {FAILSAFE}")
    assert "dport=8055" not in tracked(lab, "f0")
    assert "dport=2379" in tracked(lab, "f0"), "failsafe traffic stays tracked"


@pytest.mark.scenario(107)
@pytest.mark.scenario(109)
@pytest.mark.scenario(110)
@pytest.mark.parametrize(
    "changed",
    [replace(FIRST, types=(INGRESS,)), replace(FIRST, ingress=(DENY,))],
    ids=["no egress", "ingress denied"],
)
def test_one_way_is_none(lab: Hosted, changed: Policy) -> None:
    """Of f1 to f0 the request may pass, and the answer does not: the evaluator speaks of the request alone."""
    lab.put(*HOSTS, changed, SECOND)
    lab.measure("f0>f1:8055 no, f1>f0:8055 no, f1>f0:22 ok")
    lab.measure(FAILSAFE)


@pytest.mark.scenario(107)
def test_without_egress_rules_no_request_leaves(lab: Hosted) -> None:
    lab.put(*HOSTS, replace(FIRST, types=(INGRESS,)), SECOND)
    lab.measure("f0>f1:22 no, f0>f1:8055 no")


def test_what_no_untracked_rule_decides_is_judged_later(lab: Hosted) -> None:
    ports = EntityMatch(ports=(PortRange(1234, 1234),))
    into = Rule(Action.ALLOW, protocol=Protocol(6), destination=ports)
    back = Rule(Action.ALLOW, protocol=Protocol(6), source=ports)
    some = policy("some", "host == 'f0'", BOTH, {INGRESS: (into,), EGRESS: (back,)})
    lab.put(on_host("f0", "eth0"), untracked(some))
    lab.check("out>f0:1234 ok, out>f0:8055 no, f0>out:8055 no, out>f0:22 ok, out>w0:8055 ok")


def test_policy_of_all_interfaces_is_ignored(lab: Hosted) -> None:
    """Neither its allows nor its denies: the host endpoint is as if there were none."""
    lab.put(*both_hosts("*"), FIRST, SECOND)
    lab.check(f"f0>f1:8055 no, {FAILSAFE}")
    lab.put(*both_hosts("*"), untracked(policy("none", "has(host)", BOTH, (DENY,))))
    lab.check(f"w0>w1:8055 ok, {FAILSAFE}")


def test_deny_cuts_what_is_open(lab: Hosted) -> None:
    """Where normal policy would let an established connection pass, untracked policy judges each packet."""
    open_host = on_host("f0", "eth0")
    allow = policy("allow", "host == 'f0'", BOTH, (ALLOW,))
    lab.put(open_host, allow)
    with lab.running.stream("out", "f0", 8055) as stream:
        assert stream.still_alive()
        lab.put_keeping_connections(open_host, allow, untracked(policy("deny", "host == 'f0'", (INGRESS,), (DENY,))))
        assert not stream.still_alive()


def test_workload_policy_still_judges_untracked_packets(lab: Hosted) -> None:
    closed = policy("closed", "name == 'w0'", (INGRESS,), (DENY,))
    lab.put(on_host("f0", "eth0"), untracked(policy("in", "host == 'f0'", BOTH, (ALLOW,))), closed)
    lab.measure("out>w0:8055 no")


def test_neighbours_are_found_whatever_policy_says(lab: Hosted) -> None:
    lab.put(*HOSTS, untracked(policy("none", "has(host)", BOTH, (DENY,))))
    for host in ("f0", "f1"):
        lab.run(host, "ip", "-6", "neighbour", "flush", "dev", "eth0")
    lab.check(FAILSAFE, versions=(6,))


def tracked(lab: Hosted, host: str) -> str:
    return lab.run(host, "cat", "/proc/net/nf_conntrack")
