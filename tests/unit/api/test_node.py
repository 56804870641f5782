"""Hosts and cluster information: rules 17 and 92 of the API specification, and the datastore specification 12.3."""

from __future__ import annotations

import pytest

from tests.unit.api.cases import a, calico, faults, kubernetes, the_fault
from tortie.model import ClusterInformation, Node, format_address

NODE = (
    "bgp: {ipv4Address: 10.0.0.1/24, ipv6Address: 'fd00::1', asNumber: 64512, ipv4IPIPTunnelAddr: 10.1.0.1},"
    " ipv4VXLANTunnelAddr: 10.1.0.2, vxlanTunnelMACAddr: '66:00:00:00:00:01', orchRefs: [{nodeName: n1}],"
    " wireguard: {interfaceIPv4Address: 10.1.0.3},"
    " addresses: [{address: 10.0.0.1, type: InternalIP}, {address: 1.1.1.1}],"
    " interfaces: [{name: eth1, addresses: [10.2.0.1/16]}]"
)


def node(spec: str) -> str:
    return calico("Node", "n1", spec)


def outer(found: Node) -> list[str]:
    return [format_address(address) for address in found.outer]


def addresses(found: Node) -> list[str]:
    return [format_address(address) for address in found.addresses]


def test_the_addresses_of_a_host_are_all_that_it_is_known_by() -> None:
    found = a(Node, calico("Node", "n1", NODE, "labels: {rack: a}"))
    assert addresses(found) == ["10.0.0.1", "fd00::1", "1.1.1.1", "10.1.0.1", "10.1.0.2", "10.1.0.3", "10.2.0.1"]
    assert found.metadata.labels == {"rack": "a"}


def test_tunnels_go_between_the_addresses_of_hosts_themselves() -> None:
    assert outer(a(Node, calico("Node", "n1", NODE))) == ["10.0.0.1", "fd00::1", "1.1.1.1"]
    assert outer(a(Node, node("ipv4VXLANTunnelAddr: 10.1.0.2, addresses: [{address: 10.1.0.2}]"))) == ["10.1.0.2"]


@pytest.mark.parametrize(
    ("spec", "path", "what"),
    [
        pytest.param("bgp: {}", "spec.bgp", "says nothing", id="92-empty"),
        pytest.param("bgp: {ipv4Address: ''}", "spec.bgp", "says nothing", id="92-empty-text"),
        pytest.param("bgp: {ipv4Address: 'fd00::1'}", "spec.bgp.ipv4Address", "not an IPv4 address", id="92-family-4"),
        pytest.param("bgp: {ipv6Address: 10.0.0.1}", "spec.bgp.ipv6Address", "not an IPv6 address", id="92-family-6"),
        pytest.param("bgp: {ipv4IPIPTunnelAddr: 10.0.0.1/24}", "spec.bgp.ipv4IPIPTunnelAddr", "not an", id="92-tunnel"),
        pytest.param("ipv6VXLANTunnelAddr: x", "spec.ipv6VXLANTunnelAddr", "not an address", id="92-vxlan"),
        pytest.param("vxlanTunnelMACAddrV6: x", "spec.vxlanTunnelMACAddrV6", "not a hardware address", id="92-mac"),
        pytest.param("adresses: []", "spec.adresses", "not recognized", id="unknown"),
    ],
)
def test_a_host_that_breaks_a_rule_says_which(spec: str, path: str, what: str) -> None:
    found = the_fault(node(spec))
    assert found.path == f"Node/n1 {path}"
    assert what in found.what
    assert found.line


def test_a_host_may_say_nothing() -> None:
    assert a(Node, node("")).addresses == ()


ANNOTATIONS = (
    "{projectcalico.org/IPv4Address: 10.0.0.1/24, projectcalico.org/IPv4VXLANTunnelAddr: 10.1.0.2,"
    ' projectcalico.org/Interfaces: \'[{"name":"eth1","addresses":["10.2.0.1"]}]\','
    ' projectcalico.org/labels: \'{"rack":"calico","own":"yes"}\'}'
)


def test_a_host_of_kubernetes_says_what_calico_knows_in_annotations() -> None:
    found = a(
        Node,
        kubernetes(
            "Node",
            f"name: n1, labels: {{rack: kubernetes}}, annotations: {ANNOTATIONS}",
            "spec: {podCIDR: 10.9.0.0/24}\nstatus: {addresses: [{type: InternalIP, address: 10.0.0.1},"
            " {type: ExternalIP, address: 1.1.1.1}, {type: Hostname, address: n1}]}",
        ),
    )
    assert addresses(found) == ["10.0.0.1", "1.1.1.1", "10.1.0.2", "10.2.0.1"]
    assert outer(found) == ["10.0.0.1", "1.1.1.1"]
    assert found.metadata.labels == {"rack": "kubernetes", "own": "yes"}


def test_an_annotation_that_is_not_json_is_told() -> None:
    found = the_fault(kubernetes("Node", "name: n1, annotations: {projectcalico.org/labels: '{'}"))
    assert found.path == "Node/n1 metadata.annotations.projectcalico.org/labels"


def test_cluster_information() -> None:
    spec = "clusterGUID: 0123456789abcdef0123456789abcdef, clusterType: 'k8s,bgp', calicoVersion: v3, variant: Calico"
    found = a(ClusterInformation, calico("ClusterInformation", "default", f"{spec}, datastoreReady: false"))
    assert (found.guid, found.cluster_type, found.version) == ("0123456789abcdef0123456789abcdef", "k8s,bgp", "v3")
    assert (found.ready, found.variant) == (False, "Calico")
    assert a(ClusterInformation, calico("ClusterInformation", "default", "")).ready


@pytest.mark.parametrize(
    ("name", "spec", "path"),
    [
        pytest.param("other", "", "metadata.name", id="17"),
        ("default", "clusterGUID: 12", "spec.clusterGUID"),
        ("default", "datastoreReady: 'yes'", "spec.datastoreReady"),
    ],
)
def test_cluster_information_that_breaks_a_rule_says_which(name: str, spec: str, path: str) -> None:
    (found,) = faults(calico("ClusterInformation", name, spec))
    assert found.path == f"ClusterInformation/{name} {path}"
