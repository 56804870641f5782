"""Kubernetes' own objects as documents, and what is left out of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tortie.api import decode, document_of
from tortie.datastore.kubernetes_native import native_document
from tortie.model import Kind

META: dict[str, Any] = {
    "name": "web",
    "namespace": "shop",
    "uid": "30316465-6365-4463-ad63-3564622d3638",
    "resourceVersion": "7",
    "creationTimestamp": "2026-01-02T03:04:05Z",
    "labels": {"app": "web"},
    "managedFields": [{"manager": "kubectl"}],
    "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "everything", "note": "x"},
}
POD: dict[str, Any] = {
    "metadata": {
        **META,
        "generateName": "web-",
        "ownerReferences": [{"kind": "ReplicaSet"}],
        "annotations": {
            **META["annotations"],
            "cni.projectcalico.org/podIP": "10.0.0.1/32",
            "k8s.v1.cni.cncf.io/network-status": "[]",
            "kubernetes.io/ingress-bandwidth": "1M",
        },
    },
    "spec": {
        "nodeName": "n1",
        "serviceAccountName": "default",
        "volumes": [{"secret": {"secretName": "s"}}],
        "containers": [
            {
                "name": "c",
                "image": "i",
                "ports": [{"containerPort": 80, "name": "http", "protocol": "TCP"}],
                "env": [{"name": "PASSWORD", "value": "hunter2"}],
            }
        ],
    },
    "status": {"phase": "Running", "podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}], "hostIP": "192.0.2.1"},
}


def test_of_a_pod_only_what_makes_an_endpoint_is_kept() -> None:
    found = native_document(Kind.POD, POD)
    assert found["spec"] == {
        "nodeName": "n1",
        "serviceAccountName": "default",
        "containers": [{"name": "c", "ports": [{"containerPort": 80, "name": "http", "protocol": "TCP"}]}],
    }
    assert found["status"] == {"phase": "Running", "podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}]}
    assert set(found["metadata"]["annotations"]) == {
        "cni.projectcalico.org/podIP",
        "k8s.v1.cni.cncf.io/network-status",
        "kubernetes.io/ingress-bandwidth",
    }
    assert "hunter2" not in json.dumps(found)
    assert "everything" not in json.dumps(found)


def test_a_pod_means_the_same_as_before() -> None:
    whole = {"kind": "Pod", "apiVersion": "v1", **POD}
    assert decode(document_of(native_document(Kind.POD, POD))).value == _without_revision(whole)


def _without_revision(whole: dict[str, Any]) -> object:
    metadata = {name: content for name, content in whole["metadata"].items() if name != "resourceVersion"}
    return decode(document_of({**whole, "metadata": metadata})).value


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        (Kind.SERVICE, ("Service", "v1")),
        (Kind.KUBERNETES_NETWORK_POLICY, ("NetworkPolicy", "networking.k8s.io/v1")),
        (Kind.ENDPOINT_SLICE, ("EndpointSlice", "discovery.k8s.io/v1")),
    ],
)
def test_a_listing_s_item_gets_its_kind_and_loses_noise(kind: Kind, heading: tuple[str, str]) -> None:
    found = native_document(kind, {"metadata": META, "spec": {"a": 1}})
    assert (found["kind"], found["apiVersion"]) == heading
    assert found["metadata"] == {
        name: content
        for name, content in {**META, "annotations": {"note": "x"}}.items()
        if name not in {"managedFields", "resourceVersion"}
    }
    assert found["spec"] == {"a": 1}
