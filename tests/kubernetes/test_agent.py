"""What an agent reads of a cluster: objects as an API server has them, each understood, none told twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kube_api import KubeApi
from tortie.api import decode_value
from tortie.datastore import KubernetesDatastore, Record, Syncer
from tortie.model import (
    READ_KINDS,
    EndpointSlice,
    Key,
    Kind,
    Node,
    Policy,
    Profile,
    Resource,
    Service,
    WorkloadEndpoint,
)

UID = "30316465-6365-4463-ad63-3564622d3638"
MANAGED: dict[str, Any] = {"managedFields": [{"manager": "kubelet", "operation": "Update", "fieldsV1": {"f:spec": {}}}]}

NAMESPACE = {
    "metadata": {"name": "shop", "labels": {"kubernetes.io/metadata.name": "shop", "team": "a"}, **MANAGED},
    "spec": {"finalizers": ["kubernetes"]},
    "status": {"phase": "Active"},
}
ACCOUNT = {
    "metadata": {"name": "web", "namespace": "shop", "labels": {"tier": "front"}, **MANAGED},
    "automountServiceAccountToken": False,
    "secrets": [{"name": "web-token"}],
    "imagePullSecrets": [{"name": "pull"}],
}
POD = {
    "metadata": {
        "name": "web-7d4b9c-x2x7f",
        "generateName": "web-7d4b9c-",
        "namespace": "shop",
        "labels": {"app": "web", "pod-template-hash": "7d4b9c"},
        "annotations": {
            "cni.projectcalico.org/containerID": "0123456789abcdef",
            "cni.projectcalico.org/podIP": "10.244.1.5/32",
            "cni.projectcalico.org/podIPs": "10.244.1.5/32",
            "kubectl.kubernetes.io/last-applied-configuration": "{}",
            "prometheus.io/scrape": "true",
        },
        "ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": UID, "controller": True}
        ],
        **MANAGED,
    },
    "spec": {
        "nodeName": "n1",
        "serviceAccountName": "web",
        "serviceAccount": "web",
        "restartPolicy": "Always",
        "dnsPolicy": "ClusterFirst",
        "containers": [
            {
                "name": "web",
                "image": "nginx:1",
                "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
                "env": [{"name": "TOKEN", "value": "hunter2"}],
                "resources": {"limits": {"cpu": "1"}},
                "livenessProbe": {"httpGet": {"path": "/", "port": "http"}},
            }
        ],
        "volumes": [{"name": "v", "emptyDir": {}}],
        "tolerations": [{"key": "k", "operator": "Exists"}],
    },
    "status": {
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "True"}],
        "hostIP": "192.0.2.1",
        "podIP": "10.244.1.5",
        "podIPs": [{"ip": "10.244.1.5"}],
        "containerStatuses": [{"name": "web", "ready": True}],
        "qosClass": "Burstable",
    },
}
SERVICE = {
    "metadata": {"name": "web", "namespace": "shop", **MANAGED},
    "spec": {
        "clusterIP": "10.96.0.10",
        "clusterIPs": ["10.96.0.10"],
        "type": "LoadBalancer",
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
        "internalTrafficPolicy": "Cluster",
        "externalTrafficPolicy": "Cluster",
        "allocateLoadBalancerNodePorts": True,
        "sessionAffinity": "None",
        "selector": {"app": "web"},
        "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http", "nodePort": 30080}],
    },
    "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.9"}]}},
}
SLICE = {
    "metadata": {"name": "web-abc", "namespace": "shop", "labels": {"kubernetes.io/service-name": "web"}, **MANAGED},
    "addressType": "IPv4",
    "endpoints": [
        {
            "addresses": ["10.244.1.5"],
            "conditions": {"ready": True, "serving": True, "terminating": False},
            "nodeName": "n1",
            "targetRef": {"kind": "Pod", "name": "web-7d4b9c-x2x7f", "namespace": "shop", "uid": UID},
        }
    ],
    "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
}
POLICY = {
    "metadata": {"name": "web", "namespace": "shop", "generation": 3, **MANAGED},
    "spec": {
        "podSelector": {"matchLabels": {"app": "web"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"namespaceSelector": {}}], "ports": [{"port": 80, "protocol": "TCP"}]}],
    },
}
NODE = {
    "metadata": {
        "name": "n1",
        "labels": {"kubernetes.io/os": "linux"},
        "annotations": {"projectcalico.org/IPv4Address": "192.0.2.1/24", "node.alpha.kubernetes.io/ttl": "0"},
        **MANAGED,
    },
    "spec": {"podCIDR": "10.244.1.0/24", "podCIDRs": ["10.244.1.0/24"], "providerID": "x"},
    "status": {
        "capacity": {"cpu": "4"},
        "addresses": [{"type": "InternalIP", "address": "192.0.2.1"}, {"type": "Hostname", "address": "n1"}],
        "nodeInfo": {"kernelVersion": "6.1"},
        "images": [{"names": ["a"]}],
    },
}
CALICO = {
    "metadata": {
        "name": "deny",
        "generation": 1,
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
    },
    "spec": {"selector": "all()", "types": ["Ingress"], "order": 5},
}
OBJECTS: list[tuple[str, dict[str, Any], str, Key, type[Resource]]] = [
    ("namespaces", NAMESPACE, "v1", Key(Kind.NAMESPACE, "", "shop"), Profile),
    ("serviceaccounts", ACCOUNT, "v1", Key(Kind.SERVICE_ACCOUNT, "shop", "web"), Profile),
    ("pods", POD, "v1", Key(Kind.POD, "shop", "web-7d4b9c-x2x7f"), WorkloadEndpoint),
    ("services", SERVICE, "v1", Key(Kind.SERVICE, "shop", "web"), Service),
    ("endpointslices", SLICE, "discovery.k8s.io/v1", Key(Kind.ENDPOINT_SLICE, "shop", "web-abc"), EndpointSlice),
    ("networkpolicies", POLICY, "networking.k8s.io/v1", Key(Kind.KUBERNETES_NETWORK_POLICY, "shop", "web"), Policy),
    ("nodes", NODE, "v1", Key(Kind.NODE, "", "n1"), Node),
    ("globalnetworkpolicies", CALICO, "", Key(Kind.GLOBAL_NETWORK_POLICY, "", "deny"), Policy),
]


@pytest.fixture
def records(api: KubeApi, store: KubernetesDatastore) -> dict[Key, Record]:
    """What the syncer of an agent tells first of a cluster with these objects."""
    for plural, document, version, _, _ in OBJECTS:
        api.put(plural, document, version)
    syncer = Syncer(store, (*READ_KINDS, Kind.CLUSTER_INFORMATION), doubts_empty=True)
    found: dict[Key, Record] = {}
    for batch in syncer:
        for key, record in batch.updates:
            assert record is not None
            assert key not in found
            found[key] = record
        if batch.in_sync:
            syncer.close()
    return found


def test_each_object_is_told_once_and_nothing_is_made_of_it(records: dict[Key, Record]) -> None:
    assert set(records) == {key for _, _, _, key, _ in OBJECTS}


@pytest.mark.parametrize(("key", "type_"), [(key, type_) for _, _, _, key, type_ in OBJECTS], ids=str)
def test_each_is_understood(records: dict[Key, Record], key: Key, type_: type[Resource]) -> None:
    assert isinstance(decode_value(key, records[key].value), type_)


def test_no_secret_of_a_pod_is_read_on(records: dict[Key, Record]) -> None:
    assert not any(b"hunter2" in record.value for record in records.values())
