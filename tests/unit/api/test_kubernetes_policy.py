"""Kubernetes' NetworkPolicy as a policy: the datastore specification, 13, its worked example first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.api.cases import a, again, calico, faults, kubernetes, the_fault
from tortie.api import decode, read_documents
from tortie.model import (
    Action,
    Direction,
    EntityMatch,
    Key,
    Kind,
    Policy,
    Port,
    PortRange,
    Protocol,
    Rule,
    StagedAction,
    parse_prefix,
)

PODS = "projectcalico.org/orchestrator == 'k8s'"
TCP, UDP = Protocol(6), Protocol(17)


def text(spec: str) -> str:
    return kubernetes("NetworkPolicy", "name: p, namespace: shop, labels: {a: b}, annotations: {c: d}", f"spec: {spec}")


def policy(spec: str) -> Policy:
    return a(Policy, text(spec))


def test_the_worked_example() -> None:
    found = policy(
        "{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress], ingress: [{"
        "from: [{podSelector: {matchLabels: {app: web}}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}],"
        " ports: [{port: 5432}, {port: 5433}, {protocol: UDP, port: 53, endPort: 60}]}]}"
    )
    web = EntityMatch(selector=f"{PODS} && app == 'web'")
    block = EntityMatch(nets=(parse_prefix("10.0.0.0/8"),), not_nets=(parse_prefix("10.1.0.0/16"),))
    tcp = EntityMatch(ports=(PortRange(5432, 5433),))
    udp = EntityMatch(ports=(PortRange(53, 60),))
    assert found == Policy(
        Key(Kind.KUBERNETES_NETWORK_POLICY, "shop", "p"),
        tier="default",
        order=1000.0,
        selector=f"{PODS} && app == 'db'",
        types=(Direction.INGRESS,),
        ingress=(
            Rule(Action.ALLOW, protocol=TCP, source=web, destination=tcp),
            Rule(Action.ALLOW, protocol=TCP, source=block, destination=tcp),
            Rule(Action.ALLOW, protocol=UDP, source=web, destination=udp),
            Rule(Action.ALLOW, protocol=UDP, source=block, destination=udp),
        ),
    )
    assert again(found) == found


@pytest.mark.parametrize(
    ("selector", "wanted"),
    [
        ("", PODS),
        ("podSelector: {}", PODS),
        ("podSelector: {matchLabels: {b: '2', a: '1'}}", f"{PODS} && a == '1' && b == '2'"),
        (
            "podSelector: {matchExpressions: [{key: a, operator: In, values: [x, z]}]}",
            PODS + " && a in { 'x', 'z' }",
        ),
        ("podSelector: {matchExpressions: [{key: a, operator: NotIn, values: [x]}]}", PODS + " && a not in { 'x' }"),
        ("podSelector: {matchExpressions: [{key: a, operator: Exists}]}", f"{PODS} && has(a)"),
        ("podSelector: {matchExpressions: [{key: a, operator: DoesNotExist}]}", f"{PODS} && ! has(a)"),
    ],
)
def test_label_selectors_become_selectors(selector: str, wanted: str) -> None:
    assert policy(f"{{{selector}}}").selector == wanted


@pytest.mark.parametrize(
    ("peer", "selector", "spaces"),
    [
        ("podSelector: {}", PODS, ""),
        ("namespaceSelector: {}", PODS, "all()"),
        ("namespaceSelector: {matchLabels: {team: a}}", PODS, "team == 'a'"),
        ("podSelector: {matchLabels: {app: x}}, namespaceSelector: {}", f"{PODS} && app == 'x'", "all()"),
    ],
)
@pytest.mark.parametrize("direction", list(Direction))
def test_peers_become_the_far_side(peer: str, selector: str, spaces: str, direction: Direction) -> None:
    key = {"Ingress": "ingress: [{from", "Egress": "egress: [{to"}[direction]
    found = policy(f"{{policyTypes: [{direction}], {key}: [{{{peer}}}]}}]}}")
    (rule,) = found.rules(direction)
    far = rule.source if direction is Direction.INGRESS else rule.destination
    assert far == EntityMatch(selector=selector, namespace_selector=spaces)


@pytest.mark.parametrize(
    ("ports", "wanted"),
    [
        ("[{port: 80}]", {TCP: (PortRange(80, 80),)}),
        ("[{port: 81}, {port: 80}, {port: 80}]", {TCP: (PortRange(80, 81),)}),
        ("[{port: 90}, {port: http}, {port: 80}]", {TCP: ("http", PortRange(80, 80), PortRange(90, 90))}),
        ("[{port: 80}, {port: http}]", {TCP: (PortRange(80, 80), "http")}),
        ("[{port: 80}, {}]", {TCP: ()}),
        ("[{protocol: UDP}]", {UDP: ()}),
        ("[{protocol: UDP, port: 1}, {protocol: SCTP, port: 2}]", {Protocol(132): (PortRange(2, 2),), UDP: (1,)}),
        ("[]", {None: ()}),
    ],
)
def test_ports_are_merged_by_protocol_in_order_of_name(
    ports: str, wanted: dict[Protocol | None, tuple[Port | int, ...]]
) -> None:
    found = policy(f"{{ingress: [{{ports: {ports}}}]}}").ingress
    expected = {
        protocol: tuple(PortRange(port, port) if isinstance(port, int) else port for port in listed)
        for protocol, listed in wanted.items()
    }
    assert {rule.protocol: rule.destination.ports for rule in found} == expected
    assert [rule.protocol for rule in found] == list(expected)


@pytest.mark.parametrize(
    ("types", "wanted"),
    [
        ("", (Direction.INGRESS,)),
        ("policyTypes: []", (Direction.INGRESS,)),
        ("policyTypes: [Egress]", (Direction.EGRESS,)),
        ("policyTypes: [Egress, Ingress]", (Direction.INGRESS, Direction.EGRESS)),
        ("policyTypes: [Ingress], egress: [{}]", (Direction.INGRESS,)),
        ("egress: []", (Direction.INGRESS,)),
        ("egress: [{}]", (Direction.INGRESS, Direction.EGRESS)),
        ("policyTypes: [], ingress: [{}], egress: [{}]", (Direction.INGRESS, Direction.EGRESS)),
    ],
)
def test_types_are_what_is_written_else_those_of_kubernetes_default(types: str, wanted: tuple[Direction, ...]) -> None:
    assert policy(f"{{{types}}}").types == wanted


def test_what_is_excepted_twice_is_excepted_once() -> None:
    """The policy is stored again as Calico's, whose lists hold nothing twice."""
    except_ = "10.1.0.0/16, 10.1.2.3/16, 10.2.0.0/16"
    found = policy(f"{{ingress: [{{from: [{{ipBlock: {{cidr: 10.0.0.0/8, except: [{except_}]}}}}]}}]}}")
    assert [str(net) for net in found.ingress[0].source.not_nets] == ["10.1.0.0/16", "10.2.0.0/16"]
    assert again(found) == found


