"""Which tunnels are in use and between whom, and which addresses are services', as things come, change and go."""

from __future__ import annotations

import pytest

from tortie.compiled import Tunnel
from tortie.engine.network import Network
from tortie.model import (
    BGPConfiguration,
    Encapsulation,
    Family,
    IPPool,
    Key,
    Kind,
    Metadata,
    Node,
    ServiceLoopPrevention,
    Settings,
    parse_address,
    parse_prefix,
)

VXLAN, IPIP, WIREGUARD = Encapsulation
V4, V6 = Family
ON = Settings(vxlan_enabled=True)


def pool(net: str, *wrapping: Encapsulation) -> IPPool:
    return IPPool(Key(Kind.IP_POOL, "", "p"), Metadata(), parse_prefix(net) if net else None, frozenset(wrapping))


def node(name: str, *addresses: str) -> Node:
    packed = tuple(map(parse_address, addresses))
    return Node(Key(Kind.NODE, "", name), Metadata(), packed, packed)


def services(*nets: str, name: str = "default") -> BGPConfiguration:
    pairs = tuple((parse_prefix(net), "serviceClusterIPs") for net in nets)
    return BGPConfiguration(Key(Kind.BGP_CONFIGURATION, "", name), service_nets=pairs)


def known(network: Network) -> dict[str, str]:
    return {str(net): word for net, word in network.known_hosts.rows.items()}


@pytest.mark.scenario(131)
@pytest.mark.parametrize(
    ("settings", "pools", "names"),
    [
        (Settings(), [], []),
        (Settings(), [pool("10.1.0.0/16")], []),
        (Settings(), [pool("10.1.0.0/16", VXLAN)], [(VXLAN, V4)]),
        (Settings(), [pool("fd00::/64", VXLAN)], [(VXLAN, V6)]),
        (Settings(), [pool("", VXLAN)], []),
        (
            Settings(),
            [pool("10.1.0.0/16", VXLAN, IPIP), pool("fd00::/64", VXLAN)],
            [(IPIP, V4), (VXLAN, V4), (VXLAN, V6)],
        ),
        (Settings(), [pool("fd00::/64", IPIP)], []),
        (Settings(vxlan_enabled=True), [], [(VXLAN, V4), (VXLAN, V6)]),
        (Settings(vxlan_enabled=False), [pool("10.1.0.0/16", VXLAN), pool("fd00::/64", VXLAN)], [(VXLAN, V6)]),
        (Settings(ipip_enabled=True), [], [(IPIP, V4)]),
        (Settings(ipip_enabled=False), [pool("10.1.0.0/16", IPIP)], []),
        (Settings(wireguard_ports=((V6, 51821),)), [], [(WIREGUARD, V6)]),
        (Settings(vxlan_enabled=True, wireguard_ports=((V4, 4789),)), [], [(VXLAN, V4), (VXLAN, V6)]),
        (Settings(vxlan_enabled=False, wireguard_ports=((V4, 4789),)), [], [(WIREGUARD, V4)]),
    ],
)
def test_tunnels_are_those_of_pools_but_for_what_settings_say(
    settings: Settings, pools: list[IPPool], names: list[tuple[Encapsulation, Family]]
) -> None:
    network = Network(Settings())
    for number, each in enumerate(pools):
        network.put_pool(Key(Kind.IP_POOL, "", f"p{number}"), each)
    network.configure(settings)
    assert sorted(network.tunnels.rows) == names
    begun = Network(settings)
    for number, each in enumerate(pools):
        begun.put_pool(Key(Kind.IP_POOL, "", f"p{number}"), each)
    assert dict(begun.tunnels.rows) == dict(network.tunnels.rows)
    for number in range(len(pools)):
        network.put_pool(Key(Kind.IP_POOL, "", f"p{number}"), None)
    assert dict(network.tunnels.rows) == dict(Network(settings).tunnels.rows)


def test_what_a_tunnel_is() -> None:
    network = Network(Settings(vxlan_enabled=True, vxlan_port=8472, ipip_enabled=True, wireguard_ports=((V4, 9),)))
    assert network.tunnels.rows[VXLAN, V4] == Tunnel(17, 8472)
    assert network.tunnels.rows[IPIP, V4] == Tunnel(4)
    assert network.tunnels.rows[WIREGUARD, V4] == Tunnel(17, 9, known_only=False)


@pytest.mark.scenario(133)
def test_hosts_come_change_and_go() -> None:
    network = Network(ON)
    a, b = node("a", "10.0.0.1", "fd00::1"), node("b", "10.0.0.2", "10.0.0.1")
    network.put_node(b.key, b)
    network.put_node(a.key, a)
    assert known(network) == {"10.0.0.1/32": "Node/a", "10.0.0.2/32": "Node/b", "fd00::1/128": "Node/a"}
    network.known_hosts.flush()
    network.put_node(a.key, node("a", "fd00::1"))
    assert {str(net): word for net, word in network.known_hosts.flush().upserts.items()} == {"10.0.0.1/32": "Node/b"}
    network.put_node(b.key, None)
    assert known(network) == {"fd00::1/128": "Node/a"}


@pytest.mark.parametrize(
    ("settings", "nets"),
    [
        (Settings(), []),
        (Settings(wireguard_ports=((V4, 9),)), []),
        (Settings(ipip_enabled=True), ["10.0.0.1/32"]),
        (ON, ["10.0.0.1/32", "fd00::1/128"]),
    ],
)
def test_hosts_are_known_only_where_a_tunnel_asks(settings: Settings, nets: list[str]) -> None:
    network = Network(ON)
    network.put_node(Key(Kind.NODE, "", "a"), node("a", "10.0.0.1", "fd00::1"))
    network.configure(settings)
    assert sorted(known(network)) == nets


def test_hosts_outside_the_cluster_are_disjoint_networks_and_leave_nodes_their_name() -> None:
    texts = ("10.0.0.0/24", "10.0.0.128/25", "10.0.1.1/32", "10.9.0.1/32")
    network = Network(Settings(vxlan_enabled=True, external_nodes=tuple(map(parse_prefix, texts))))
    network.put_node(Key(Kind.NODE, "", "a"), node("a", "10.0.0.1", "10.9.0.1"))
    external = "ExternalNodesCIDRList"
    wanted = {"10.0.0.0/24": external, "10.0.0.1/32": "Node/a", "10.0.1.1/32": external, "10.9.0.1/32": "Node/a"}
    assert known(network) == wanted
    network.put_node(Key(Kind.NODE, "", "a"), None)
    assert known(network) == {"10.0.0.0/24": external, "10.0.1.1/32": external, "10.9.0.1/32": external}
    network.configure(ON)
    assert known(network) == {}


@pytest.mark.scenario(138)
def test_services_are_those_of_all_hosts_and_overlap_nowhere() -> None:
    network = Network(Settings())
    said = services("10.96.0.0/12", "10.97.0.0/16", "fd00:96::/112")
    network.put_services(said.key, said)
    network.put_services(Key(Kind.BGP_CONFIGURATION, "", "node.a"), services("192.0.2.0/24", name="node.a"))
    assert sorted(map(str, network.service_nets.rows)) == ["10.96.0.0/12", "fd00:96::/112"]
    network.configure(Settings(service_loop_prevention=ServiceLoopPrevention.DISABLED))
    assert dict(network.service_nets.rows) == {}
    network.configure(Settings(service_loop_prevention=ServiceLoopPrevention.REJECT))
    assert len(network.service_nets.rows) == 2
    network.put_services(said.key, None)
    assert dict(network.service_nets.rows) == {}
