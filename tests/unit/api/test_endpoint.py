"""Workload endpoints, one row for each rule of the API specification (3.2, 3.6), and their labels (6.1, 6.2)."""

from __future__ import annotations

import pytest

from tests.unit.api.cases import a, again, calico, endpoint, faults, the_fault
from tortie.api.endpoint import endpoint_labels
from tortie.model import EndpointPort, IPNat, Protocol, WorkloadEndpoint, parse_address

NAME = "n1-k8s-web--0-eth0"
PORT = "name: http, protocol: TCP, port: 80"
BAD = [
    pytest.param(
        calico("WorkloadEndpoint", "", "orchestrator: k8s, node: n1, pod: a, interfaceName: c"),
        "spec.endpoint",
        "field should be assigned",
        id="18-lacks-a-segment",
    ),
    pytest.param(
        calico("WorkloadEndpoint", "", "node: n1, pod: a, workload: w, endpoint: e, interfaceName: c"),
        "spec.orchestrator",
        "field should be assigned",
        id="18-lacks-the-orchestrator",
    ),
    pytest.param(endpoint("", "other"), "metadata.name", f"expected name {NAME}", id="18-name"),
    pytest.param(
        calico("WorkloadEndpoint", "", "orchestrator: k8s, node: n1, pod: a, endpoint: e"),
        "spec.interfaceName",
        "missing",
        id="80-missing",
    ),
    pytest.param(
        calico("WorkloadEndpoint", "", "orchestrator: k8s, node: n1, pod: a, endpoint: e, interfaceName: 'a/b'"),
        "spec.interfaceName",
        "not an interface",
        id="80",
    ),
    pytest.param(
        calico("WorkloadEndpoint", "", "orchestrator: k8s, node: '', pod: a, endpoint: e, interfaceName: c"),
        "spec.node",
        "field should be assigned",
        id="18-empty",
    ),
    pytest.param(
        calico("WorkloadEndpoint", "", "orchestrator: k8s, node: n1, pod: a-b, endpoint: e, interfaceName: ''"),
        "spec.interfaceName",
        "missing",
        id="80-empty",
    ),
    pytest.param(
        endpoint("ipNATs: [{internalIP: 10.0.0.1, externalIP: ''}]"),
        "spec.ipNATs[0].externalIP",
        "missing",
        id="88-none",
    ),
    pytest.param(
        calico(
            "WorkloadEndpoint",
            "",
            f"orchestrator: k8s, node: {'n' * 240}, pod: some-pod, endpoint: e, interfaceName: c",
        ),
        "metadata.name",
        "too long",
        id="2-made-of-the-spec",
    ),
    pytest.param(
        calico(
            "WorkloadEndpoint",
            "",
            f"orchestrator: {'o' * 64}, node: n1, workload: some, endpoint: e, interfaceName: c",
        ),
        "spec.orchestrator",
        "too long",
        id="5-said-by-a-label",
    ),
    pytest.param(endpoint("profiles: [Not_A]"), "spec.profiles[0]", "not a profile's name", id="82"),
    pytest.param(endpoint("ports: [{protocol: TCP, port: 80}]"), "spec.ports[0].name", "needs a name", id="83"),
    pytest.param(
        endpoint("ports: [{name: '', protocol: TCP, port: 80, hostPort: 0}]"),
        "spec.ports[0].name",
        "needs a `hostPort`",
        id="83-zero",
    ),
    pytest.param(
        endpoint("ports: [{name: UP, protocol: TCP, port: 80}]"), "spec.ports[0].name", "not a port's name", id="83-bad"
    ),
    pytest.param(endpoint("ports: [{name: h, port: 80}]"), "spec.ports[0].protocol", "missing", id="84-missing"),
    pytest.param(
        endpoint("ports: [{name: h, port: 80, protocol: ICMP}]"), "spec.ports[0].protocol", "cannot be of", id="84"
    ),
    pytest.param(
        endpoint("ports: [{name: h, port: 0, protocol: TCP}]"), "spec.ports[0].port", "Port = '0'", id="85-zero"
    ),
    pytest.param(
        endpoint("ports: [{name: h, port: 65536, protocol: TCP}]"),
        "spec.ports[0].port",
        "cannot unmarshal number 65536",
        id="85-large",
    ),
    pytest.param(endpoint(f"ports: [{{{PORT}, hostIP: 10.0.0.1/8}}]"), "spec.ports[0].hostIP", "host bits", id="85-ip"),
    pytest.param(endpoint("ipv4Gateway: 'fe80::1'"), "spec.ipv4Gateway", "not an IPv4 address", id="87"),
    pytest.param(endpoint("ipv6Gateway: 10.0.0.1"), "spec.ipv6Gateway", "not an IPv6 address", id="87-v6"),
    pytest.param(
        endpoint("ipNATs: [{internalIP: x, externalIP: 1.1.1.1}]"),
        "spec.ipNATs[0].internalIP",
        "not an address",
        id="88",
    ),
    pytest.param(
        endpoint("ipNATs: [{internalIP: 10.0.0.1, externalIP: 'feed::1'}]"),
        "spec.ipNATs[0]",
        "different IP versions",
        id="88-families",
    ),
    pytest.param(
        endpoint("ipNATs: [{internalIP: 10.0.0.2, externalIP: 1.1.1.1}]"),
        "spec.ipNATs[0].internalIP",
        "not in `ipNetworks`",
        id="88-elsewhere",
    ),
    pytest.param(endpoint("containerID: a_b"), "spec.containerID", "container's id", id="89-containerID"),
    pytest.param(endpoint("workload: A_b"), "spec.workload", "not a name", id="89-workload"),
    pytest.param(endpoint("serviceAccountName: A_b"), "spec.serviceAccountName", "not a name", id="89-account"),
    pytest.param(endpoint("mac: 'aa:bb'"), "spec.mac", "hardware address", id="89-mac"),
    pytest.param(
        endpoint("allowSpoofedSourcePrefixes: [x]"), "spec.allowSpoofedSourcePrefixes[0]", "CIDR", id="89-sources"
    ),
    pytest.param(
        endpoint("", metadata="annotations: {tortie/state: off-line}"),
        "metadata.annotations.tortie/state",
        "supported values",
        id="state",
    ),
    pytest.param(endpoint("iface: a"), "spec.iface", "wrong location", id="unknown"),
]


