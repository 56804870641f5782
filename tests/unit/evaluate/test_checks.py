"""What a host lets pass, or refuses, before it asks policy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tortie.compiled import BuiltIn, LocalEndpoint
from tortie.evaluate.checks import before_host_policy, before_workload_policy, entry
from tortie.model import (
    Direction,
    FailsafePort,
    Flow,
    Key,
    Kind,
    Place,
    PolicyClass,
    Settings,
    parse_address,
    parse_prefix,
)

IN, OUT = Direction.INGRESS, Direction.EGRESS
NORMAL, RAW, EARLY, FORWARD = PolicyClass.NORMAL, PolicyClass.UNTRACKED, PolicyClass.PRE_DNAT, PolicyClass.FORWARD
COMING, GOING = BuiltIn.FAILSAFE_INBOUND, BuiltIn.FAILSAFE_OUTBOUND
NEAR, FAR = "10.0.0.1", "192.0.2.1"
ME = "10.0.0.9"


def packet(source: str, destination: str, source_port: int = 0, port: int = 0, *, protocol: int = 6) -> Flow:
    return Flow(parse_address(source), parse_address(destination), protocol, source_port, port)


@pytest.mark.parametrize(
    ("policy_class", "direction", "flow", "expected"),
    [
        (NORMAL, IN, packet(FAR, ME, 4000, 22), COMING),
        (EARLY, IN, packet(FAR, ME, 4000, 22), COMING),
        (RAW, IN, packet(FAR, ME, 4000, 22), COMING),
        (FORWARD, IN, packet(FAR, ME, 4000, 22), None),
        (NORMAL, IN, packet(FAR, ME, 4000, 22, protocol=17), None),
        (NORMAL, IN, packet(FAR, ME, 22, 4000), None),
        (NORMAL, IN, packet(FAR, ME, 53, 4000, protocol=17), None),
        (RAW, IN, packet(FAR, ME, 53, 4000, protocol=17), GOING),
        (NORMAL, OUT, packet(ME, FAR, 4000, 53, protocol=17), GOING),
        (NORMAL, OUT, packet(ME, FAR, 4000, 22), None),
        (NORMAL, OUT, packet(ME, FAR, 22, 4000), None),
        (RAW, OUT, packet(ME, FAR, 22, 4000), COMING),
        (FORWARD, OUT, packet(ME, FAR, 4000, 53, protocol=17), None),
        (NORMAL, IN, packet(NEAR, ME, 4000, 80), COMING),
        (NORMAL, IN, packet(FAR, ME, 4000, 80), None),
        (RAW, OUT, packet(ME, NEAR, 80, 4000), COMING),
        (RAW, OUT, packet(ME, FAR, 80, 4000), None),
        (NORMAL, IN, packet("fd00::1", "fd00::9", 4000, 80), None),
        (NORMAL, IN, packet("fd00::1", "fd00::9", 4000, 22), COMING),
    ],
)
@pytest.mark.scenario(91)
def test_failsafes(policy_class: PolicyClass, direction: Direction, flow: Flow, expected: BuiltIn | None) -> None:
    settings = Settings(
        failsafe_inbound=(FailsafePort(6, 22), FailsafePort(6, 80, parse_prefix("10.0.0.0/24"))),
        failsafe_outbound=(FailsafePort(17, 53),),
    )
    assert before_host_policy(settings, flow, policy_class, direction) is expected


@pytest.mark.scenario(92)
def test_without_failsafes_nothing_is() -> None:
    settings = Settings(failsafe_inbound=(), failsafe_outbound=())
    assert before_host_policy(settings, packet(FAR, ME, 4000, 22), NORMAL, IN) is None


@pytest.mark.parametrize("policy_class", PolicyClass)
@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize(
    ("family", "protocol", "icmp", "is_kept"),
    [
        *((6, 58, (each, 0), True) for each in (2, 130, 131, 132, 133, 134, 135, 136, 143)),
        *((6, 58, (each, 0), False) for each in (1, 3, 128, 129, 137)),
        (4, 1, (3, 4), True),
        (4, 1, (3, 3), False),
        (4, 1, (4, 4), False),
        (4, 58, (135, 0), False),
        (6, 1, (3, 4), False),
    ],
)
def test_hosts_keep_discovery(
    policy_class: PolicyClass, direction: Direction, family: int, protocol: int, icmp: tuple[int, int], *, is_kept: bool
) -> None:
    address = parse_address(ME if family == 4 else "fd00::9")
    flow = Flow(address, address, protocol, icmp_type=icmp[0], icmp_code=icmp[1])
    expected = BuiltIn.HOST_DISCOVERY if is_kept and policy_class is not FORWARD else None
    assert before_host_policy(Settings(), flow, policy_class, direction) is expected


SENDER = LocalEndpoint("cali0", Key(Kind.POD, "s", "p"), Key(Kind.WORKLOAD_ENDPOINT, "s", "p"), (parse_address(NEAR),))


def test_spoofed_packets_do_not_come_in() -> None:
    assert entry(Settings(), packet(NEAR, FAR, 1, 2), SENDER) is None
    assert entry(Settings(), packet(ME, FAR, 1, 2), SENDER) is BuiltIn.SPOOFED_SOURCE
    assert entry(Settings(), packet(NEAR, FAR, 1, 2), None) is BuiltIn.UNKNOWN_INTERFACE


OPENSTACK = Settings(openstack=True)
NOBODY = "0.0.0.0"  # noqa: S104 - nobody listens here


@pytest.mark.parametrize(
    ("settings", "source", "protocol", "ports", "expected"),
    [
        (OPENSTACK, NOBODY, 17, (68, 67), None),
        (Settings(), NOBODY, 17, (68, 67), BuiltIn.SPOOFED_SOURCE),
        (OPENSTACK, NOBODY, 17, (67, 68), BuiltIn.SPOOFED_SOURCE),
        (OPENSTACK, NOBODY, 17, (68, 68), BuiltIn.SPOOFED_SOURCE),
        (OPENSTACK, NOBODY, 6, (68, 67), BuiltIn.SPOOFED_SOURCE),
        (OPENSTACK, ME, 17, (68, 67), BuiltIn.SPOOFED_SOURCE),
    ],
)
def test_a_machine_without_an_address_may_ask_for_one(
    settings: Settings, source: str, protocol: int, ports: tuple[int, int], expected: BuiltIn | None
) -> None:
    flow = Flow(parse_address(source), parse_address("255.255.255.255"), protocol, *ports, receiver=Place.HOST)
    assert entry(settings, flow, SENDER) is expected


@pytest.mark.parametrize(
    ("settings", "to", "protocol", "ports", "is_served"),
    [
        (OPENSTACK, ME, 17, (68, 67), True),
        (OPENSTACK, ME, 17, (1, 67), False),
        (OPENSTACK, "fd00::9", 17, (546, 547), True),
        (OPENSTACK, "fd00::9", 17, (68, 67), False),
        (OPENSTACK, ME, 17, (1, 53), True),
        (OPENSTACK, ME, 6, (1, 53), False),
        (OPENSTACK, "127.0.0.1", 6, (1, 8775), True),
        (OPENSTACK, "127.0.0.1", 17, (1, 8775), False),
        (OPENSTACK, ME, 6, (1, 8775), False),
        (replace(OPENSTACK, metadata=(parse_address(ME), 80)), ME, 6, (1, 80), True),
        (replace(OPENSTACK, metadata=None), "127.0.0.1", 6, (1, 8775), False),
        (replace(OPENSTACK, vxlan_port=53), ME, 17, (1, 53), True),
        (Settings(), ME, 17, (1, 53), False),
    ],
)
def test_what_a_host_of_openstack_serves(
    settings: Settings, to: str, protocol: int, ports: tuple[int, int], *, is_served: bool
) -> None:
    address = parse_address(to)
    flow = Flow(address, address, protocol, *ports, receiver=Place.HOST)
    assert (before_workload_policy(settings, flow) is BuiltIn.OPENSTACK_SERVICE) is is_served
    forwarded = replace(flow, receiver=Place.ELSEWHERE)
    assert before_workload_policy(settings, forwarded) is not BuiltIn.OPENSTACK_SERVICE


def test_discovery_and_encapsulation_come_before_a_workloads_policy() -> None:
    address = parse_address("fd00::1")
    discovery = Flow(address, address, 58, icmp_type=135, receiver=Place.HOST)
    assert before_workload_policy(Settings(), discovery) is BuiltIn.NEIGHBOUR_DISCOVERY
    assert before_workload_policy(Settings(), packet(NEAR, FAR, protocol=4)) is BuiltIn.ENCAPSULATION
    assert before_workload_policy(Settings(), packet(NEAR, FAR, 1, 2)) is None
