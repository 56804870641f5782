"""What tunnels add to the table, as an operator reads it."""

from __future__ import annotations

import pytest

from tests.spec.host_tables import host_table
from tortie.compiled import BuiltIn, Snapshot, Tunnel, TunnelId
from tortie.dataplane.nftables import Ruleset, rule_text
from tortie.dataplane.nftables.layout import layout
from tortie.dataplane.nftables.render import render_all
from tortie.dataplane.nftables.ruleset import ruleset
from tortie.dataplane.nftables.transaction import Elements
from tortie.dataplane.nftables.tunnels import HOST_NETS, HOSTS, host_element
from tortie.model import Encapsulation, Family, parse_address, parse_prefix

V4, V6 = Family
VXLAN4: dict[TunnelId, Tunnel] = {(Encapsulation.VXLAN, V4): Tunnel(17, 4789)}
EVERY: dict[TunnelId, Tunnel] = {
    **VXLAN4,
    (Encapsulation.VXLAN, V6): Tunnel(17, 4789),
    (Encapsulation.IPIP, V4): Tunnel(4),
    (Encapsulation.WIREGUARD, V6): Tunnel(17, 51821, known_only=False),
}
WITH_HOST = host_table({"eth0": {}}).host_endpoints


def chain(found: Ruleset, name: str) -> list[str]:
    return [rule_text(rule) for rule in found.rules.get(name, ())]


def test_without_tunnels_there_is_nothing() -> None:
    found = ruleset(layout(Snapshot(host_endpoints=WITH_HOST)))
    assert not {BuiltIn.TUNNEL, BuiltIn.FOREIGN_TUNNEL} & found.counters.keys()
    assert not {each.name for each in (*HOSTS.values(), *HOST_NETS.values())} & found.sets.keys()


@pytest.mark.scenario(131)
@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "input",
            [
                'iifname "cali*" goto to-host',
                'meta l4proto 4 iifname != "lo" jump ipip4-in',
                'udp dport 4789 iifname != "lo" jump vxlan4-in',
                'udp dport 4789 iifname != "lo" jump vxlan6-in',
                'udp dport 51821 iifname != "lo" jump wireguard6-in',
                "goto host-in",
            ],
        ),
        (
            "vxlan4-in",
            ["ip saddr @hosts4 goto tunnel", "ip saddr @host-nets4 goto tunnel", "goto foreign-tunnel"],
        ),
        ("vxlan6-out", ["ip6 daddr @hosts6 goto tunnel", "ip6 daddr @host-nets6 goto tunnel"]),
        ("wireguard6-in", ["goto tunnel"]),
        ("prerouting", ['iifname "cali*" goto from-workload', "4789 jump", "4789 jump"]),
        ("untracked-tunnels-in", ["ip saddr @hosts4 notrack", "ip saddr @host-nets4 notrack", "ip6", "ip6"]),
    ],
)
def test_chains_read_as_what_they_do(name: str, lines: list[str]) -> None:
    found = chain(ruleset(layout(Snapshot(tunnels=EVERY, host_endpoints=WITH_HOST))), name)
    assert len(found) == len(lines)
    for text, wanted in zip(found, lines, strict=True):
        assert all(word in text for word in wanted.split()), text


def test_what_goes_out_is_asked_only_where_host_endpoints_judge_it() -> None:
    assert "vxlan4-out" not in ruleset(layout(Snapshot(tunnels=VXLAN4))).chains
    found = ruleset(layout(Snapshot(tunnels=VXLAN4, host_endpoints=WITH_HOST)))
    (rule,) = (each for each in chain(found, "output") if "vxlan4-out" in each)
    order = chain(found, "output")
    assert order.index(rule) < order.index("goto host-out")


def test_a_workload_sends_its_own_host_no_tunnels_packets() -> None:
    found = chain(ruleset(layout(Snapshot(tunnels=EVERY))), "to-host")
    assert [each.rpartition("goto ")[2] for each in found[:3]] == [BuiltIn.FOREIGN_TUNNEL] * 3
    assert "51821" not in " ".join(found)


def test_addresses_are_in_hashes_and_networks_in_intervals() -> None:
    nets = {parse_prefix("10.0.0.1/32"): "a", parse_prefix("10.1.0.0/16"): "b", parse_prefix("fd00::1/128"): "c"}
    assert [host_element(net).set for net in nets] == [HOSTS[V4], HOST_NETS[V4], HOSTS[V6]]
    whole = render_all(Snapshot(tunnels=EVERY, known_hosts=nets))
    found = {item.key for each in whole.operations() if isinstance(each.object, Elements) for item in each.object.items}
    assert found >= {int.from_bytes(parse_address(text)) for text in ("10.0.0.1", "10.1.0.0", "fd00::1")}