@pytest.mark.parametrize(("text", "path", "what"), BAD)
def test_an_endpoint_that_breaks_a_rule_says_which_and_where(text: str, path: str, what: str) -> None:
    found = the_fault(text)
    assert found.path.endswith(f" {path}")
    assert what in found.what


@pytest.mark.parametrize(
    ("net", "what", "mend"),
    [
        pytest.param("10.0.0.0/24", "more than one address", "10.0.0.0/32", id="86-many"),
        pytest.param("10.0.0.1/24", "more than one address", "10.0.0.1/32", id="86-host-bits"),
        pytest.param("feed::/64", "more than one address", "feed::/128", id="86-v6"),
        pytest.param("nowhere", "not an address", "", id="86-text"),
        pytest.param("", "empty text", "", id="3.7-empty"),
    ],
)
def test_an_endpoints_networks_are_single_addresses(net: str, what: str, mend: str) -> None:
    spec = f"orchestrator: k8s, node: n1, pod: a, endpoint: e, interfaceName: c, ipNetworks: ['{net}']"
    found = the_fault(calico("WorkloadEndpoint", "", spec))
    assert what in found.what
    assert mend in found.mend


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(endpoint(), id="18-name-made"),
        pytest.param(endpoint("", NAME), id="18-name-right"),
        pytest.param(endpoint("ports: [{protocol: UDP, port: 1, hostPort: 2}]"), id="83-nameless-with-hostPort"),
        pytest.param(endpoint(f"ports: [{{{PORT}}}, {{{PORT}}}]"), id="83-duplicates"),
        pytest.param(endpoint("mac: '02-00-00-00-00-01'"), id="89-mac-dashes"),
        pytest.param(endpoint("mac: '0200.0000.0001'"), id="89-mac-dots"),
        pytest.param(endpoint("mac: '02:00:00:00:00:00:00:01'"), id="89-mac-64"),
        pytest.param(endpoint("allowSpoofedSourcePrefixes: [10.0.0.1/8]"), id="89-host-bits"),
        pytest.param(endpoint("qosControls: {ingressBandwidth: 5}"), id="qosControls"),
    ],
)
def test_an_endpoint_within_the_rules_is_read(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize("number", [6, 17, 132])
def test_a_ports_protocol_is_kept_by_name(number: int) -> None:
    found = a(WorkloadEndpoint, endpoint(f"ports: [{{name: h, port: 80, protocol: {number}}}]"))
    assert found.ports == (EndpointPort("h", Protocol(number), 80),)


def test_everything_an_endpoint_says_is_kept() -> None:
    found = a(
        WorkloadEndpoint,
        endpoint(
            "containerID: c0, serviceAccountName: robot, profiles: [b, a], mac: '02:00:00:00:00:01',"
            " ipv4Gateway: 10.0.0.254, ipNATs: [{internalIP: 10.0.0.1, externalIP: 1.1.1.1}],"
            " allowSpoofedSourcePrefixes: [10.9.9.9/8]"
        ),
    )
    assert (found.key.namespace, found.key.name) == ("shop", NAME)
    assert (found.node, found.pod, found.interface, found.service_account) == ("n1", "web-0", "cali0", "robot")
    assert found.addresses == (parse_address("10.0.0.1"), parse_address("fe80::1"))
    assert found.profiles == ("b", "a")
    assert found.nats == (IPNat(parse_address("10.0.0.1"), parse_address("1.1.1.1")),)
    assert [str(prefix) for prefix in found.allowed_sources] == ["10.0.0.0/8"]
    assert (found.mac, found.ipv4_gateway, found.container_id, found.active) == (
        "02:00:00:00:00:01",
        "10.0.0.254",
        "c0",
        True,
    )


def test_labels_that_only_profiles_hand_down_are_taken_away() -> None:
    own = {"app": "x", "pcns.team": "admin", "pcsa.role": "root", "projectcalico.org/namespace": "other"}
    assert endpoint_labels(own, "shop", "k8s", "robot") == {
        "app": "x",
        "projectcalico.org/namespace": "shop",
        "projectcalico.org/orchestrator": "k8s",
        "projectcalico.org/serviceaccount": "robot",
    }


@pytest.mark.parametrize(("state", "active"), [("down", False), ("up", True)])
def test_an_annotation_takes_an_endpoint_down(state: str, *, active: bool) -> None:
    found = a(WorkloadEndpoint, endpoint("", metadata=f"annotations: {{tortie/state: {state}}}"))
    assert found.active is active
    assert again(found) == found
