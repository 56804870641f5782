"""What is about hosts, as documents."""

from __future__ import annotations

from tests.unit.api.cases import calico, resource
from tortie.api import encode


def test_a_host_endpoint() -> None:
    text = calico("HostEndpoint", "h", "ports: [{port: 22, name: ssh, protocol: 6}], interfaceName: eth0, node: n1")
    assert encode(resource(text))["spec"] == {
        "node": "n1",
        "interfaceName": "eth0",
        "ports": [{"name": "ssh", "protocol": "TCP", "port": 22}],
    }


def test_a_node_lists_its_addresses() -> None:
    text = calico("Node", "n1", "bgp: {ipv4Address: 10.0.0.1/24}")
    assert encode(resource(text))["spec"] == {"addresses": [{"address": "10.0.0.1"}]}


def test_cluster_information_says_whether_the_datastore_is_ready() -> None:
    assert encode(resource(calico("ClusterInformation", "default", "")))["spec"] == {"datastoreReady": True}
