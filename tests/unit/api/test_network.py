"""Pools and routers' settings: what policy has to know of them, and nothing else."""

from __future__ import annotations

import json

import pytest

from tests.unit.api.cases import a, calico, the_fault
from tortie.api import Misread, decode_value
from tortie.model import BGPConfiguration, Encapsulation, IPPool, Key, Kind, parse_prefix

V, P = Encapsulation.VXLAN, Encapsulation.IPIP


@pytest.mark.parametrize(
    ("spec", "wrapping"),
    [
        ("", set()),
        ("vxlanMode: Never, ipipMode: Never", set()),
        ("vxlanMode: Always", {V}),
        ("vxlanMode: CrossSubnet, ipipMode: CrossSubnet", {V, P}),
        ("ipipMode: Always, disabled: true", {P}),
        ("ipipMode: ''", set()),
        ("ipipMode: SomethingNew", {P}),
    ],
)
def test_how_the_hosts_of_a_pool_wrap_packets(spec: str, wrapping: set[Encapsulation]) -> None:
    found = a(IPPool, calico("IPPool", "p", f"{spec}{', ' if spec else ''}cidr: 10.1.0.0/16, natOutgoing: true"))
    assert found.encapsulations == wrapping
    assert found.net == parse_prefix("10.1.0.0/16")


def test_services_addresses_keep_the_field_that_they_stand_in() -> None:
    spec = (
        "asNumber: 64512, serviceClusterIPs: [{cidr: 10.96.0.0/12}, {cidr: 'fd00:96::/112'}],"
        " serviceExternalIPs: [{cidr: 192.0.2.7/32}, {cidr: 10.96.0.0/12}],"
        " serviceLoadBalancerIPs: [{cidr: 198.51.100.9, more: 1}]"
    )
    found = a(BGPConfiguration, calico("BGPConfiguration", "default", spec))
    assert [(str(net), field) for net, field in found.service_nets] == [
        ("10.96.0.0/12", "serviceClusterIPs"),
        ("fd00:96::/112", "serviceClusterIPs"),
        ("192.0.2.7/32", "serviceExternalIPs"),
        ("198.51.100.9/32", "serviceLoadBalancerIPs"),
    ]


@pytest.mark.parametrize(
    ("kind", "spec", "path"),
    [
        ("IPPool", "cidr: x", "spec.cidr"),
        ("BGPConfiguration", "serviceClusterIPs: [{cidr: x}]", "spec.serviceClusterIPs[0].cidr"),
        ("BGPConfiguration", "serviceClusterIPs: x", "spec.serviceClusterIPs"),
    ],
)
def test_what_is_no_network_is_told(kind: str, spec: str, path: str) -> None:
    assert the_fault(calico(kind, "default", spec)).path == f"{kind}/default {path}"


def test_what_is_stored_keeps_what_can_be_read() -> None:
    key = Key(Kind.BGP_CONFIGURATION, "", "default")
    nets = [{"cidr": "x"}, {"cidr": "10.96.0.0/12"}]
    data = {
        "kind": "BGPConfiguration",
        "apiVersion": "projectcalico.org/v3",
        "metadata": {"name": "default"},
        "spec": {"serviceClusterIPs": nets},
    }
    with pytest.raises(Misread) as told:
        decode_value(key, json.dumps(data).encode())
    assert isinstance(told.value.instead, BGPConfiguration)
    assert [str(net) for net, _ in told.value.instead.service_nets] == ["10.96.0.0/12"]
