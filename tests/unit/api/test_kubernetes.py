"""Namespaces, service accounts and pods: the conversions of the datastore specification (12.1, 12.2)."""

from __future__ import annotations

import pytest

from tests.unit.api.cases import a, again, faults, kubernetes, the_fault
from tortie.api import decode, document_of, read_documents
from tortie.api.kubernetes import interface_name
from tortie.api.uids import converted_uid
from tortie.model import (
    Action,
    EndpointPort,
    IPNat,
    Key,
    Kind,
    Profile,
    Protocol,
    WorkloadEndpoint,
    format_address,
    parse_address,
)

META = "name: web-0, namespace: shop"


def pod(spec: str = "nodeName: n-1", status: str = "podIP: 10.0.0.1", metadata: str = "") -> str:
    named = f"{META}, {metadata}" if metadata else META
    return kubernetes("Pod", named, f"spec: {{{spec}}}\nstatus: {{{status}}}")


def addresses(text: str) -> list[str]:
    return [format_address(address) for address in a(WorkloadEndpoint, text).addresses]


def test_a_namespace_becomes_a_profile_that_allows_all_and_hands_its_labels_down() -> None:
    text = kubernetes("Namespace", "name: shop, labels: {team: a, example.org/x: z}, resourceVersion: '7'")
    (document,) = read_documents(text, "f")
    assert decode(document).key == Key(Kind.NAMESPACE, "", "shop")
    found = a(Profile, text)
    assert found.key == Key(Kind.PROFILE, "", "kns.shop")
    assert found.labels_to_apply == {
        "pcns.team": "a",
        "pcns.example.org/x": "z",
        "pcns.projectcalico.org/name": "shop",
        "pcns.kubernetes.io/metadata.name": "shop",
    }
    assert [[rule.action for rule in rules] for rules in (found.ingress, found.egress)] == [[Action.ALLOW]] * 2
    assert found.metadata.revision == "7/"


@pytest.mark.parametrize("labels", ["{}", "{kubernetes.io/metadata.name: shop}", "{kubernetes.io/metadata.name: bank}"])
def test_a_namespace_has_the_label_that_the_kubernetes_api_gives_it(labels: str) -> None:
    """Most policies name namespaces by it, and a file from git has not been there. It cannot be another name."""
    found = a(Profile, kubernetes("Namespace", f"name: shop, labels: {labels}"))
    assert found.labels_to_apply["pcns.kubernetes.io/metadata.name"] == "shop"


def test_a_service_account_becomes_a_profile_without_rules() -> None:
    text = kubernetes("ServiceAccount", "name: a.b, namespace: shop, labels: {role: r}, resourceVersion: '7'")
    (document,) = read_documents(text, "f")
    assert decode(document).key == Key(Kind.SERVICE_ACCOUNT, "shop", "a.b")
    found = a(Profile, text)
    assert found.key.name == "ksa.shop.a.b"
    assert found.labels_to_apply == {"pcsa.role": "r", "pcsa.projectcalico.org/name": "a.b"}
    assert (found.ingress, found.egress, found.metadata.revision) == ((), (), "/7")


def test_a_long_namespace_label_does_not_lose_the_profile() -> None:
    found = a(Profile, kubernetes("Namespace", f"name: shop, labels: {{{'a' * 63}: b}}"))
    assert again(found) == found


@pytest.mark.parametrize("name", ["a.b", "a" * 64])
def test_a_namespace_is_called_by_one_label(name: str) -> None:
    assert "is not a namespace" in the_fault(kubernetes("Namespace", f"name: {name}")).what


def test_a_long_account_name_does_not_lose_the_profile() -> None:
    found = a(Profile, kubernetes("ServiceAccount", f"name: {'a' * 100}, namespace: shop"))
    assert again(found) == found


@pytest.mark.parametrize(
    ("uid", "converted"),
    [
        ("01020304-0506-0708-090a-0b0c0d0e0f80", "8040c020-a060-0710-0950-d030b070f001"),
        ("no-uuid", "no-uuid"),
        ("0102", "0102"),
        ("", ""),
    ],
)
def test_uids_of_what_is_made_from_kubernetes_differ(uid: str, converted: str) -> None:
    assert converted_uid(uid) == converted
    assert converted_uid(converted) == uid


def test_a_pod_becomes_a_workload_endpoint() -> None:
    text = pod(
        "nodeName: n-1, serviceAccountName: robot, containers: [{name: c, image: i, ports: ["
        "{name: http, containerPort: 80}, {containerPort: 81}, {containerPort: 82, hostPort: 8082, protocol: UDP}]}],"
        " initContainers: [{ports: [{name: init, containerPort: 9, protocol: SCTP}]}]",
        "podIPs: [{ip: 10.0.0.1}, {ip: 'feed::1'}], phase: Running",
        "uid: u, labels: {app: web, pcns.x: z, projectcalico.org/serviceaccount: root,"
        " projectcalico.org/namespace: other}, annotations: {cni.projectcalico.org/containerID: c0, other: thing}",
    )
    (document,) = read_documents(text, "f")
    assert decode(document).key == Key(Kind.POD, "shop", "web-0")
    found = a(WorkloadEndpoint, text)
    assert found.key == Key(Kind.WORKLOAD_ENDPOINT, "shop", "n--1-k8s-web--0-eth0")
    assert (found.node, found.pod, found.orchestrator, found.endpoint) == ("n-1", "web-0", "k8s", "eth0")
    assert found.interface == interface_name("shop", "web-0")
    assert found.profiles == ("kns.shop", "ksa.shop.robot")
    assert found.metadata.labels == {
        "app": "web",
        "projectcalico.org/namespace": "shop",
        "projectcalico.org/orchestrator": "k8s",
        "projectcalico.org/serviceaccount": "robot",
    }
    assert (found.metadata.annotations, found.metadata.uid, found.container_id) == ({}, "u", "c0")
    assert found.addresses == (parse_address("10.0.0.1"), parse_address("feed::1"))
    assert found.ports == (
        EndpointPort("http", Protocol(6), 80),
        EndpointPort("", Protocol(17), 82, 8082),
        EndpointPort("init", Protocol(132), 9),
    )
    assert again(found) == found


