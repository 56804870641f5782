"""What would be stored: the defaulting tables of the API specification (4.1, 4.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.api.cases import calico, endpoint, global_policy, kubernetes, policy
from tortie.api import decode, defaulted, document_of, read_documents

RULE = "[{action: Allow}]"


def stored(text: str, namespace: str = "") -> dict[str, Any]:
    (document,) = read_documents(text, "f")
    return defaulted(document, namespace=namespace)


@pytest.mark.parametrize(
    ("spec", "types"),
    [
        ("", ["Ingress"]),
        (f"ingress: {RULE}", ["Ingress"]),
        (f"egress: {RULE}", ["Egress"]),
        (f"ingress: {RULE}, egress: {RULE}", ["Ingress", "Egress"]),
        ("types: []", ["Ingress"]),
        (f"types: [Egress], ingress: {RULE}", ["Egress"]),
    ],
)
def test_types_are_filled_in_where_there_are_none(spec: str, types: list[str]) -> None:
    assert stored(policy(spec))["spec"]["types"] == types
    assert stored(global_policy(spec))["spec"]["types"] == types


@pytest.mark.parametrize(("spec", "tier"), [("", "default"), ("tier: ''", "default"), ("tier: sec", "sec")])
def test_a_policy_gets_its_tier_and_the_label_that_says_it(spec: str, tier: str) -> None:
    found = stored(policy(spec, metadata="labels: {a: b, projectcalico.org/tier: wrong}"))
    assert found["spec"]["tier"] == tier
    assert found["metadata"]["labels"] == {"a": "b", "projectcalico.org/tier": tier}


@pytest.mark.parametrize("kind", ["StagedNetworkPolicy", "StagedGlobalNetworkPolicy"])
def test_a_staged_policy_gets_its_action_as_well(kind: str) -> None:
    found = stored(calico(kind, "p", f"egress: {RULE}"))
    assert {name: value for name, value in found["spec"].items() if name != "egress"} == {
        "stagedAction": "Set",
        "tier": "default",
        "types": ["Egress"],
    }
    assert found["metadata"]["labels"] == {"projectcalico.org/tier": "default"}


def test_the_types_of_a_staged_deletion_are_cleared() -> None:
    found = stored(calico("StagedNetworkPolicy", "p", "stagedAction: Delete, types: [Ingress]"))
    assert found["spec"] == {"stagedAction": "Delete", "tier": "default"}


def test_a_staged_kubernetes_policy_gets_its_action_only() -> None:
    found = stored(calico("StagedKubernetesNetworkPolicy", "p", "podSelector: {matchLabels: {a: b}}"))
    assert found["spec"] == {"stagedAction": "Set", "podSelector": {"matchLabels": {"a": "b"}}}
    assert "labels" not in found["metadata"]


def test_a_configuration_gets_what_calico_writes_into_every_one() -> None:
    found = stored(calico("FelixConfiguration", "default", "floatingIPs: Enabled, logPrefix: x"))
    assert found["spec"] == {
        "bpfConnectTimeLoadBalancing": "TCP",
        "bpfHostNetworkedNATWithoutCTLB": "Enabled",
        "floatingIPs": "Enabled",
        "nftablesMode": "Auto",
        "nftablesFlowTableOffload": "Disabled",
        "logPrefix": "x",
    }


def test_a_node_of_kubernetes_stays_one() -> None:
    found = stored(kubernetes("Node", "name: a", "spec: {podCIDR: 10.0.0.0/24}"))
    assert (found["apiVersion"], found["kind"]) == ("v1", "Node")


@pytest.mark.parametrize(
    ("name", "spec", "wanted"),
    [
        ("t", "", {"order": 1000000, "defaultAction": "Deny"}),
        ("t", "order: 0, defaultAction: Pass", {"order": 0, "defaultAction": "Pass"}),
        ("kube-baseline", "", {"order": 10000000, "defaultAction": "Pass"}),
    ],
)
def test_a_tier_gets_order_and_default_action(name: str, spec: str, wanted: dict[str, Any]) -> None:
    assert stored(calico("Tier", name, spec))["spec"] == wanted


def test_an_endpoint_gets_its_name_and_the_labels_of_its_place() -> None:
    found = stored(endpoint("", metadata="labels: {a: b, projectcalico.org/namespace: other}"))
    assert found["metadata"] == {
        "name": "n1-k8s-web--0-eth0",
        "namespace": "shop",
        "labels": {"a": "b", "projectcalico.org/namespace": "shop", "projectcalico.org/orchestrator": "k8s"},
    }


def test_the_order_of_fields_is_calicos_and_values_stay_as_written() -> None:
    text = policy(
        "types: [Ingress], selector: ' all()', order: 2, doNotKnow: 1, ingress: [{source: {nets: ['FEED::/16']},"
        " Protocol: '6', Action: Allow, destination: {ports: ['80', '5:5', http], notSelector: ''}, icmp: null}]"
    )
    assert json.dumps(stored(text)["spec"]) == (
        '{"tier": "default", "order": 2, "ingress": [{"action": "Allow", "protocol": 6, "source": {"nets":'
        ' ["FEED::/16"]}, "destination": {"ports": [80, 5, "http"]}}], "selector": " all()", "types": ["Ingress"],'
        ' "doNotKnow": 1}'
    )


def test_network_sets_keep_their_host_bits() -> None:
    assert stored(calico("NetworkSet", "s", "nets: [10.0.0.9/8]"))["spec"] == {"nets": ["10.0.0.9/8"]}


def test_the_namespace_is_filled_in_and_never_changed() -> None:
    text = policy("").replace(", namespace: shop", "")
    assert stored(text, "other")["metadata"]["namespace"] == "other"
    assert stored(policy(""), "other")["metadata"]["namespace"] == "shop"
    assert "namespace" not in stored(global_policy(""), "other")["metadata"]


def test_kubernetes_documents_only_get_their_namespace() -> None:
    found = stored(kubernetes("Pod", "name: a", "spec: {nodeName: n1, other: []}"), "shop")
    assert found == {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": "a", "namespace": "shop"},
        "spec": {"nodeName": "n1", "other": []},
    }


@pytest.mark.parametrize(
    "text",
    [
        policy(f"egress: {RULE}, order: 1"),
        global_policy("selector: has(a)"),
        calico("Tier", "t", ""),
        calico("Profile", "p", f"ingress: {RULE}"),
        endpoint("serviceAccountName: robot"),
        calico("NetworkSet", "s", "nets: [10.0.0.9/8]"),
        calico("StagedNetworkPolicy", "p", "order: 2"),
        calico("StagedNetworkPolicy", "p", "stagedAction: Delete"),
        calico("StagedKubernetesNetworkPolicy", "p", "ingress: [{}]"),
        calico("HostEndpoint", "h", "node: n1, interfaceName: eth0, ports: [{name: a, port: 1, protocol: 17}]"),
        calico("Node", "n1", "bgp: {asNumber: 7}"),
    ],
)
def test_defaults_change_nothing_when_filled_in_again(text: str) -> None:
    found = stored(text)
    assert defaulted(document_of(found)) == found
    assert decode(document_of(found)).value is not None


@pytest.mark.parametrize("spec", ["5", "[]", "{ingress: 5, types: x}", "{ingress: [5], egress: {}}"])
def test_what_is_wrong_stays_wrong(spec: str) -> None:
    found = stored(f"apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {{name: a}}\nspec: {spec}")
    assert found["spec"]["tier"] == "default"
