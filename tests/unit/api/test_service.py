"""Services and endpoint slices (enforcement specification, 4.7)."""

from __future__ import annotations

import json

import pytest

from tests.unit.api.cases import a, kubernetes, the_fault
from tortie.api import Misread, decode_value
from tortie.model import EndpointPort, EndpointSlice, Key, Kind, Protocol, Service, format_address

TCP, UDP = Protocol(6), Protocol(17)


def slice_text(rest: str, labels: str = "kubernetes.io/service-name: web") -> str:
    return kubernetes("EndpointSlice", f"name: web-1, namespace: shop, labels: {{{labels}}}", rest)


def service_text(spec: str) -> str:
    return kubernetes("Service", "name: web, namespace: shop", f"spec: {spec}")


def test_a_slice_has_the_addresses_of_all_its_endpoints_ready_or_not() -> None:
    found = a(
        EndpointSlice,
        slice_text(
            "addressType: IPv4\n"
            "endpoints:\n"
            "- {addresses: [10.0.0.1], conditions: {ready: true}, nodeName: n1, targetRef: {kind: Pod}}\n"
            "- {addresses: [10.0.0.2, 10.0.0.1], conditions: {ready: false}}\n"
            "ports: [{name: http, port: 80, protocol: TCP, appProtocol: h2c}, {port: 53, protocol: UDP}, {port: 9}]"
        ),
    )
    assert found.key == Key(Kind.ENDPOINT_SLICE, "shop", "web-1")
    assert found.service == "web"
    assert [format_address(address) for address in found.addresses] == ["10.0.0.1", "10.0.0.2"]
    assert found.ports == (EndpointPort("http", TCP, 80), EndpointPort("", UDP, 53), EndpointPort("", TCP, 9))


def test_a_slice_without_the_label_belongs_to_no_service() -> None:
    assert a(EndpointSlice, slice_text("addressType: IPv4\nendpoints: []", "a: b")).service == ""


def test_ports_without_a_number_and_addresses_that_are_names_count_for_nothing() -> None:
    found = a(
        EndpointSlice,
        slice_text("addressType: FQDN\nendpoints: [{addresses: [example.org]}]\nports: [{name: any}, {port: 1}]"),
    )
    assert (found.addresses, found.ports) == ((), (EndpointPort("", TCP, 1),))


@pytest.mark.parametrize(
    ("rest", "path", "what"),
    [
        ("endpoints: []", "addressType", "is missing"),
        ("addressType: IPX", "addressType", "`IPX` is not known"),
        ("addressType: IPv4\nendpoints: [{addresses: [a.b]}]", "endpoints[0].addresses[0]", "not an IP address"),
        ("addressType: IPv4\nports: [{port: 0}]", "ports[0].port", "1 to 65535"),
        ("addressType: IPv4\nports: [{port: 1, protocol: ICMP}]", "ports[0].protocol", "not known"),
    ],
)
def test_a_slice_that_cannot_be_read_says_why(rest: str, path: str, what: str) -> None:
    found = the_fault(slice_text(rest))
    assert found.path == f"EndpointSlice/shop/web-1 {path}"
    assert what in found.what
    assert found.line


@pytest.mark.parametrize(
    ("spec", "addresses"),
    [
        ("{clusterIP: 10.96.0.1}", ["10.96.0.1"]),
        ("{clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1, 'fd00::1']}", ["10.96.0.1", "fd00::1"]),
        ("{clusterIP: None, clusterIPs: [None]}", []),
        ("{clusterIP: ''}", []),
        ("{type: ExternalName, externalName: example.org}", []),
        ("{}", []),
    ],
)
def test_the_addresses_of_a_service(spec: str, addresses: list[str]) -> None:
    found = a(Service, service_text(spec))
    assert [format_address(address) for address in found.addresses] == addresses
    assert found.key == Key(Kind.SERVICE, "shop", "web")


def test_the_ports_of_a_service() -> None:
    found = a(Service, service_text("{ports: [{name: web, port: 80, targetPort: http}, {port: 53, protocol: UDP}]}"))
    assert found.ports == (EndpointPort("web", TCP, 80), EndpointPort("", UDP, 53))


def test_a_services_address_that_is_none_is_refused() -> None:
    assert the_fault(service_text("{clusterIP: ten}")).path == "Service/shop/web spec.clusterIP"


def test_a_stored_port_of_an_unknown_protocol_is_not_one_of_tcp() -> None:
    key = Key(Kind.ENDPOINT_SLICE, "shop", "web-1")
    head = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4"}
    ports = [{"port": 53, "protocol": "UDP"}, {"port": 80, "protocol": "QUIC"}]
    data = {**head, "metadata": {"name": key.name, "namespace": key.namespace}, "ports": ports}
    with pytest.raises(Misread) as error:
        decode_value(key, json.dumps(data).encode())
    assert isinstance(error.value.instead, EndpointSlice)
    assert error.value.instead.ports == (EndpointPort("", UDP, 53),)
