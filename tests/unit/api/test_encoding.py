"""The model to documents: Calico's field order, and decoding gives the same back."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.api.cases import again, calico, endpoint, global_policy, kubernetes, policy, resource
from tortie.api import decode, document_of, encode, read_documents
from tortie.errors import Invalid

TEXTS = [
    policy(""),
    policy("tier: a, order: -1.5, selector: has(a), serviceAccountSelector: has(b), types: [Egress, Ingress]"),
    global_policy("doNotTrack: true, applyOnForward: true, namespaceSelector: all(), order: 0"),
    calico("Profile", "p", "labelsToApply: {a: b}, ingress: [{action: Allow, http: {}}]"),
    calico("Tier", "t", "order: 0, defaultAction: Pass"),
    calico("NetworkSet", "s", "nets: [10.0.0.9/8, 'feed::1']", "labels: {a: b}"),
    calico("GlobalNetworkSet", "s", ""),
    calico("StagedNetworkPolicy", "p", "stagedAction: Learn, order: 5, egress: [{action: Deny}]"),
    calico("StagedNetworkPolicy", "p", "stagedAction: Delete, tier: a, types: [Egress]"),
    calico("StagedGlobalNetworkPolicy", "p", "preDNAT: true, applyOnForward: true"),
    calico("StagedKubernetesNetworkPolicy", "p", "stagedAction: Delete"),
    calico(
        "StagedKubernetesNetworkPolicy",
        "p",
        "podSelector: {matchLabels: {a: b}}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}]}]",
    ),
    calico(
        "HostEndpoint",
        "h",
        "node: n1, interfaceName: '*', expectedIPs: [10.0.0.1, 'fd00::1'], profiles: [a],"
        " ports: [{name: ssh, protocol: 6, port: 22}]",
        "labels: {a: b}",
    ),
    calico("IPPool", "p", "cidr: 10.0.0.0/8, vxlanMode: Always"),
    calico("IPPool", "q", "ipipMode: Always"),
    calico("BGPConfiguration", "default", "serviceClusterIPs: [{cidr: 10.0.0.0/8}, {cidr: 'fd00::/8'}]"),
    calico("Node", "n1", "bgp: {ipv4Address: 10.0.0.1/24}, ipv6VXLANTunnelAddr: 'fd00::1'", "labels: {a: b}"),
    calico("ClusterInformation", "default", "clusterGUID: 0123456789abcdef0123456789abcdef, datastoreReady: false"),
    kubernetes("Service", "name: a, namespace: b", "spec: {clusterIP: None, ports: [{port: 80}]}"),
    kubernetes("Service", "name: a, namespace: b", "spec: {clusterIPs: [10.0.0.1, 'fd00::1'], ports: [{port: 80}]}"),
    kubernetes(
        "EndpointSlice",
        "name: a, namespace: b, labels: {kubernetes.io/service-name: s}",
        "addressType: IPv6\nendpoints: [{addresses: ['fd00::1']}, {addresses: ['fd00::2']}]\n"
        "ports: [{name: web, port: 80, protocol: SCTP}]",
    ),
    endpoint("serviceAccountName: robot, ports: [{protocol: 17, port: 1, hostPort: 2, hostIP: 10.0.0.9}]"),
    kubernetes("Namespace", "name: a, labels: {b: c}, uid: 01020304-0506-0708-090a-0b0c0d0e0f80"),
    kubernetes("ServiceAccount", "name: a, namespace: b"),
    kubernetes("NetworkPolicy", "name: a, namespace: b", "spec: {ingress: [{from: [{podSelector: {}}]}]}"),
]

PODS = [
    kubernetes(
        "Pod",
        "name: a-b, namespace: c, labels: {d: e}, annotations: {cni.projectcalico.org/floatingIPs: '[\"1.1.1.1\"]'}",
        "spec: {nodeName: n1, serviceAccountName: s, hostNetwork: false, containers: [{ports: [{name: h,"
        " containerPort: 1, hostPort: 2, hostIP: 10.0.0.1, protocol: UDP}]}]}\n"
        "status: {podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}], phase: Running}",
    ),
    policy(
        "egress: [{action: Allow, protocol: UDP, notProtocol: 6, ipVersion: 4, source: {nets: [10.0.0.0/8]},"
        " destination: {services: {name: a, namespace: b}}, metadata: {annotations: {a: b}}}]"
    ),
]
ODD = ["", " ", "a", "A b", "10.0.0.1", "10.0.0.1/8", "feed::/16", "all()", "80-90", "-", "[]", "\x00", "a" * 100]


@pytest.mark.parametrize("text", TEXTS)
def test_encoding_and_decoding_gives_the_same_resource(text: str) -> None:
    found = resource(text)
    assert again(found) == found
    json.dumps(encode(found), allow_nan=False)


def test_fields_are_in_the_order_of_calicos_json() -> None:
    found = encode(
        resource(
            policy(
                "types: [Ingress], selector: has(a), order: 5, ingress: [{destination: {notPorts: [2],"
                " ports: [1, '3:4']}, protocol: TCP, action: Allow}]",
                metadata="annotations: {b: c}, labels: {a: b}, creationTimestamp: 2026-01-02T03:04:05Z, uid: u",
            )
        )
    )
    assert json.dumps(found) == (
        '{"kind": "NetworkPolicy", "apiVersion": "projectcalico.org/v3", "metadata": {"name": "p", "namespace": "shop",'
        ' "uid": "u", "creationTimestamp": "2026-01-02T03:04:05Z", "labels": {"a": "b"}, "annotations": {"b": "c"}},'
        ' "spec": {"tier": "default", "order": 5, "ingress": [{"action": "Allow", "protocol": "TCP", "source": {},'
        ' "destination": {"ports": [1, "3:4"], "notPorts": [2]}}], "selector": "has(a)", "types": ["Ingress"]}}'
    )


def test_what_selectors_see_beyond_own_labels_is_not_written_as_a_label() -> None:
    found = encode(resource(endpoint("serviceAccountName: robot", metadata="labels: {a: b, pcns.x: z}")))
    assert found["metadata"]["labels"] == {
        "a": "b",
        "projectcalico.org/namespace": "shop",
        "projectcalico.org/orchestrator": "k8s",
    }
    assert found["spec"]["serviceAccountName"] == "robot"


SELECTORS = st.sampled_from(["", " ", "all()", "has(a)", "a == 'b' && !has(c)"])
NETS = st.lists(st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "1.2.3.4/32"]), max_size=2, unique=True)
PORTS = st.lists(st.integers(1, 65535) | st.sampled_from(["80", "80:90", "5:5", "http"]), max_size=3)
ENTITIES = st.fixed_dictionaries(
    {},
    optional={
        "nets": NETS,
        "notNets": NETS,
        "selector": SELECTORS,
        "notSelector": SELECTORS,
        "namespaceSelector": SELECTORS | st.just("global()"),
        "ports": PORTS,
        "notPorts": PORTS,
        "serviceAccounts": st.fixed_dictionaries({}, optional={"names": st.just(["a", "b"]), "selector": SELECTORS}),
    },
)
RULES = st.fixed_dictionaries(
    {"action": st.just("Allow"), "protocol": st.sampled_from(["TCP", "UDP", 6, "132"])},
    optional={
        "ipVersion": st.just(4),
        "notProtocol": st.sampled_from([1, "UDPLite", 255]),
        "notICMP": st.sampled_from([{}, {"type": 0}, {"type": 8, "code": 0}]),
        "source": ENTITIES,
        "destination": ENTITIES,
        "metadata": st.just({"annotations": {"a": "b"}}),
    },
)
POLICIES = st.fixed_dictionaries(
    {},
    optional={
        "tier": st.sampled_from(["", "default", "sec"]),
        "order": st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9),
        "selector": SELECTORS,
        "serviceAccountSelector": SELECTORS,
        "types": st.lists(st.sampled_from(["Ingress", "Egress"]), unique=True),
        "ingress": st.lists(RULES, max_size=3),
        "egress": st.lists(RULES, max_size=3),
        "performanceHints": st.just(["AssumeNeededOnEveryNode"]),
    },
)


@given(spec=POLICIES, labels=st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "x"])))
def test_any_policy_is_the_same_after_encoding_and_decoding(spec: dict[str, Any], labels: dict[str, str]) -> None:
    metadata = {"name": "p", "namespace": "shop", "labels": labels}
    data = {"kind": "NetworkPolicy", "apiVersion": "projectcalico.org/v3", "metadata": metadata, "spec": spec}
    found = decode(document_of(data)).value
    assert found is not None
    encoded = json.loads(json.dumps(encode(found)))
    assert decode(document_of(encoded)).value == found
    assert encode(found) == encoded


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every container and key or index within data."""
    if isinstance(value, dict):
        return [(value, key) for key in value] + [place for inner in value.values() for place in places(inner)]
    if isinstance(value, list):
        return [(value, at) for at in range(len(value))] + [place for inner in value for place in places(inner)]
    return []


@given(
    text=st.sampled_from([*TEXTS, *PODS]),
    number=st.integers(0, 10_000),
    put=st.none() | st.booleans() | st.integers(-1, 70_000) | st.sampled_from(ODD),
)
def test_a_changed_document_is_invalid_or_the_same_after_encoding(text: str, number: int, put: object) -> None:
    (document,) = read_documents(text, "f")
    data = copy.deepcopy(dict(document.data))
    found = places(data)
    container, key = found[number % len(found)]
    container[key] = put
    try:
        decoded = decode(document_of(data))
    except Invalid:
        return
    assert "unnamed" not in str(decoded.key)
    if decoded.value is not None:
        assert again(decoded.value) == decoded.value
        json.dumps(encode(decoded.value), allow_nan=False)
