"""The Log action with real packets: what the agent is told of it, rule by rule, and how its rate is kept."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from tests.kernel.hosted import Hosted, hosted_up, on_host
from tests.spec.cast import BOTH, INGRESS, policy
from tortie.dataplane.nftables import LOG_GROUP, LinuxKernel, logged_rules, rule_chain
from tortie.lab.expected import LAB_SETTINGS
from tortie.model import Action, LogRate, RateUnit, Resource, Rule
from tortie.netlink import LoggedPacket, PacketLog, entered

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

LOG_AND_DENY = (Rule(Action.LOG), Rule(Action.DENY))
POD = policy("pod", "name == 'w0'", (INGRESS,), LOG_AND_DENY)
HOST = policy("host", "host == 'f0'", BOTH, LOG_AND_DENY)
RATE = replace(LAB_SETTINGS, log_rate=LogRate(1, RateUnit.DAY, 2))


@pytest.fixture(scope="module")
def lab() -> Iterator[Hosted]:
    with hosted_up() as hosted:
        yield hosted


@pytest.fixture
def log(lab: Hosted) -> Iterator[PacketLog]:
    with entered(lab.running.host_namespace("f0")):
        made = PacketLog(LOG_GROUP)
    with made:
        yield made


def heard(log: PacketLog) -> list[LoggedPacket]:
    """Return what was logged, once nothing more comes."""
    found: list[LoggedPacket] = []
    still = 0
    while still < 5:
        packets, lost = log.read()
        assert lost == 0
        found += packets
        still = 0 if packets else still + 1
        time.sleep(0.05)
    return found


@dataclass(frozen=True)
class Attempt:
    """Who asks whom under what, and the rule that logs it."""

    resources: tuple[Resource, ...]
    source: str
    target: str
    rule: str


@pytest.mark.parametrize(
    "attempt",
    [
        Attempt((POD,), "out", "w0", "gnp/pod/ingress/0"),
        Attempt((HOST, on_host("f0", "eth0")), "out", "f0", "gnp/host/ingress/0"),
        Attempt((HOST, on_host("f0", "*")), "f0", "out", "gnp/host/egress/0"),
    ],
    ids=["to a pod", "to a host", "from a host"],
)
@pytest.mark.parametrize("version", [4, 6])
def test_each_attempt_is_told_with_its_rule_and_interface(
    lab: Hosted, log: PacketLog, attempt: Attempt, version: int
) -> None:
    snapshot = lab.put(*attempt.resources).snapshot("f0")
    far = lab.running.address(attempt.target, version)
    assert not lab.running.probe(attempt.source, far, "udp", 8055).allowed
    packets = heard(log)
    assert {logged_rules(snapshot.rules)[each.prefix] for each in packets} == {attempt.rule}
    assert len(packets) == (1 if attempt.source == "f0" else 2), "a probe asks twice, unless its own kernel says no"
    ways = {(each.in_interface > 0, each.out_interface > 0) for each in packets}
    assert ways == {(attempt.source != "f0", attempt.target != "f0")}
    assert all(far.packed in each.payload for each in packets)


@pytest.mark.scenario(144)
def test_what_exceeds_the_rate_is_not_told_and_still_decided(lab: Hosted, log: PacketLog) -> None:
    lab.put(POD, settings=RATE)
    for _ in range(3):
        assert not lab.running.probe("out", lab.running.address("w0"), "udp", 8055).allowed
    assert len(heard(log)) == 2
    with entered(lab.running.host_namespace("f0")), LinuxKernel() as kernel:
        assert kernel.counters()[rule_chain("gnp/pod/ingress/0")][0] == 6
        assert kernel.counters()[rule_chain("gnp/pod/ingress/1")][0] == 6
