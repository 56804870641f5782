"""Rules, one row for each rule of the API specification (3.4), bad and good."""

from __future__ import annotations

import pytest

from tests.unit.api.cases import calico, faults, ingress, rule_of, the_fault
from tortie.model import Action, Family, IcmpMatch, PortRange, Protocol

ALLOW = "action: Allow"
DESTINATION = "destination: {ports: [80]}"
BAD = [
    pytest.param("protocol: TCP", "action", '"Allow", "Deny", "Log", "Pass"', "add", id="41-missing"),
    pytest.param("action: allow", "action", '"Allow", "Deny", "Log", "Pass"', "write `Allow`", id="41-case"),
    pytest.param("action: ''", "action", "is not known", "", id="41-empty"),
    pytest.param("action: 5", "action", "cannot unmarshal number", "quotes", id="41-number"),
    pytest.param(f"{ALLOW}, ipVersion: 5", "ipVersion", "is 4 or 6", "", id="42"),
    pytest.param(f"{ALLOW}, ipVersion: '4'", "ipVersion", "is 4 or 6", "", id="42-text"),
    pytest.param(f"{ALLOW}, protocol: 0", "protocol", "1 to 255", "", id="43-zero"),
    pytest.param(f"{ALLOW}, protocol: 256", "protocol", "1 to 255", "", id="43-large"),
    pytest.param(f"{ALLOW}, protocol: '0'", "protocol", "1 to 255", "", id="43-zero-text"),
    pytest.param(f"{ALLOW}, protocol: tcp", "protocol", "not a protocol", "write `TCP`", id="43-case"),
    pytest.param(f"{ALLOW}, notProtocol: GRE", "notProtocol", "not a protocol", "write one of", id="43-unknown"),
    pytest.param(f"{ALLOW}, protocol: ''", "protocol", "not a protocol", "", id="43-empty"),
    pytest.param(f"{ALLOW}, protocol: ICMP, icmp: {{type: 255}}", "icmp.type", "0 to 254", "", id="44-type"),
    pytest.param(f"{ALLOW}, protocol: ICMP, icmp: {{type: 8, code: 256}}", "icmp.code", "0 to 255", "", id="44-code"),
    pytest.param(f"{ALLOW}, notICMP: {{type: -1}}", "notICMP.type", "0 to 254", "", id="44-not"),
    pytest.param(f"{ALLOW}, protocol: ICMP, icmp: {{code: 1}}", "icmp.code", "without its type", "add", id="45"),
    pytest.param(f"{ALLOW}, notICMP: {{code: 1}}", "notICMP.code", "without its type", "add", id="45-not"),
    pytest.param(f"{ALLOW}, icmp: {{}}", "icmp", "needs the protocol ICMP", "add", id="46-none"),
    pytest.param(f"{ALLOW}, protocol: TCP, icmp: {{type: 8}}", "icmp", "needs the protocol ICMP", "add", id="46-tcp"),
    pytest.param(f"{ALLOW}, protocol: ICMP, ipVersion: 6", "protocol", "is of IPv4", "write `ipVersion: 4`", id="47"),
    pytest.param(f"{ALLOW}, protocol: 1, ipVersion: 6", "protocol", "is of IPv4", "ipVersion: 4", id="47-number"),
    pytest.param(f"{ALLOW}, notProtocol: ICMPv6, ipVersion: 4", "notProtocol", "is of IPv6", "6", id="47-not"),
    pytest.param(f"{ALLOW}, {DESTINATION}", "destination.ports", "need a protocol", "add `protocol: TCP`", id="48"),
    pytest.param(
        f"{ALLOW}, source: {{notPorts: [http, '1:2']}}", "source.notPorts", "need a protocol", "TCP", id="48-not"
    ),
    pytest.param(
        f"{ALLOW}, protocol: ICMP, {DESTINATION}", "destination.ports", "has no ports", "remove `ports`", id="49"
    ),
    pytest.param(
        f"{ALLOW}, protocol: UDPLite, source: {{ports: [http]}}", "source.ports", "has no ports", "", id="49-UDPLite"
    ),
    pytest.param("action: Deny, http: {}", "http", "rules that Allow", "remove", id="52"),
    pytest.param("action: [], http: {}", "action", "cannot unmarshal array", "", id="52-no-text"),
    pytest.param(f"{ALLOW}, protocol: UDP, http: {{}}", "protocol", "`http` needs TCP", "TCP", id="53"),
    pytest.param(
        f"{ALLOW}, metadata: {{annotations: {{'a b': c}}}}", "metadata.annotations.a b", "annotation key", "", id="57"
    ),
    pytest.param(
        f"{ALLOW}, ports: [80]", "ports", "wrong location: ports", "`source` or `destination`", id="wrong-location"
    ),
    pytest.param(f"{ALLOW}, protcol: TCP", "protcol", "wrong location: protcol", "write `protocol`", id="misspelled"),
]