def test_nets_lose_their_host_bits() -> None:
    (rule,) = policy("{ingress: [{from: [{ipBlock: {cidr: 10.1.2.3/8, except: [10.1.2.3/16]}}]}]}").ingress
    assert [str(net) for net in (*rule.source.nets, *rule.source.not_nets)] == ["10.0.0.0/8", "10.1.0.0/16"]


@pytest.mark.parametrize(
    ("spec", "path", "what"),
    [
        ("{ingress: [{from: [{}]}]}", "ingress[0].from[0]", "an empty one matches nothing"),
        ("{ingress: [{from: [{ipBlock: {cidr: x}}]}]}", "ipBlock.cidr", "not a CIDR"),
        ("{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [x]}}]}]}", "except[0]", "not a CIDR"),
        ("{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/9]}}]}]}", "except[0]", "not a part of"),
        ("{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}]}", "ipBlock", "cannot stand together"),
        ("{ingress: [{ports: [{port: 0}]}]}", "ports[0].port", "Port = '0'"),
        ("{ingress: [{ports: [{port: 80, endPort: 79}]}]}", "ports[0].endPort", "not above it"),
        ("{ingress: [{ports: [{port: http, endPort: 79}]}]}", "ports[0].endPort", "needs a `port` number"),
        ("{ingress: [{ports: [{protocol: ICMP}]}]}", "ports[0].protocol", "supported values"),
        ("{policyTypes: [In]}", "policyTypes[0]", "supported values"),
        ('{podSelector: {matchLabels: {a: "\'"}}}', "matchLabels.a", "not a label value"),
        ("{podSelector: {matchExpressions: [{key: a, operator: In}]}}", "values", "`In` needs values"),
        ("{podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}", "values", "takes no values"),
        ("{podSelector: {matchExpressions: [{key: 'a b', operator: Exists}]}}", "key", "not a label key"),
        ("{podSelector: {matchExpressions: [{key: a, operator: in}]}}", "operator", "supported values"),
        ("{ingress: [{form: []}]}", "ingress[0].form", "wrong location: form"),
        ("{selector: all()}", "spec.selector", "wrong location: selector"),
    ],
)
def test_a_rule_that_cannot_be_read_is_a_problem_never_a_wider_rule(spec: str, path: str, what: str) -> None:
    found = faults(text(spec))
    assert [what in problem.what and path in problem.path for problem in found] == [True], found


