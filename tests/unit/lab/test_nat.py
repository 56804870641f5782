"""The table that translates a lab's services, as nft reads it."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

from tortie.lab import Host, Lab, Listener, Namespace, Service, Workload, allocated
from tortie.lab.nat import service_table, translate

LAB = allocated(
    Lab(
        "nat",
        (Host("node-1"),),
        (Namespace("shop"),),
        (Workload("web", "shop", "node-1"),),
        services=(
            Service("port", Listener.parse("tcp/32010"), "shop/web", 8055),
            Service("virtual", Listener.parse("udp/53"), "shop/web", 5353, (ip_address("fd00:96::1"),)),
        ),
    )
)


def test_ports_of_hosts_are_those_of_local_addresses() -> None:
    four, six = LAB.workload("shop/web").addresses
    lines = service_table(LAB).splitlines()
    rules = [
        f"    meta nfproto ipv4 fib daddr type local tcp dport 32010 dnat ip to {four}:8055",
        f"    meta nfproto ipv6 fib daddr type local tcp dport 32010 dnat ip6 to [{six}]:8055",
    ]
    assert [line for line in lines if "32010" in line] == rules * 2, "for what comes in, and what the host sends"
    assert [line for line in lines if "hook" in line] == [
        "    type nat hook prerouting priority dstnat; policy accept;",
        "    type nat hook output priority -100; policy accept;",
    ]


def test_addresses_of_a_service_are_those_of_its_family() -> None:
    six = LAB.workload("shop/web").addresses[1]
    lines = [line for line in service_table(LAB).splitlines() if "udp" in line]
    assert lines == [f"    ip6 daddr fd00:96::1 udp dport 53 dnat ip6 to [{six}]:5353"] * 2


def test_without_services_nothing_is_done() -> None:
    translate(Lab("none", (Host("node-1"),)), Path("/nowhere"))
