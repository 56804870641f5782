"""Policies of administrators as global policies (datastore specification, 14)."""

from __future__ import annotations

import pytest

from tests.unit.api.cases import a, again, faults, kubernetes, the_fault
from tortie.api import decode, document_of
from tortie.api.label_selector import PODS
from tortie.errors import Invalid
from tortie.model import (
    Action,
    Direction,
    EntityMatch,
    Key,
    Kind,
    Policy,
    PortRange,
    Protocol,
    Rule,
    parse_prefix,
)

ALL = "subject: {namespaces: {}}"
HEAD = f"tier: Admin, priority: 100, {ALL}"
TCP, UDP = Protocol(6), Protocol(17)


def cluster(spec: str, name: str = "p") -> str:
    return kubernetes("ClusterNetworkPolicy", f"name: {name}, labels: {{a: b}}", f"spec: {{{spec}}}")


def admin(spec: str) -> str:
    return kubernetes("AdminNetworkPolicy", "name: p", f"spec: {{{spec}}}")


def baseline(spec: str, name: str = "default") -> str:
    return kubernetes("BaselineAdminNetworkPolicy", f"name: {name}", f"spec: {{{spec}}}")


@pytest.mark.parametrize(
    ("document", "kind", "tier", "order"),
    [
        (cluster(HEAD), Kind.CLUSTER_NETWORK_POLICY, "kube-admin", 100.0),
        (cluster(f"tier: Baseline, priority: 0, {ALL}"), Kind.CLUSTER_NETWORK_POLICY, "kube-baseline", 0.0),
        (admin(f"priority: 1000, {ALL}"), Kind.ADMIN_NETWORK_POLICY, "kube-admin", 1000.0),
        (baseline(ALL), Kind.BASELINE_ADMIN_NETWORK_POLICY, "kube-baseline", 1000.0),
    ],
)
def test_tier_and_order(document: str, kind: Kind, tier: str, order: float) -> None:
    found = a(Policy, document)
    assert (found.key.kind, found.tier, found.order) == (kind, tier, order)
    assert found.metadata.labels == {}
    assert again(found) == found


@pytest.mark.parametrize(
    ("subject", "selector", "spaces"),
    [
        ("{namespaces: {}}", PODS, "all()"),
        ("{namespaces: {matchLabels: {a: b}}}", PODS, "a == 'b'"),
        (
            "{pods: {namespaceSelector: {matchLabels: {a: b}}, podSelector: {matchLabels: {c: d}}}}",
            f"{PODS} && c == 'd'",
            "a == 'b'",
        ),
        ("{pods: {namespaceSelector: {}, podSelector: {}}}", PODS, "all()"),
    ],
)
def test_the_subject(subject: str, selector: str, spaces: str) -> None:
    found = a(Policy, cluster(f"tier: Admin, priority: 1, subject: {subject}"))
    assert (found.selector, found.namespace_selector) == (selector, spaces)


PEER = EntityMatch(selector=PODS, namespace_selector="all()")


def test_rules_by_protocol_and_peer() -> None:
    rule = (
        "{name: web, action: Accept, from: [{namespaces: {}}, {pods: {namespaceSelector: {}, podSelector: {}}}],"
        " protocols: [{udp: {destinationPort: {range: {start: 53, end: 60}}}},"
        " {tcp: {destinationPort: {number: 81}}}, {tcp: {destinationPort: {number: 80}}},"
        " {destinationNamedPort: http}]}"
    )
    found = a(Policy, cluster(f"{HEAD}, ingress: [{rule}]"))
    named = {"name": "web"}
    expected = [
        Rule(Action.ALLOW, protocol=protocol, source=PEER, destination=EntityMatch(ports=ports), annotations=named)
        for protocol, ports in ((None, ("http",)), (TCP, (PortRange(80, 81),)), (UDP, (PortRange(53, 60),)))
        for _ in range(2)
    ]
    assert list(found.ingress) == expected
    assert (found.types, found.egress) == ((Direction.INGRESS,), ())
    assert again(found) == found


