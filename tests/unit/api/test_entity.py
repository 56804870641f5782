"""What a rule asks of a side, one row for each rule of the API specification (3.5), and its IP texts (3.7)."""

from __future__ import annotations

import pytest

from tests.unit.api.cases import egress, faults, global_policy, ingress, rule_of, source, the_fault
from tortie.model import ServiceAccountMatch, ServiceMatch

LONG = "'has(a)" + " " * 1019 + "'"
MANY_NETS = ", ".join(f"10.{n // 256}.{n % 256}.0/24" for n in range(257))
MANY_PORTS = ", ".join(str(n) for n in range(1, 52))
BAD = [
    pytest.param("nets: [10.0.0.1/24]", "nets[0]", "host bits", "write `10.0.0.0/24`", id="58-host-bits"),
    pytest.param("nets: [1.2.3.4/24]", "nets[0]", "host bits", "write `1.2.3.0/24`", id="58-guide"),
    pytest.param("notNets: [10.0.0.0/33]", "notNets[0]", "not a CIDR", "", id="58-length"),
    pytest.param("nets: [10.0.0/8]", "nets[0]", "not a CIDR", "", id="58-three-octets"),
    pytest.param("nets: [10.0.0.0/255.0.0.0]", "nets[0]", "not a CIDR", "", id="58-netmask"),
    pytest.param("nets: [10.00.0.0/8]", "nets[0]", "not a CIDR", "", id="58-leading-zero"),
    pytest.param("nets: ['fe80::1%eth0/128']", "nets[0]", "not a CIDR", "", id="58-zone"),
    pytest.param("nets: [10.0.0.1]", "nets[0]", "no prefix length", "write `10.0.0.1/32`", id="59-v4"),
    pytest.param("nets: ['2001:db8::1']", "nets[0]", "no prefix length", "write `2001:db8::1/128`", id="59-v6"),
    pytest.param("nets: ['']", "nets[0]", "empty text", "", id="59-empty"),
    pytest.param("nets: [10.0.0.0/8, 'feed::/16']", "nets[1]", "IPv6", "each IP version", id="61"),
    pytest.param("nets: [10.0.0.0/8], notNets: ['feed::/16']", "notNets[0]", "IPv6", "each", id="61-notNets"),
    pytest.param("notNets: [0.0.0.0/0]", "notNets[0]", "never match", "remove", id="62"),
    pytest.param("notNets: ['0:0:0:0:0:0:0:0/0']", "notNets[0]", "never match", "remove", id="62-v6"),
    pytest.param(f"nets: [{MANY_NETS}]", "nets", "257 entries", "NetworkSet", id="63"),
    pytest.param("nets: [10.0.0.0/8, 10.0.0.0/8]", "nets[1]", "stands twice", "keep one", id="63-twice"),
    pytest.param("selector: 'a = 1'", "selector", "not a selector", "==", id="64"),
    pytest.param("notSelector: 'a'", "notSelector", "not a selector", "", id="64-not"),
    pytest.param("namespaceSelector: '('", "namespaceSelector", "not a selector", "", id="64-ns"),
    pytest.param("serviceAccounts: {selector: 'x y'}", "serviceAccounts.selector", "not a selector", "", id="64-sa"),
    pytest.param('selector: "has(a)\\n"', "selector", "not a selector", "", id="64-newline"),
    pytest.param(f"selector: {LONG}", "selector", "1025 characters", "", id="65"),
    pytest.param(f"notSelector: {LONG}", "notSelector", "1025 characters", "", id="65-not"),
    pytest.param(f"namespaceSelector: {LONG}", "namespaceSelector", "1025 characters", "", id="65-ns"),
    pytest.param("selector: global()", "selector", "only allowed in a rule's `namespaceSelector`", "", id="66"),
    pytest.param("namespaceSelector: '!global()'", "namespaceSelector", "cannot be combined", "alone", id="67"),
    pytest.param("namespaceSelector: global() || has(a)", "namespaceSelector", "cannot be combined", "", id="67-or"),
    pytest.param("services: {}", "services.name", "needs the name", "add `name`", id="68"),
    pytest.param("services: {name: Not_A}", "services.name", "service can have", "", id="69"),
    pytest.param("services: {name: a, namespace: B}", "services.namespace", "service can have", "", id="69-ns"),
    *(
        pytest.param(f"services: {{name: a}}, {other}: {value}", other, "cannot stand together", "", id=f"70-{other}")
        for other, value in (
            ("namespaceSelector", "all()"),
            ("selector", "all()"),
            ("notSelector", "all()"),
            ("serviceAccounts", "{names: [x]}"),
            ("nets", "[10.0.0.0/8]"),
            ("notNets", "[10.0.0.0/8]"),
        )
    ),
    pytest.param("serviceAccounts: {names: [a, a]}", "serviceAccounts.names[1]", "stands twice", "", id="72"),
    pytest.param('serviceAccounts: {names: ["a\'b"]}', "serviceAccounts.names[0]", "cannot be called", "", id="trap-6"),
    pytest.param("service: {name: a}", "service", "wrong location: service", "write `services`", id="misspelled"),
    pytest.param("nets: 10.0.0.0/8", "nets", "cannot unmarshal string", "begin each entry", id="not-a-list"),
]