@pytest.mark.parametrize(("rule", "path", "what", "mend"), BAD)
def test_a_rule_that_breaks_the_api_says_how_and_where(rule: str, path: str, what: str, mend: str) -> None:
    found = the_fault(ingress(rule))
    assert found.path == f"NetworkPolicy/shop/p spec.ingress[0].{path}"
    assert what in found.what
    assert mend in found.mend
    assert found.line == 4


@pytest.mark.parametrize(("rule", "path", "what", "mend"), BAD)
def test_rules_of_profiles_are_held_to_the_same(rule: str, path: str, what: str, mend: str) -> None:
    found = the_fault(calico("Profile", "p", f"ingress: [{{{rule}}}]"))
    assert (found.path, what in found.what) == (f"Profile/p spec.ingress[0].{path}", True)
    assert mend in found.mend


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("action: Log", id="41"),
        pytest.param(f"{ALLOW}, ipVersion: 6", id="42"),
        pytest.param(f"{ALLOW}, protocol: '6'", id="43-digits"),
        pytest.param(f"{ALLOW}, notProtocol: 255", id="43-not"),
        pytest.param(f"{ALLOW}, protocol: ICMP, icmp: {{type: 254, code: 255}}", id="44"),
        pytest.param(f"{ALLOW}, protocol: 58, icmp: {{}}", id="46-number"),
        pytest.param(f"{ALLOW}, notICMP: {{type: 8}}", id="46-not-needs-no-protocol"),
        pytest.param(f"{ALLOW}, protocol: ICMPv6, ipVersion: 6", id="47"),
        pytest.param(f"{ALLOW}, destination: {{ports: [http]}}", id="48-only-names"),
        pytest.param(f"{ALLOW}, protocol: 132, {DESTINATION}", id="49-number"),
        pytest.param(f"{ALLOW}, protocol: 6, http: {{methods: [GET]}}", id="53"),
        pytest.param(f"{ALLOW}, protocol: TCP, notProtocol: UDP", id="protocol-with-notProtocol"),
    ],
)
def test_a_rule_within_the_api_is_read(rule: str) -> None:
    assert faults(ingress(rule)) == []


def test_everything_a_rule_says_is_kept() -> None:
    found = rule_of(
        ingress(
            "action: Deny, ipVersion: 4, protocol: ICMP, notProtocol: 6, icmp: {type: 8, code: 0}, notICMP: {type: 3},"
            " source: {selector: has(a)}, destination: {nets: [10.0.0.0/8]}, metadata: {annotations: {k: v}}"
        )
    )
    assert (found.action, found.ip_version, found.protocol) == (Action.DENY, Family.V4, Protocol(1))
    assert (found.not_protocol, found.icmp, found.not_icmp) == (
        Protocol(6, named=False),
        IcmpMatch(8, 0),
        IcmpMatch(3),
    )
    assert found.source.selector == "has(a)"
    assert [str(net) for net in found.destination.nets] == ["10.0.0.0/8"]
    assert found.annotations == {"k": "v"}


def test_ports_are_numbers_ranges_and_names() -> None:
    found = rule_of(ingress(f"{ALLOW}, protocol: TCP, destination: {{ports: [80, '81', '82:90', '5:5', http]}}"))
    assert found.destination.ports == (
        PortRange(80, 80),
        PortRange(81, 81),
        PortRange(82, 90),
        PortRange(5, 5),
        "http",
    )
