"""Kubernetes' nodes as Calico's, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tortie.api import decode, document_of
from tortie.datastore.kubernetes_node import changed_node, node_document
from tortie.errors import Invalid
from tortie.model import Node, parse_address

NODE: dict[str, Any] = {
    "metadata": {
        "name": "n1",
        "uid": "u",
        "resourceVersion": "9",
        "labels": {"kubernetes.io/os": "linux", "rack": "k8s"},
        "annotations": {
            "projectcalico.org/IPv4Address": "192.0.2.1/24",
            "projectcalico.org/ASNumber": "64512",
            "projectcalico.org/IPv4IPIPTunnelAddr": "10.1.0.1",
            "projectcalico.org/IPv4VXLANTunnelAddr": "10.1.0.2",
            "projectcalico.org/VXLANTunnelMACAddr": "66:00:00:00:00:01",
            "projectcalico.org/IPv4WireguardInterfaceAddr": "10.1.0.3",
            "projectcalico.org/WireguardPublicKey": "key",
            "projectcalico.org/Interfaces": '[{"name":"eth0","addresses":["192.0.2.1"]}]',
            "projectcalico.org/labels": '{"zone":"a","rack":"calico"}',
            "projectcalico.org/annotations": '{"note":"x"}',
            "volumes.kubernetes.io/attached": "true",
        },
    },
    "spec": {"podCIDR": "10.1.0.0/24", "taints": [{"key": "k"}]},
    "status": {
        "addresses": [
            {"type": "InternalIP", "address": "192.0.2.1"},
            {"type": "Hostname", "address": "n1"},
            {"type": "ExternalIP", "address": "198.51.100.1"},
        ]
    },
}
DOCUMENT: dict[str, Any] = {
    "kind": "Node",
    "apiVersion": "projectcalico.org/v3",
    "metadata": {
        "name": "n1",
        "uid": "u",
        "labels": {"zone": "a", "rack": "k8s", "kubernetes.io/os": "linux"},
        "annotations": {"note": "x"},
    },
    "spec": {
        "bgp": {"ipv4Address": "192.0.2.1/24", "asNumber": 64512, "ipv4IPIPTunnelAddr": "10.1.0.1"},
        "ipv4VXLANTunnelAddr": "10.1.0.2",
        "vxlanTunnelMACAddr": "66:00:00:00:00:01",
        "wireguard": {"interfaceIPv4Address": "10.1.0.3"},
        "interfaces": [{"name": "eth0", "addresses": ["192.0.2.1"]}],
        "orchRefs": [{"nodeName": "n1", "orchestrator": "k8s"}],
        "addresses": [
            {"address": "192.0.2.1/24", "type": "CalicoNodeIP"},
            {"address": "192.0.2.1", "type": "InternalIP"},
            {"address": "198.51.100.1", "type": "ExternalIP"},
        ],
    },
    "status": {"wireguardPublicKey": "key", "podCIDRs": ["10.1.0.0/24"]},
}


def test_calico_s_node() -> None:
    assert node_document(NODE) == DOCUMENT


def test_it_has_every_address_that_policy_has_to_know() -> None:
    value = decode(document_of(node_document(NODE))).value
    assert isinstance(value, Node)
    wanted = {"192.0.2.1", "198.51.100.1", "10.1.0.1", "10.1.0.2", "10.1.0.3"}
    assert set(value.addresses) == {parse_address(text) for text in wanted}


def test_a_plain_node() -> None:
    assert node_document({"metadata": {"name": "n"}}) == {
        "kind": "Node",
        "apiVersion": "projectcalico.org/v3",
        "metadata": {"name": "n"},
        "spec": {"orchRefs": [{"nodeName": "n", "orchestrator": "k8s"}]},
    }


@pytest.mark.parametrize("text", ["²", "x", "1" * 5000])
def test_a_number_that_is_none_stays_a_text(text: str) -> None:
    found = node_document({"metadata": {"name": "n", "annotations": {"projectcalico.org/ASNumber": text}}})
    assert found["spec"]["bgp"] == {"asNumber": text}


@pytest.mark.parametrize("text", ["{", "[]", "7", '"x"'])
def test_an_annotation_that_is_not_what_it_should_be_says_nothing(text: str) -> None:
    notes = {f"projectcalico.org/{name}": text for name in ("labels", "annotations")}
    found = node_document({"metadata": {"name": "n", "annotations": notes}})
    assert found["metadata"] == {"name": "n"}


def test_unchanged_it_stays_as_it_is() -> None:
    changed = changed_node(NODE, DOCUMENT)
    assert {key: value for key, value in changed.items() if key not in {"kind", "apiVersion", "metadata"}} == {
        key: value for key, value in NODE.items() if key != "metadata"
    }
    notes = dict(changed["metadata"]["annotations"])
    before = dict(NODE["metadata"]["annotations"])
    assert json.loads(notes.pop("projectcalico.org/labels")) == {"zone": "a"}
    del before["projectcalico.org/labels"]
    assert notes == before
    assert changed["metadata"]["labels"] == NODE["metadata"]["labels"]
    assert changed["metadata"]["resourceVersion"] == "9"


def test_what_calico_says_changes_and_the_rest_stays() -> None:
    wanted = {**DOCUMENT, "spec": {"bgp": {"ipv4Address": "192.0.2.9/24"}}}
    del wanted["status"]
    notes = changed_node(NODE, wanted)["metadata"]["annotations"]
    del notes["projectcalico.org/labels"]
    assert notes == {
        "projectcalico.org/IPv4Address": "192.0.2.9/24",
        "projectcalico.org/WireguardPublicKey": "key",
        "projectcalico.org/annotations": '{"note":"x"}',
        "volumes.kubernetes.io/attached": "true",
    }


@pytest.mark.parametrize("labels", [{}, {"rack": "other", "kubernetes.io/os": "linux"}])
def test_labels_of_kubernetes_are_not_ours_to_change(labels: dict[str, str]) -> None:
    with pytest.raises(Invalid, match=r"is Kubernetes' own; change it with `kubectl label`"):
        changed_node(NODE, {**DOCUMENT, "metadata": {"name": "n1", "labels": labels}})