def test_the_key_is_told_from_calicos_policies() -> None:
    (document,) = read_documents(text("{}"), "f")
    assert decode(document).key == Key(Kind.KUBERNETES_NETWORK_POLICY, "shop", "p")
    assert "at most one dot" not in str(the_fault(text("{x: 1}")))


def staged(spec: str) -> str:
    return calico("StagedKubernetesNetworkPolicy", "p", spec)


@pytest.mark.parametrize("action", ["Set", "Learn", "Ignore"])
def test_a_staged_one_is_converted_alike_and_marked(action: str) -> None:
    spec = "podSelector: {matchLabels: {a: b}}, ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}]"
    found = a(Policy, staged(f"{spec}, stagedAction: {action}"))
    enforced = policy(f"{{{spec}}}")
    assert found.staged is StagedAction(action)
    assert found == replace(enforced, key=found.key, metadata=found.metadata, staged=found.staged)
    assert found.key == Key(Kind.STAGED_KUBERNETES_NETWORK_POLICY, "shop", "p")


def test_a_staged_one_sets_unless_it_says_otherwise_and_governs_ingress() -> None:
    found = a(Policy, staged(""))
    assert (found.staged, found.types, found.order) == (StagedAction.SET, (Direction.INGRESS,), 1000.0)
    assert found.selector == PODS


def test_a_staged_deletion_says_nothing_else() -> None:
    assert a(Policy, staged("stagedAction: Delete")).staged is StagedAction.DELETE


@pytest.mark.parametrize(
    ("spec", "path", "what"),
    [
        pytest.param("stagedAction: Remove", "spec.stagedAction", "not known", id="37"),
        pytest.param("stagedAction: Delete, policyTypes: [Ingress]", "spec.policyTypes", "left out", id="39-trap-17"),
        pytest.param(
            "stagedAction: Delete, podSelector: {matchLabels: {a: b}}", "spec.podSelector", "left out", id="39-pods"
        ),
        pytest.param("policyTypes: [Ingress, Ingress]", "spec.policyTypes[1]", "stands twice", id="39-types"),
        pytest.param("ingress: [{ports: [{port: A}]}]", "spec.ingress[0].ports[0].port", "neither", id="39-rule"),
        pytest.param("tier: sec", "spec.tier", "not recognized", id="no-tier"),
        pytest.param("selector: has(a)", "spec.selector", "not recognized", id="no-selector"),
    ],
)
def test_a_staged_one_that_breaks_a_rule_says_which(spec: str, path: str, what: str) -> None:
    found = the_fault(staged(spec))
    assert found.path.endswith(f" {path}")
    assert what in found.what
