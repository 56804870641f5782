"""The fixed part of the table as an operator reads it, and what settings change of it."""

from __future__ import annotations

from contextlib import closing

import pytest

from tortie.compiled import BuiltIn, Snapshot
from tortie.dataplane.nftables import Ruleset, Transaction, rule_text, ruleset, table_text
from tortie.dataplane.nftables.fake import FakeKernel
from tortie.dataplane.nftables.layout import ADDRESSES, INTERFACES, NETS, SOURCE_NETS, SOURCES, layout
from tortie.model import EndpointToHostAction, Family, Settings
from tortie.model import Verdict as Outcome

DISCOVERY = (
    "icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, "
    "nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert }"
)


def table(settings: Settings | None = None) -> Ruleset:
    return ruleset(layout(Snapshot(settings or Settings())))


def chain(name: str, settings: Settings | None = None) -> list[str]:
    return [rule_text(rule) for rule in table(settings).rules.get(name, ())]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("prerouting", ['iifname "cali*" goto from-workload']),
        (
            "from-workload",
            [
                "iifname . ip saddr @sources4 accept",
                "iifname . ip6 saddr @sources6 accept",
                "iifname . ip saddr @source-nets4 accept",
                "iifname . ip6 saddr @source-nets6 accept",
                "iifname != @interfaces goto no-endpoint",
                f'ip6 saddr :: {DISCOVERY} accept comment "is my address free?"',
                'ip6 saddr fe80::/10 accept comment "never forwarded"',
                "goto spoofed-source",
            ],
        ),
        (
            "no-endpoint",
            [
                "iifname @interfaces-down goto endpoint-down",
                "oifname @interfaces-down goto endpoint-down",
                "goto unknown-interface",
            ],
        ),
        (
            "forward",
            [
                "ct state established,related goto tracked",
                "ct state invalid jump invalid-workload",
                'iifname "cali*" jump egress-checks',
                "iifname vmap @from-endpoint",
                "oifname vmap @to-endpoint",
                'oifname "cali*" goto no-endpoint',
            ],
        ),
        ("tracked", ['oifname "cali*" oifname != @interfaces goto no-endpoint', "accept"]),
        ("invalid-workload", ['iifname "cali*" goto invalid', 'oifname "cali*" goto invalid']),
        (
            "egress-checks",
            [
                "udp dport 4789 goto encapsulation",
                "meta l4proto ipencap goto encapsulation",
            ],
        ),
        ("input", ['iifname "cali*" goto to-host']),
        (
            "to-host",
            [
                "ct state established,related accept",
                "ct state invalid goto invalid",
                f"{DISCOVERY} goto neighbour-discovery",
                "jump egress-checks",
                "iifname vmap @from-endpoint",
                "goto endpoint-to-host-drop",
            ],
        ),
    ],
)
def test_chains(name: str, lines: list[str]) -> None:
    assert chain(name) == lines


@pytest.mark.parametrize(
    ("name", "hook", "priority"), [("prerouting", "prerouting", -300), ("forward", "forward", 0), ("input", "input", 0)]
)
def test_base_chains_let_the_rest_of_the_host_be(name: str, hook: str, priority: int) -> None:
    found = table().chains[name].hook
    assert found is not None
    assert (found.type, found.hook, found.priority, found.policy) == ("filter", hook, priority, "accept")
    assert sum(each.hook is not None for each in table().chains.values()) == 3


@pytest.mark.parametrize("each", [each for each in BuiltIn if each in table().counters])
def test_a_verdict_of_the_host_is_counted(each: BuiltIn) -> None:
    word = "accept" if each.verdict is Outcome.ALLOW else "drop"
    assert chain(each) == [f'counter name "{each}" {word}']


@pytest.mark.parametrize(
    ("settings", "name", "lines"),
    [
        (Settings(allow_vxlan_from_workloads=True), "egress-checks", ["meta l4proto ipencap goto encapsulation"]),
        (
            Settings(allow_ipip_from_workloads=True, vxlan_port=8472),
            "egress-checks",
            ["udp dport 8472 goto encapsulation"],
        ),
        (
            Settings(interface_prefixes=("cali", "tap")),
            "prerouting",
            ['iifname "cali*" goto from-workload', 'iifname "tap*" goto from-workload'],
        ),
        (
            Settings(openstack=True, metadata=None),
            "to-host",
            [
                "ct state established,related accept",
                "ct state invalid goto invalid",
                f"{DISCOVERY} goto neighbour-discovery",
                'meta nfproto ipv4 udp sport 68 udp dport 67 goto openstack-service comment "DHCP"',
                'meta nfproto ipv6 udp sport 546 udp dport 547 goto openstack-service comment "DHCP"',
                'udp dport 53 goto openstack-service comment "DNS"',
                "jump egress-checks",
                "iifname vmap @from-endpoint",
                "goto endpoint-to-host-drop",
            ],
        ),
    ],
)
def test_settings(settings: Settings, name: str, lines: list[str]) -> None:
    assert chain(name, settings) == lines


@pytest.mark.parametrize(
    ("action", "last"),
    [
        (EndpointToHostAction.DROP, "goto endpoint-to-host-drop"),
        (EndpointToHostAction.ACCEPT, "goto endpoint-to-host-accept"),
        (EndpointToHostAction.RETURN, "iifname vmap @from-endpoint"),  # the host's own rules decide
    ],
)
def test_workloads_to_their_host(action: EndpointToHostAction, last: str) -> None:
    assert chain("to-host", Settings(endpoint_to_host_action=action))[-1] == last


def test_a_machine_of_openstack_that_is_known_may_ask_for_an_address() -> None:
    lines = chain("from-workload", Settings(openstack=True))
    after = lines[lines.index("iifname != @interfaces goto no-endpoint") + 1]
    assert after.startswith("ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept")
    assert not [line for line in chain("from-workload") if "sport 68" in line]


def test_invalid_packets_may_be_let_alone() -> None:
    settings = Settings(drop_invalid=False)
    assert [line for line in chain("forward", settings) if "ct state" in line] == [
        "ct state established,related goto tracked"
    ]
    assert [line for line in chain("to-host", settings) if "ct state" in line] == [
        "ct state established,related accept"
    ]


def test_sets_of_addresses_are_hashes_and_networks_are_intervals() -> None:
    for family in Family:
        assert not ADDRESSES[family].interval
        assert not SOURCES[family].interval
        assert NETS[family].interval
        assert SOURCE_NETS[family].interval
    assert "\tset interfaces {\n\t\ttype ifname\n" in table_text(table())
    assert INTERFACES.name in table().sets


@pytest.mark.parametrize("settings", [Settings(), Settings(interface_prefixes=(), drop_invalid=False)])
def test_a_kernel_takes_it_as_it_is(settings: Settings) -> None:
    transaction = Transaction()
    for thing in layout(Snapshot(settings)):
        transaction.add(thing)
    with closing(FakeKernel()) as kernel:
        kernel.commit(transaction)
        listed = kernel.ruleset()
    assert table_text(listed) == table_text(table(settings))
