"""What the evaluator says between members of a lab, through every host on the way."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from tortie.api import decode_all, document_of, read_documents
from tortie.errors import NotFound
from tortie.lab import External, Host, Lab, Listener, Namespace, Service, Workload, WorkloadType, allocated
from tortie.lab.expected import Expectation, Question
from tortie.lab.probe import ProbeProtocol
from tortie.lab.resources import manifests
from tortie.model import Action, HostEndpoint, Key, Kind, Policy, Resource, Rule, Verdict

LAB = allocated(
    Lab(
        "guide",
        (Host("node-1"), Host("node-2")),
        (Namespace("production"),),
        (
            Workload("red", "production", "node-1", labels={"color": "red"}, listen=(Listener.parse("tcp/6379"),)),
            Workload("blue", "production", "node-1", labels={"color": "blue"}),
            Workload("far", "production", "node-2", labels={"color": "blue"}),
            Workload("legacy", "production", "node-2", type=WorkloadType.VM),
        ),
        (External("internet"),),
    )
)
POLICY = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: only-far, namespace: production}
spec:
  selector: color == 'red'
  types: [Ingress, Egress]
  ingress:
  - {action: Allow, protocol: TCP, source: {selector: color == 'blue'}, destination: {ports: [6379]}}
  - {action: Allow, protocol: ICMPv6}
  egress:
  - {action: Deny}
"""


def expectation(text: str) -> Expectation:
    found = decode_all([*map(document_of, manifests(LAB)), *read_documents(text, "policy.yaml")])
    return Expectation(LAB, {each.key: each.value for each in found if each.value is not None})


@pytest.mark.parametrize(
    ("source", "destination", "policy", "allowed", "host", "reason"),
    [
        ("red", "blue", "", True, "node-1", "ingress[0] of Profile kns.production"),
        ("red", "far", "", True, "node-2", "ingress[0] of Profile kns.production"),
        ("red", "legacy", "", False, "node-2", "ingress"),
        ("legacy", "red", "", False, "node-2", "egress"),
        ("node-1", "red", "", True, "node-1", "a host may always reach its own workloads"),
        ("red", "node-1", "", False, "node-1", "workloads may not reach their own host"),
        ("red", "node-2", "", True, "node-1", "egress[0] of Profile kns.production"),
        ("internet", "red", "", True, "node-1", "ingress[0] of Profile kns.production"),
        ("internet", "node-1", "", True, "node-1", "no endpoint of this host governs"),
        ("red", "red", POLICY, True, "", "what somebody says to itself never leaves it"),
        ("legacy", "legacy", "", True, "", "what somebody says to itself never leaves it"),
        ("far", "red", POLICY, True, "node-1", "ingress[0] of NetworkPolicy production/only-far"),
        ("internet", "red", POLICY, False, "node-1", "ingress"),
        ("node-2", "red", POLICY, False, "node-1", "ingress"),
        ("red", "far", POLICY, False, "node-1", "egress[0] of NetworkPolicy production/only-far"),
    ],
)
def test_a_connection_passes_every_host_on_its_way(
    source: str, destination: str, policy: str, *, allowed: bool, host: str, reason: str
) -> None:
    for version in (4, 6):
        found = expectation(policy).ask(Question(source, destination, ProbeProtocol.TCP, 6379, version))
        assert (found.verdict is Verdict.ALLOW, found.host) == (allowed, host)
        assert found.allowed is allowed
        assert found.reason.startswith(reason)


@pytest.mark.parametrize(
    ("protocol", "port", "version", "allowed"),
    [
        (ProbeProtocol.TCP, 6380, 4, False),
        (ProbeProtocol.UDP, 6379, 4, False),
        (ProbeProtocol.SCTP, 6379, 4, False),
        (ProbeProtocol.ICMP, 0, 4, False),
        (ProbeProtocol.ICMP, 0, 6, True),
    ],
)
def test_protocol_and_port_count(protocol: ProbeProtocol, port: int, version: int, *, allowed: bool) -> None:
    assert expectation(POLICY).ask(Question("far", "red", protocol, port, version)).allowed is allowed


def test_a_host_enforces_its_own_workloads_only() -> None:
    interfaces = {LAB.workload(name).interface for name in ("red", "blue")}
    assert set(expectation("").snapshot("node-1").endpoints) == interfaces


@pytest.mark.parametrize(("name", "allowed"), [("default", True), ("node.node-1", True), ("node.node-2", False)])
def test_settings_count_as_agents_find_them(name: str, *, allowed: bool) -> None:
    settings = f"""
kind: FelixConfiguration
apiVersion: projectcalico.org/v3
metadata: {{name: {name}}}
spec: {{defaultEndpointToHostAction: Accept, interfacePrefix: other}}
"""
    assert expectation(settings).ask(Question("red", "node-1")).allowed is allowed
    assert expectation(settings).snapshot("node-1").settings.interface_prefixes == ("cali", "tap")


@pytest.mark.parametrize(
    ("destination", "port", "listens"),
    [("web", 80, False), ("node-1", 32010, True), ("red", 6379, True), ("red", 80, False), ("far", 8055, False)],
)
def test_where_somebody_listens(destination: str, port: int, *, listens: bool) -> None:
    assert served().listens(Question("blue", destination, ProbeProtocol.TCP, port)) is listens


def test_a_stranger_is_not_known() -> None:
    with pytest.raises(NotFound, match="nobody"):
        expectation("").ask(Question("nobody", "red"))


SERVED = replace(
    LAB,
    services=(
        Service("web", Listener.parse("tcp/80"), "production/far", 8055, (ip_address("10.96.0.1"),)),
        Service("node-port", Listener.parse("tcp/32010"), "production/red", 6379),
    ),
)
HOST = HostEndpoint(
    Key(Kind.HOST_ENDPOINT, "", "outside"),
    "node-1",
    "",
    expected_addresses=(SERVED.host("node-1").addresses[0].packed,),
)


def served(*resources: Resource) -> Expectation:
    found = decode_all(map(document_of, manifests(SERVED)))
    known = {each.key: each.value for each in found if each.value is not None}
    return Expectation(SERVED, {**known, **{each.key: each for each in resources}})


def test_a_connection_to_a_service_is_about_its_address_until_it_is_translated() -> None:
    expectation = served()
    asked = Question("red", "web", ProbeProtocol.TCP, 80)
    assert expectation.addresses(asked)[1] == ip_address("10.96.0.1").packed
    assert expectation.ask(asked).host == "node-2", "where the service leads"
    assert expectation.ask(replace(asked, destination="10.96.0.1")).host == "node-2"
    with pytest.raises(NotFound, match="service `web` has no IPv6 address"):
        expectation.ask(replace(asked, version=6))


def test_a_port_of_a_host_leads_to_the_workload_behind() -> None:
    closed = Policy(
        Key(Kind.GLOBAL_NETWORK_POLICY, "", "closed"), selector="color == 'red'", ingress=(Rule(Action.DENY),)
    )
    asked = Question("internet", "node-1", ProbeProtocol.TCP, 32010)
    assert served().ask(asked).allowed
    assert served(closed).ask(asked).reason == "ingress[0] of GlobalNetworkPolicy closed"
    assert served(closed).ask(replace(asked, port=6379)).allowed, "another port of the host is the host's"


def test_a_host_endpoint_is_found_by_the_addresses_of_its_host() -> None:
    assert [*served(HOST).snapshot("node-1").host_endpoints] == ["eth0"]
    assert [*served(HOST).snapshot("node-2").host_endpoints] == []