@pytest.mark.parametrize(("entity", "path", "what", "mend"), BAD)
def test_a_side_that_breaks_the_api_says_how_and_where(entity: str, path: str, what: str, mend: str) -> None:
    found = the_fault(source(entity))
    assert found.path == f"NetworkPolicy/shop/p spec.ingress[0].source.{path}"
    assert what in found.what
    assert mend in found.mend


@pytest.mark.parametrize(
    ("text", "path", "what"),
    [
        pytest.param(
            ingress(f"action: Allow, protocol: TCP, source: {{ports: [{MANY_PORTS}]}}"),
            "source.ports",
            "51 entries",
            id="51",
        ),
        pytest.param(
            ingress("action: Allow, ipVersion: 6, source: {nets: [10.0.0.0/8]}"), "source.nets[0]", "IPv4", id="60"
        ),
        pytest.param(
            ingress("action: Allow, source: {nets: [10.0.0.0/8]}, destination: {nets: ['feed::/16']}"),
            "destination.nets[0]",
            "IPv6",
            id="61-across-sides",
        ),
        pytest.param(
            egress("action: Allow, protocol: TCP, destination: {services: {name: a}, ports: [80]}"),
            "destination.services",
            "own ports",
            id="71",
        ),
    ],
)
def test_sides_that_do_not_go_together_say_how_and_where(text: str, path: str, what: str) -> None:
    found = the_fault(text)
    assert found.path.endswith(path)
    assert what in found.what


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(source("nets: [10.0.0.0/8, 10.1.0.0/16], notNets: [10.2.0.0/16]"), id="58"),
        pytest.param(source("nets: [0.0.0.0/0]"), id="62-only-notNets"),
        pytest.param(source("nets: ['::ffff:10.0.0.0/104', 10.1.0.0/16]"), id="3.7-mapped-counts-as-IPv4"),
        pytest.param(source("notSelector: a == 'global('"), id="66-notSelector-unchecked"),
        pytest.param(source("namespaceSelector: ' global( ) '"), id="67-blanks"),
        pytest.param(source("serviceAccounts: {}"), id="72-empty"),
        pytest.param(source("nets: [10.0.0.0/8], namespaceSelector: all()"), id="nets-with-namespaceSelector"),
        pytest.param(source("services: {name: a}", "action: Allow, protocol: TCP"), id="68"),
        pytest.param(global_policy("ingress: [{action: Allow, source: {services: {name: a, namespace: b}}}]"), id="35"),
        pytest.param(ingress("action: Allow, protocol: TCP, source: {ports: [1], notPorts: [2]}"), id="both-ports"),
    ],
)
def test_a_side_within_the_api_is_read(text: str) -> None:
    assert faults(text) == []


def test_everything_a_side_says_is_kept() -> None:
    found = rule_of(
        source(
            "nets: [10.0.0.0/8], notNets: [10.1.0.0/16], selector: ' ', notSelector: has(b), namespaceSelector: all(),"
            " serviceAccounts: {names: [x, z], selector: has(c)}"
        )
    ).source
    assert [str(net) for net in (*found.nets, *found.not_nets)] == ["10.0.0.0/8", "10.1.0.0/16"]
    assert (found.selector, found.not_selector, found.namespace_selector) == (" ", "has(b)", "all()")
    assert found.service_accounts == ServiceAccountMatch(("x", "z"), "has(c)")


def test_a_service_without_a_namespace_is_the_policys_own() -> None:
    assert rule_of(source("services: {name: a}")).source.services == ServiceMatch("a")
