"""Logged packets as lines: whose rule, which endpoint, and what is in the packet."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from tests.spec.cast import ALLOW, DENY, INGRESS, policy, world
from tests.spec.semantics import HOST
from tortie.agent.packets import MOST_LINES, PacketLines, headers
from tortie.compiled import Snapshot
from tortie.dataplane.nftables import rule_chain
from tortie.engine import compile_all
from tortie.lab.packets import ip_packet, tcp_syn, udp_datagram
from tortie.model import Action
from tortie.netlink import LoggedPacket

LOGGING = policy("log", "name == 'w1'", (INGRESS,), (replace(ALLOW, action=Action.LOG), DENY), tier="default")
RULE = "gnp/log/ingress/0"
NAMES = {0: "", 7: "caliw0", 8: "caliw1"}
V4 = (ip_address("10.65.0.10"), 40000), (ip_address("10.65.0.11"), 80)
V6 = (ip_address("fd65::a"), 40000), (ip_address("fd65::b"), 53)
SYN = tcp_syn(*V4)


class Packets:
    """Packets that a test logs."""

    def __init__(self) -> None:
        self.waiting: list[LoggedPacket] = []
        self.lost = 0

    def fileno(self) -> int:
        return 7

    def read(self) -> tuple[tuple[LoggedPacket, ...], int]:
        found, self.waiting = tuple(self.waiting), []
        lost, self.lost = self.lost, 0
        return found, lost


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return compile_all(world(LOGGING), lambda endpoint: endpoint.node == HOST)


def logged(prefix: str = rule_chain(RULE), payload: bytes = SYN) -> LoggedPacket:
    return LoggedPacket(1, prefix, 2, 7, 8, payload)


def test_a_line_names_rule_policy_tier_and_endpoint(snapshot: Snapshot) -> None:
    packets = Packets()
    lines = PacketLines(packets, lambda index: NAMES[index])
    assert (list(lines.read(snapshot)), lines.fileno()) == ([], 7)
    packets.waiting = [logged()]
    assert list(lines.read(snapshot)) == [
        {
            "protocol": "TCP",
            "source": "10.65.0.10",
            "destination": "10.65.0.11",
            "source_port": 40000,
            "destination_port": 80,
            "in": "caliw0",
            "out": "caliw1",
            "rule": RULE,
            "direction": "Ingress",
            "tier": "default",
            "policy": "GlobalNetworkPolicy/log",
            "endpoint": "WorkloadEndpoint/default/w1",
        }
    ]
    assert (lines.logged, lines.lost) == (1, 0)


def test_a_rule_that_is_gone_is_named_as_the_kernel_does(snapshot: Snapshot) -> None:
    packets = Packets()
    packets.waiting = [logged("rule-old")]
    [line] = PacketLines(packets, lambda index: NAMES[index]).read(snapshot)
    assert line["rule"] == "rule-old"
    assert "policy" not in line


def test_what_no_line_tells_of_is_counted_and_told(snapshot: Snapshot) -> None:
    packets = Packets()
    lines = PacketLines(packets, lambda index: NAMES[index])
    packets.waiting, packets.lost = [logged()] * (MOST_LINES + 5), 3
    found = list(lines.read(snapshot))
    assert len(found) == MOST_LINES + 1
    assert found[-1] == {"lost": 8}
    assert (lines.logged, lines.lost) == (MOST_LINES + 5, 8)


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"", {}),
        (b"\x45", {}),
        (b"\x00" * 40, {}),
        (SYN[:20], {"protocol": "TCP", "source": "10.65.0.10", "destination": "10.65.0.11"}),
        (SYN[:6] + b"\x00\x07" + SYN[8:], {"protocol": "TCP", "source": "10.65.0.10", "destination": "10.65.0.11"}),
        (
            udp_datagram(*V6, b"x"),
            {
                "protocol": "UDP",
                "source": "fd65::a",
                "destination": "fd65::b",
                "source_port": 40000,
                "destination_port": 53,
            },
        ),
        (
            ip_packet(V4[0][0], V4[1][0], 1, b"\x08\x03rest"),
            {"protocol": "ICMP", "source": "10.65.0.10", "destination": "10.65.0.11", "icmp_type": 8, "icmp_code": 3},
        ),
    ],
)
def test_what_a_packet_says(payload: bytes, says: dict[str, object]) -> None:
    assert headers(payload) == says
