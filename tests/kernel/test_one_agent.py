"""Pods, VMs and host interfaces by one agent on one host, with real packets: the guide's G2 and G10."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.kernel.labs import reach, unique
from tortie.lab import External, Host, Lab, Listener, Namespace, Workload, WorkloadType
from tortie.lab.policed import Policed, policed_up

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

LISTEN = tuple(map(Listener.parse, ("tcp/8055", "tcp/22")))
HOST_ENDPOINT = """
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: outside, labels: {role: server}}
spec: {node: node-1, interfaceName: eth0}
"""
POLICY = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: to-servers}
spec:
  selector: role == 'server'
  types: [Ingress]
  ingress:
  - {action: Allow, protocol: TCP, source: {nets: [NET4]}, destination: {ports: [8055]}}
  - {action: Allow, protocol: TCP, source: {nets: ["NET6"]}, destination: {ports: [8055]}}
"""
KINDS = ("shop/pod", "shop/machine", "node-1")


@pytest.fixture(scope="module")
def lab() -> Iterator[Policed]:
    workloads = (
        Workload("pod", "shop", "node-1", labels={"role": "server"}, listen=LISTEN),
        Workload("machine", "shop", "node-1", WorkloadType.VM, labels={"role": "server"}, listen=LISTEN),
    )
    externals = (External("friend"), External("stranger"))
    with policed_up(
        Lab(unique(), (Host("node-1", listen=LISTEN),), (Namespace("shop"),), workloads, externals)
    ) as made:
        yield made


def test_g10_only_pods_are_open_without_policy(lab: Policed) -> None:
    assert reach(lab, [("friend", kind, 8055) for kind in KINDS]) == [True, False, True], "a host without an endpoint"
    keys = lab.apply_text(HOST_ENDPOINT)
    try:
        assert reach(lab, [("friend", kind, 8055) for kind in KINDS]) == [True, False, False]
        assert reach(lab, [("friend", "node-1", 22)]) == [True], "a failsafe port"
    finally:
        lab.delete(keys)
    assert reach(lab, [("friend", "node-1", 8055)]) == [True]


def test_g2_one_policy_governs_all_three(lab: Policed) -> None:
    four, six = (lab.running.address("friend", version) for version in (4, 6))
    policy = POLICY.replace("NET4", f"{four}/32").replace("NET6", f"{six}/128")
    keys = lab.apply_text(HOST_ENDPOINT) + lab.apply_text(policy)
    try:
        assert reach(lab, [("friend", kind, 8055) for kind in KINDS]) == [True] * 3
        assert reach(lab, [("stranger", kind, 8055) for kind in KINDS]) == [False] * 3
        assert reach(lab, [("friend", kind, 22) for kind in KINDS]) == [False, False, True]
    finally:
        lab.delete(keys)
