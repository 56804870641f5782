"""What host endpoints add to the table, as an operator reads it, and that nothing is there without need."""

from __future__ import annotations

import pytest

from tests.spec.host_tables import ALL_WAYS, NORMAL_WAYS, Way, host_table
from tortie.compiled import BuiltIn, Snapshot
from tortie.dataplane.nftables import Ruleset, rule_text, ruleset
from tortie.dataplane.nftables.host_layout import host_layout, ways_of
from tortie.dataplane.nftables.layout import layout
from tortie.model import Direction, PolicyClass, Settings

IN, OUT = Direction.INGRESS, Direction.EGRESS
UNTRACKED_IN, UNTRACKED_OUT = (PolicyClass.UNTRACKED, IN), (PolicyClass.UNTRACKED, OUT)
PRE_DNAT = PolicyClass.PRE_DNAT, IN
FORWARD_IN, FORWARD_OUT = (PolicyClass.FORWARD, IN), (PolicyClass.FORWARD, OUT)
KNOWN = "ct state vmap { established : accept, related : accept }"
MARKED = "meta mark & 0x00010000 != 0x00000000"


def table(*ways: Way, interface: str = "eth0", settings: Settings | None = None) -> Ruleset:
    used = settings or Settings()
    return ruleset(layout(host_table({interface: {way: {} for way in ways}}, used)))


def chain(found: Ruleset, name: str) -> list[str]:
    return [rule_text(rule) for rule in found.rules.get(name, ())]


def hooked(found: Ruleset) -> set[str]:
    return {name for name, each in found.chains.items() if each.hook}


def elements(found: Ruleset, name: str) -> dict[object, object]:
    return {each.key: getattr(each.data, "chain", "") or each.data for each in found.elements.get(name, ())}


def test_without_host_endpoints_there_is_nothing() -> None:
    assert list(host_layout(Settings(), ())) == []
    assert not ways_of(())
    assert hooked(ruleset(layout(Snapshot()))) == {"prerouting", "forward", "input"}


@pytest.mark.parametrize(
    ("ways", "hooks"),
    [
        ((), set()),
        ((UNTRACKED_IN,), {"untracked-in"}),
        ((UNTRACKED_OUT,), {"untracked-out"}),
        ((PRE_DNAT,), {"pre-dnat"}),
        ((FORWARD_IN, FORWARD_OUT), set()),
        (ALL_WAYS, {"untracked-in", "untracked-out", "pre-dnat"}),
    ],
)
def test_each_list_brings_its_hook(ways: tuple[Way, ...], hooks: set[str]) -> None:
    assert hooked(table(*ways)) == {"prerouting", "forward", "input", "output", "postrouting"} | hooks


@pytest.mark.parametrize(
    ("ways", "name", "lines"),
    [
        ((), "input", ['iifname "cali*" goto to-host', "goto host-in"]),
        ((), "host-in", [KNOWN, "iifname vmap @host-in-interfaces"]),
        ((PRE_DNAT,), "host-in", [KNOWN, f"{MARKED} return", "iifname vmap @host-in-interfaces"]),
        ((UNTRACKED_IN,), "host-in", [KNOWN, f"{MARKED} return", "iifname vmap @host-in-interfaces"]),
        ((UNTRACKED_OUT,), "host-in", [KNOWN, "iifname vmap @host-in-interfaces"]),
        (
            (),
            "host-in-eth0",
            ["jump host-in-checks", 'goto dispatch-eth0-normal-ingress comment "HostEndpoint/on-eth0"'],
        ),
        (
            (UNTRACKED_IN,),
            "untracked-in",
            ["meta mark set meta mark & 0xfffeffff", "iifname vmap @untracked-in-interfaces"],
        ),
        (
            (PRE_DNAT,),
            "pre-dnat",
            [KNOWN, "meta mark set meta mark & 0xfffeffff", "iifname vmap @pre-dnat-interfaces"],
        ),
        ((UNTRACKED_IN, PRE_DNAT), "pre-dnat", [KNOWN, f"{MARKED} accept", "iifname vmap @pre-dnat-interfaces"]),
        (
            (),
            "output",
            [KNOWN, 'ct status dnat accept comment "judged in postrouting"', "goto host-out"],
        ),
        (
            (UNTRACKED_OUT,),
            "output",
            [KNOWN, f"{MARKED} accept", 'ct status dnat accept comment "judged in postrouting"', "goto host-out"],
        ),
        (
            (),
            "postrouting",
            ['ct state new ct status dnat iif 0 goto host-out comment "sent by the host, and translated"'],
        ),
        ((FORWARD_IN,), "forward-in", ["iifname vmap @forward-in-interfaces"]),
        ((FORWARD_IN, PRE_DNAT), "forward-in", [f"{MARKED} return", "iifname vmap @forward-in-interfaces"]),
        ((FORWARD_OUT, PRE_DNAT), "forward-out", ["oifname vmap @forward-out-interfaces"]),
        ((FORWARD_IN,), "forward-in-checks", ["ct state invalid goto invalid"]),
    ],
)
def test_chains_read_as_what_they_do(ways: tuple[Way, ...], name: str, lines: list[str]) -> None:
    assert chain(table(*ways), name) == lines


