"""Services and slices to documents."""

from __future__ import annotations

from tests.unit.api.cases import kubernetes, resource
from tortie.api import encode


def test_a_service() -> None:
    found = encode(
        resource(
            kubernetes("Service", "name: web, namespace: shop", "spec: {clusterIP: 10.0.0.1, ports: [{port: 80}]}")
        )
    )
    assert found == {
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"], "ports": [{"protocol": "TCP", "port": 80}]},
    }


def test_a_slice_has_one_endpoint_for_each_address() -> None:
    text = "addressType: IPv6\nendpoints: [{addresses: ['fd00::1', 'fd00::2']}]\nports: [{name: a, port: 1}]"
    found = encode(resource(kubernetes("EndpointSlice", "name: web, namespace: shop", text)))
    assert found == {
        "kind": "EndpointSlice",
        "apiVersion": "discovery.k8s.io/v1",
        "metadata": {"name": "web", "namespace": "shop"},
        "addressType": "IPv6",
        "endpoints": [{"addresses": ["fd00::1"]}, {"addresses": ["fd00::2"]}],
        "ports": [{"name": "a", "protocol": "TCP", "port": 1}],
    }