def test_a_protocol_without_a_port_is_every_port_of_it_and_no_protocols_are_anything() -> None:
    rules = "{action: Deny, to: [{namespaces: {}}], protocols: [{sctp: {}}]}, {action: Pass, to: [{namespaces: {}}]}"
    found = a(Policy, cluster(f"{HEAD}, egress: [{rules}]"))
    assert [(rule.action, rule.protocol, rule.destination.ports) for rule in found.egress] == [
        (Action.DENY, Protocol(132), ()),
        (Action.PASS, None, ()),
    ]
    assert found.types == (Direction.EGRESS,)


def test_networks_of_egress() -> None:
    rule = "{action: Deny, to: [{networks: [10.0.0.9/8, 'fd00::/64']}], protocols: [{tcp: {}}]}"
    (found,) = a(Policy, cluster(f"{HEAD}, egress: [{rule}]")).egress
    assert found.destination == EntityMatch(nets=(parse_prefix("10.0.0.0/8"), parse_prefix("fd00::/64")))


def test_ports_of_the_older_kinds() -> None:
    ports = (
        "[{portNumber: {protocol: TCP, port: 80}}, {portRange: {start: 81, end: 90}}, {namedPort: dns},"
        " {portNumber: {protocol: UDP, port: 53}}]"
    )
    for document in (
        admin(f"priority: 1, {ALL}, ingress: [{{action: Allow, from: [{{namespaces: {{}}}}], ports: {ports}}}]"),
        baseline(f"{ALL}, ingress: [{{action: Allow, from: [{{namespaces: {{}}}}], ports: {ports}}}]"),
    ):
        found = a(Policy, document)
        assert [(rule.protocol, rule.destination.ports) for rule in found.ingress] == [
            (None, ("dns",)),
            (TCP, (PortRange(80, 90),)),
            (UDP, (PortRange(53, 53),)),
        ]


def test_a_policy_without_rules_changes_nothing_and_governs_ingress() -> None:
    found = a(Policy, cluster(HEAD))
    assert (found.types, found.ingress, found.egress) == ((Direction.INGRESS,), (), ())


def rule(text: str, side: str = "ingress") -> str:
    return cluster(f"{HEAD}, {side}: [{{{text}}}]")


FROM, TO = "from: [{namespaces: {}}]", "to: [{namespaces: {}}]"
IN, OUT = "spec.ingress[0]", "spec.egress[0]"


