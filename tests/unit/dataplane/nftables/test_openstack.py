"""The rules for what a host of OpenStack serves its machines, as nft lists them."""

from __future__ import annotations

import pytest

from tortie.dataplane.nftables.openstack import asks_for_address, openstack_services
from tortie.dataplane.nftables.text import rule_text
from tortie.model import parse_address


def test_dhcp_of_a_machine_without_an_address() -> None:
    rule = asks_for_address("from-workload")
    assert rule_text(rule).startswith("ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept")


@pytest.mark.parametrize(
    ("metadata", "last"),
    [
        ((parse_address("127.0.0.1"), 8775), ["ip daddr 127.0.0.1 tcp dport 8775 goto openstack-service"]),
        ((parse_address("fd00::1"), 80), ["ip6 daddr fd00::1 tcp dport 80 goto openstack-service"]),
        (None, []),
    ],
)
def test_services(metadata: tuple[bytes, int] | None, last: list[str]) -> None:
    lines = [rule_text(rule).partition(" comment ")[0] for rule in openstack_services("to-host", metadata)]
    assert lines == [
        "meta nfproto ipv4 udp sport 68 udp dport 67 goto openstack-service",
        "meta nfproto ipv6 udp sport 546 udp dport 547 goto openstack-service",
        "udp dport 53 goto openstack-service",
        *last,
    ]
