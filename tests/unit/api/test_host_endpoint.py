"""Host endpoints, one row for each rule of the API specification (3.6)."""

from __future__ import annotations

import pytest

from tests.unit.api.cases import a, calico, faults, the_fault
from tortie.model import ALL_INTERFACES, EndpointPort, HostEndpoint, Protocol, parse_address

GOOD = "node: n1, interfaceName: eth0"


def text(spec: str, metadata: str = "") -> str:
    return calico("HostEndpoint", "h", spec, metadata)


def port(what: str) -> str:
    return text(f"{GOOD}, ports: [{{{what}}}]")


LONG = "a" * 254


@pytest.mark.parametrize(
    ("document", "path", "what"),
    [
        pytest.param(text("interfaceName: eth0"), "spec.node", "is missing", id="78-none"),
        pytest.param(text("interfaceName: eth0, node: ''"), "spec.node", "is missing", id="78-empty"),
        pytest.param(text("interfaceName: eth0, node: Host_1"), "spec.node", "not a node's name", id="78-letters"),
        pytest.param(text(f"interfaceName: eth0, node: {LONG}"), "spec.node", "not a node's name", id="78-long"),
        pytest.param(text("node: n1"), "spec", "needs an `interfaceName`", id="79"),
        pytest.param(text("node: n1, interfaceName: '', expectedIPs: []"), "spec", "needs an", id="79-empty"),
        pytest.param(text("node: n1, interfaceName: 'eth 0'"), "spec.interfaceName", "not an interface", id="80"),
        pytest.param(
            text(f"node: n1, interfaceName: {'e' * 16}"), "spec.interfaceName", "not an interface", id="80-16"
        ),
        pytest.param(text("node: n1, expectedIPs: [10.0.0.0/8]"), "spec.expectedIPs[0]", "not an address", id="81-net"),
        pytest.param(text("node: n1, expectedIPs: ['']"), "spec.expectedIPs[0]", "an empty text", id="81-empty"),
        pytest.param(
            text("node: n1, expectedIPs: [10.0.0.1, fe80::1%eth0]"),
            "spec.expectedIPs[1]",
            "not an address",
            id="81-zone",
        ),
        pytest.param(text(f"{GOOD}, profiles: [A_B]"), "spec.profiles[0]", "not a profile's name", id="82"),
        pytest.param(port("protocol: TCP, port: 1"), "spec.ports[0].name", "needs a name", id="83-none"),
        pytest.param(port("name: '', protocol: TCP, port: 1"), "spec.ports[0].name", "needs a name", id="83-empty"),
        pytest.param(port("name: '80', protocol: TCP, port: 1"), "spec.ports[0].name", "not a port's name", id="83"),
        pytest.param(port("name: a, port: 1"), "spec.ports[0].protocol", "is missing", id="84-none"),
        pytest.param(port("name: a, protocol: ICMP, port: 1"), "spec.ports[0].protocol", "cannot be of", id="84"),
        pytest.param(port("name: a, protocol: TCP"), "spec.ports[0].port", "Port = '0'", id="85-none"),
        pytest.param(port("name: a, protocol: TCP, port: 0"), "spec.ports[0].port", "Port = '0'", id="85-zero"),
        pytest.param(port("name: a, protocol: TCP, port: 65536"), "spec.ports[0].port", "65536", id="85-large"),
        pytest.param(
            port("name: a, protocol: TCP, port: 1, hostPort: 2"),
            "spec.ports[0].hostPort",
            "not recognized",
            id="host-port",
        ),
        pytest.param(text(f"{GOOD}, nodes: a"), "spec.nodes", "not recognized", id="unknown"),
        pytest.param(
            text(GOOD, "labels: {projectcalico.org/namespace: shop}"),
            "metadata.labels.projectcalico.org/namespace",
            "is in no namespace",
            id="trap-11",
        ),
        pytest.param(text(GOOD, "namespace: shop"), "metadata.namespace", "not namespaced", id="8"),
    ],
)
def test_a_host_endpoint_that_breaks_a_rule_says_which_and_where(document: str, path: str, what: str) -> None:
    found = the_fault(document)
    assert found.path.endswith(f"h {path}")
    assert what in found.what
    assert (found.line, found.column) != (0, 0)


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param("node: n1, interfaceName: '*'", id="79-all-interfaces"),
        pytest.param("node: n1, expectedIPs: ['fd00::1']", id="79-addresses"),
        pytest.param(f"{GOOD}, profiles: [a.b]", id="82"),
        pytest.param(f"node: {'a' * 253}, interfaceName: eth0.1_-", id="78-80"),
    ],
)
def test_a_host_endpoint_within_the_rules_is_read(spec: str) -> None:
    assert faults(text(spec)) == []


def test_everything_a_host_endpoint_says_is_kept() -> None:
    spec = (
        "node: n1, interfaceName: '*', expectedIPs: [10.0.0.1, 'fd00::1', 10.0.0.1], profiles: [a, b],"
        " ports: [{name: ssh, protocol: TCP, port: 22}, {name: dns, protocol: 17, port: 53}]"
    )
    found = a(HostEndpoint, text(spec, "labels: {role: router, pcns.x: z}"))
    assert (found.key.name, found.node, found.interface) == ("h", "n1", ALL_INTERFACES)
    assert found.expected_addresses == (parse_address("10.0.0.1"), parse_address("fd00::1"))
    assert found.profiles == ("a", "b")
    assert found.ports == (EndpointPort("ssh", Protocol(6), 22), EndpointPort("dns", Protocol(17), 53))
    assert found.metadata.labels == {"role": "router", "pcns.x": "z"}  # 6.2: not removed from host endpoints