def test_forwarded_packets_come_to_each_side_in_the_order_of_their_way() -> None:
    found = table(FORWARD_IN, FORWARD_OUT)

    assert chain(found, "forward")[2:] == [
        "jump forward-in",
        'iifname "cali*" jump egress-checks',
        "iifname vmap @from-endpoint",
        "jump to-workload",
        "jump forward-out",
    ]
    assert chain(found, "to-workload") == ["oifname vmap @to-endpoint", 'oifname "cali*" goto no-endpoint']
    assert "to-workload" not in table(FORWARD_IN).chains
    assert chain(table(), "forward") == chain(ruleset(layout(Snapshot())), "forward")


def test_all_interfaces_are_those_that_have_none_of_their_own() -> None:
    rows = host_table({"*": {way: {} for way in ALL_WAYS}, "eth0": {}, "eth1": {PRE_DNAT: {}}}).host_endpoints
    found = ruleset(layout(Snapshot(host_endpoints=rows)))

    assert chain(found, "host-in")[-1] == "goto host-in-every/interface"
    assert chain(found, "host-out")[-2:] == ['oifname "cali*" goto host-to-workload', "goto host-out-every/interface"]
    assert elements(found, "host-in-interfaces") == {
        "lo": BuiltIn.LOOPBACK,
        "eth0": "host-in-eth0",
        "eth1": "host-in-eth1",
    }
    assert elements(found, "pre-dnat-interfaces") == {
        "lo": BuiltIn.LOOPBACK,
        "eth0": elements(found, "forward-in-interfaces")["eth0"],
        "eth1": "pre-dnat-eth1",
    }
    assert [str(getattr(each.data, "kind", "")) for each in found.elements["forward-in-interfaces"]] == ["return"] * 2
    assert hooked(found).isdisjoint({"untracked-in", "untracked-out"}), "unsupported on all interfaces"


@pytest.mark.parametrize("way", [*NORMAL_WAYS, UNTRACKED_IN, UNTRACKED_OUT, PRE_DNAT])
def test_discovery_and_failsafes_come_before_policy(way: Way) -> None:
    policy_class, direction = way
    word = {PolicyClass.NORMAL: "host", PolicyClass.UNTRACKED: "untracked"}.get(policy_class, "pre-dnat")
    name = word if policy_class is PolicyClass.PRE_DNAT else f"{word}-{'in' if direction is IN else 'out'}"
    lines = chain(table(way), f"{name}-checks")

    assert lines[0].startswith("icmpv6 type { packet-too-big, ")
    assert lines[0].endswith("} goto host-discovery")
    assert lines[1] == "icmp type destination-unreachable icmp code frag-needed goto host-discovery"
    assert ("ct state invalid goto invalid" in lines) == (policy_class is not PolicyClass.UNTRACKED)
    side = "in" if direction is IN else "out"
    bound = "inbound" if direction is IN else "outbound"
    assert f"meta l4proto . th dport @failsafe-{side} goto failsafe-{bound}" in lines


def test_invalid_packets_pass_where_settings_say_so() -> None:
    lines = chain(table(PRE_DNAT, settings=Settings(drop_invalid=False)), "pre-dnat-checks")
    assert [line for line in lines if "invalid" in line] == []


def test_the_mark_is_the_lowest_bit_of_the_mask() -> None:
    found = table(PRE_DNAT, settings=Settings(mark_mask=0xC0000000))
    assert "meta mark & 0x40000000 != 0x00000000 return" in chain(found, "host-in")
    assert "meta mark set meta mark & 0xbfffffff" in chain(found, "pre-dnat")


@pytest.mark.parametrize("interface", ["checks", "interfaces", "every"])
def test_an_interface_called_like_a_chain_of_ours_has_chains_of_its_own(interface: str) -> None:
    """A chain that jumps to itself is refused, and everything else with it."""
    usual, found = table(*ALL_WAYS), table(*ALL_WAYS, interface=interface)
    assert len(found.chains) == len(usual.chains)
    assert chain(found, "host-in-checks") == chain(usual, "host-in-checks")
    for name in found.chains:
        assert f"jump {name}" not in chain(found, name)