def test_an_interface_is_named_by_the_sha1_of_namespace_and_pod() -> None:
    assert interface_name("default", "nginx") == "calic440f455693"


@pytest.mark.parametrize("spec", ["", "nodeName: ''", "nodeName: n1, hostNetwork: true"])
def test_a_pod_in_its_hosts_network_or_not_scheduled_has_no_endpoint(spec: str) -> None:
    (document,) = read_documents(pod(spec), "f")
    assert decode(document).value is None


@pytest.mark.parametrize(
    ("status", "annotations", "wanted"),
    [
        ("podIPs: [{ip: 10.0.0.1}], podIP: 10.0.0.2", "", ["10.0.0.1"]),
        ("podIP: 10.0.0.2", "cni.projectcalico.org/podIP: 10.0.0.3/32", ["10.0.0.2"]),
        ("", "cni.projectcalico.org/podIPs: '10.0.0.4/32,feed::4/128'", ["10.0.0.4", "feed::4"]),
        ("", "cni.projectcalico.org/podIP: 10.0.0.3/32", ["10.0.0.3"]),
        ("", "vpc.amazonaws.com/pod-ips: '10.0.0.5, 10.0.0.6'", ["10.0.0.5", "10.0.0.6"]),
        ("", "", []),
        ("podIP: 10.0.0.2, phase: Succeeded", "", []),
        ("podIP: 10.0.0.2, phase: Failed", "", []),
        ("podIP: 10.0.0.2, phase: Pending", "", ["10.0.0.2"]),
    ],
)
def test_a_pods_addresses_come_from_the_first_source_that_has_any(
    status: str, annotations: str, wanted: list[str]
) -> None:
    assert addresses(pod(status=status, metadata=f"annotations: {{{annotations}}}")) == wanted


@pytest.mark.parametrize(
    ("annotations", "wanted"),
    [("cni.projectcalico.org/podIP: ''", []), ("", ["10.0.0.1"]), ("vpc.amazonaws.com/pod-ips: ''", [])],
)
def test_a_deleted_pod_whose_address_was_given_back_has_none(annotations: str, wanted: list[str]) -> None:
    metadata = f"deletionTimestamp: '2026-01-02T03:04:05Z', annotations: {{{annotations}}}"
    assert addresses(pod(metadata=metadata)) == wanted


def test_floating_addresses_and_allowed_sources_come_from_annotations() -> None:
    found = a(
        WorkloadEndpoint,
        pod(
            metadata='annotations: {cni.projectcalico.org/floatingIPs: \'["1.1.1.1", "feed::1"]\','
            " cni.projectcalico.org/allowedSourcePrefixes: '[\"10.9.9.9/8\"]'}"
        ),
    )
    assert found.nats == (IPNat(parse_address("10.0.0.1"), parse_address("1.1.1.1")),)
    assert [str(prefix) for prefix in found.allowed_sources] == ["10.0.0.0/8"]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (pod(status="podIP: x"), "status.podIP"),
        (pod(status="podIPs: [{ip: 10.0.0.0/8}]"), "status.podIPs[0].ip"),
        (pod("nodeName: A_b"), "spec.nodeName"),
        (pod("nodeName: n1, serviceAccountName: A_b"), "spec.serviceAccountName"),
        (pod("nodeName: n1, containers: [{ports: [{containerPort: 1, protocol: tcp}]}]"), "ports[0].protocol"),
        (pod("nodeName: n1, containers: [{ports: [{containerPort: 1, name: A}]}]"), "ports[0].name"),
        (pod("nodeName: n1, containers: [{ports: [{containerPort: 1, name: a, hostIP: b}]}]"), "ports[0].hostIP"),
        (pod(metadata="annotations: {cni.projectcalico.org/floatingIPs: x}"), "floatingIPs"),
        (pod(metadata="annotations: {cni.projectcalico.org/floatingIPs: '[\"x\"]'}"), "floatingIPs"),
        (
            pod(metadata="annotations: {cni.projectcalico.org/allowedSourcePrefixes: '[\"x\"]'}"),
            "allowedSourcePrefixes",
        ),
        (pod(metadata="annotations: {tortie/state: off-line}"), "tortie/state"),
    ],
)
def test_a_pod_that_cannot_be_understood_says_why(text: str, path: str) -> None:
    assert path in the_fault(text).path


def test_a_pods_other_fields_are_not_looked_at() -> None:
    assert faults(pod("nodeName: n1, tolerations: [{}], volumes: x", "podIP: 10.0.0.1, conditions: [1]")) == []


def test_an_annotation_takes_a_pod_down() -> None:
    found = a(WorkloadEndpoint, pod(metadata="annotations: {tortie/state: down}"))
    assert not found.active
    assert again(found) == found


def test_data_without_text_is_read_the_same() -> None:
    data = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    assert decode(document_of(data)).value == a(Profile, kubernetes("Namespace", "name: shop"))