@pytest.mark.parametrize(
    ("document", "path", "what"),
    [
        (cluster(f"priority: 1, {ALL}"), "spec.tier", "is missing"),
        (cluster(f"tier: Middle, priority: 1, {ALL}"), "spec.tier", "`Middle` is not known"),
        (cluster(f"tier: Admin, {ALL}"), "spec.priority", "is missing"),
        (cluster(f"tier: Admin, priority: 1001, {ALL}"), "spec.priority", "0 to 1000"),
        (cluster("tier: Admin, priority: 1"), "spec.subject", "is missing"),
        (cluster("tier: Admin, priority: 1, subject: {}"), "spec.subject", "either `namespaces` or `pods`"),
        (cluster(f"{HEAD}, order: 1"), "spec.order", "not recognized"),
        (rule(FROM), f"{IN}.action", "is missing"),
        (rule(f"action: Allow, {FROM}"), f"{IN}.action", "`Allow` is not known"),
        (rule("action: Deny"), f"{IN}.from", "at least one peer"),
        (rule("action: Deny, from: [{}]"), f"{IN}.from[0]", "either `namespaces`"),
        (rule("action: Deny, to: [{nodes: {}}]", "egress"), f"{OUT}.to[0].nodes", "cannot be enforced"),
        (rule("action: Accept, to: [{domainNames: [a.b]}]", "egress"), f"{OUT}.to[0].domainNames", "cannot be"),
        (rule("action: Deny, to: [{networks: [x]}]", "egress"), f"{OUT}.to[0].networks[0]", "not a CIDR"),
        (
            rule("action: Deny, to: [{networks: [10.0.0.0/8], namespaces: {}}]", "egress"),
            f"{OUT}.to[0]",
            "a peer has one of",
        ),
        (rule(f"action: Deny, {FROM}, protocols: [{{}}]"), f"{IN}.protocols[0]", "an entry has one of"),
        (rule(f"action: Deny, {FROM}, protocols: [{{tcp: {{}}, udp: {{}}}}]"), f"{IN}.protocols[0]", "an entry has"),
        (
            rule(f"action: Deny, {FROM}, protocols: [{{tcp: {{destinationPort: {{}}}}}}]"),
            f"{IN}.protocols[0].tcp.destinationPort",
            "either `number` or `range`",
        ),
        (
            rule(f"action: Deny, {FROM}, protocols: [{{tcp: {{destinationPort: {{number: 0}}}}}}]"),
            f"{IN}.protocols[0].tcp.destinationPort.number",
            "1 to 65535",
        ),
        (
            rule(f"action: Deny, {FROM}, protocols: [{{tcp: {{destinationPort: {{range: {{start: 5, end: 1}}}}}}}}]"),
            f"{IN}.protocols[0].tcp.destinationPort.range.end",
            "ends before it starts",
        ),
        (
            rule(f"action: Deny, {FROM}, protocols: [{{tcp: {{destinationPort: {{range: {{start: 5}}}}}}}}]"),
            f"{IN}.protocols[0].tcp.destinationPort.range",
            "has `start` and `end`",
        ),
        (
            rule(f"action: Deny, {FROM}, protocols: [{{destinationNamedPort: '80'}}]"),
            f"{IN}.protocols[0].destinationNamedPort",
            "not a port's name",
        ),
        (admin(f"priority: 1, {ALL}, ingress: [{{action: Accept, {FROM}}}]"), f"{IN}.action", "`Accept` is not known"),
        (admin(f"priority: 1, {ALL}, tier: Admin"), "spec.tier", "not recognized"),
        (
            admin(f"priority: 1, {ALL}, ingress: [{{action: Deny, {FROM}, ports: [{{portNumber: {{}}}}]}}]"),
            f"{IN}.ports[0].portNumber.port",
            "is missing",
        ),
        (
            admin(f"priority: 1, {ALL}, ingress: [{{action: Deny, {FROM}, ports: [{{}}]}}]"),
            f"{IN}.ports[0]",
            "an entry has one of",
        ),
        (baseline(f"{ALL}, ingress: [{{action: Pass, {FROM}}}]"), f"{IN}.action", "`Pass` is not known"),
        (baseline(f"{ALL}, priority: 1"), "spec.priority", "not recognized"),
        (baseline(ALL, "other"), "metadata.name", "its name is `default`"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(document: str, path: str, what: str) -> None:
    found = the_fault(document)
    assert found.path.endswith(f" {path}")
    assert what in found.what
    assert found.line


def test_these_kinds_have_no_namespace() -> None:
    (found,) = faults(kubernetes("AdminNetworkPolicy", "name: p, namespace: shop", f"spec: {{priority: 1, {ALL}}}"))
    assert "not namespaced" in found.what


def test_the_converted_form_is_held_to_the_rules_of_policies() -> None:
    data = {
        "apiVersion": "projectcalico.org/v3",
        "kind": "ClusterNetworkPolicy",
        "metadata": {"name": "p"},
        "spec": {"tier": "kube-admin", "types": ["Sideways"]},
    }
    with pytest.raises(Invalid):
        decode(document_of(data))
    assert decode(document_of({**data, "spec": {}})).key == Key(Kind.CLUSTER_NETWORK_POLICY, "", "p")
