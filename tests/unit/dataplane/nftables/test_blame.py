"""A refusal names the policy or endpoint that the refused object belongs to."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from tests.spec.cast import ALLOW, DENY, INGRESS, policy, world
from tests.spec.host_tables import host_table
from tests.spec.semantics import HOST
from tortie.compiled import Snapshot
from tortie.dataplane.nftables import (
    Chain,
    Element,
    Failure,
    Object,
    Refused,
    Rule,
    Set,
    Table,
    Type,
    Verb,
    blame,
    goto,
    jump,
    refused_ranges,
    rule_chain,
    suspects,
)
from tortie.dataplane.nftables.layout import ADDRESSES, INTERFACES, NETS, SOURCES, TO_ENDPOINT
from tortie.dataplane.nftables.leaves import leaf_sets
from tortie.engine import compile_all
from tortie.model import EntityMatch, Family, Key, Kind, PortRange, Protocol

PORTS = tuple(PortRange(port, port) for port in range(80, 90, 2))  # more than are compared one by one
KEY = "GlobalNetworkPolicy/closed"


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    web = replace(ALLOW, protocol=Protocol(6), destination=EntityMatch(ports=PORTS))
    resources = world(policy("closed", "all()", (INGRESS,), (web, DENY)))
    return compile_all(resources, lambda endpoint: endpoint.node == HOST)


def refusal(*things: Object) -> Refused:
    return Refused(tuple(Failure(Verb.ADD, thing, errno.ENOSPC) for thing in things), errno.ENOSPC)


def test_a_rule_is_its_policys(snapshot: Snapshot) -> None:
    [rule_id] = [
        id_ for id_, rule in snapshot.rules.items() if str(rule.origin.owner) == KEY and rule.origin.index == 0
    ]
    text = blame(refusal(Rule(rule_chain(rule_id), ())), snapshot)
    assert text.startswith("the kernel refused the policy (ENOSPC) and keeps what it had: add rule of chain rule-")
    assert text.endswith(f"(of {KEY}): No space left on device")


def test_a_group_is_its_policies(snapshot: Snapshot) -> None:
    group = next(g for g in snapshot.groups.values() if g.direction is INGRESS)
    assert f"chain {group.id} (of {KEY})" in blame(refusal(Chain(group.id)), snapshot)


@pytest.mark.parametrize(
    "element", [Element(INTERFACES, "caliw0"), Element(TO_ENDPOINT, "caliw0", jump("x"))], ids=["plain", "dispatch"]
)
def test_an_element_is_its_endpoints(snapshot: Snapshot, element: Element) -> None:
    assert "(of WorkloadEndpoint/default/w0)" in blame(refusal(element), snapshot)


def test_what_a_host_endpoint_adds_is_its_own() -> None:
    hosts = host_table({"eth0": {}})
    assert "(of HostEndpoint/on-eth0)" in blame(refusal(Chain("dispatch-eth0-normal-ingress")), hosts)
    interfaces = Set("host-in-interfaces", (Type.IFNAME,), Type.VERDICT)
    assert "(of HostEndpoint/on-eth0)" in blame(refusal(Element(interfaces, "eth0", jump("x"))), hosts)


@pytest.mark.parametrize(
    ("element", "said"),
    [
        (Element(ADDRESSES[Family.V4], 0x0A000007, 1), "element 10.0.0.7 of addresses4"),
        (Element(ADDRESSES[Family.V6], 0xFD << 120 | 7, 1), "element fd00::7 of addresses6"),
        (Element(NETS[Family.V4], 0x0A000000, 1, 0x0AFFFFFF), "element 10.0.0.0/8 of nets4"),
        (Element(NETS[Family.V6], 0xFD << 120, 1, (0xFE << 120) - 1), "element fd00::/8 of nets6"),
        (Element(NETS[Family.V4], 0x0A000001, 1, 0x0A000002), "element 10.0.0.1-10.0.0.2 of nets4"),
        (Element(SOURCES[Family.V4], ("stray", 0x0A000007)), 'element "stray" . 10.0.0.7 of sources4'),
    ],
    ids=str,
)
def test_addresses_are_said_as_people_write_them(snapshot: Snapshot, element: Element, said: str) -> None:
    assert blame(refusal(element), snapshot).endswith(f": add {said}: No space left on device")


def test_what_belongs_to_nobody_is_only_named(snapshot: Snapshot) -> None:
    assert blame(refusal(Table()), snapshot).endswith(": add table tortie: No space left on device")
    assert blame(Refused((), errno.EMLINK), snapshot).endswith("(EMLINK) and keeps what it had: no object named")


def test_of_many_failures_the_first_are_told(snapshot: Snapshot) -> None:
    assert blame(refusal(*(Chain(f"c{number}") for number in range(12))), snapshot).endswith("; and 2 more")


CLOSED = Key(Kind.GLOBAL_NETWORK_POLICY, "", "closed")


def test_suspects_are_those_who_wrote_the_rules_behind_an_object(snapshot: Snapshot) -> None:
    leaf = next(each for each in snapshot.leaves.values() if each.ports)
    [a_set] = leaf_sets(leaf)
    group = next(each for each in snapshot.groups.values() if each.direction is INGRESS)
    assert suspects(refusal(Chain(leaf.id)), snapshot) == (CLOSED,)
    assert suspects(refusal(Element(a_set, (6, 80), goto("elsewhere"))), snapshot) == (CLOSED,)
    assert suspects(refusal(Chain(group.id), Element(INTERFACES, "caliw0"), Chain(leaf.id)), snapshot) == (
        CLOSED,
        Key(Kind.WORKLOAD_ENDPOINT, "default", "w0"),
    )
    assert suspects(refusal(Table(), Chain("stray")), snapshot) == ()


def test_refused_addresses_are_told_each_once() -> None:
    one = Element(ADDRESSES[Family.V4], 0x0A000001, 1)
    many = Element(NETS[Family.V6], 1 << 120, 2, (1 << 121) - 1)
    assert refused_ranges(refusal(one, many, one, Element(INTERFACES, "caliw0"), Chain("stray"))) == (
        (bytes((10, 0, 0, 1)),) * 2,
        (bytes((1,)) + bytes(15), bytes((1,)) + b"\xff" * 15),
    )
