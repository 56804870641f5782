"""Pods, namespaces and Kubernetes' policies in the embedded datastore, shown as what the agent makes of them."""

from __future__ import annotations

import json

from tests.unit.cli.change.test_reach import CLUSTER
from tests.unit.cli.console import API, Console

POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {}}
"""
WAITING = "apiVersion: v1\nkind: Pod\nmetadata: {name: waiting, namespace: shop}\nspec: {containers: []}\n"


def test_pods_are_endpoints(calicoctl: Console) -> None:
    calicoctl.has(CLUSTER, WAITING)
    shown = ["shop", "web-1", "n1", "10.0.0.1/32", interface(calicoctl)]
    assert calicoctl("get", "wep", "-n", "shop").out.split()[5:] == shown
    assert calicoctl("get", "wep", "-n", "other").out.count("\n") == 2


def interface(calicoctl: Console) -> str:
    shown = json.loads(calicoctl("get", "wep", "n1-k8s-web--1-eth0", "-n", "shop", "-o", "json").out)
    assert shown["metadata"]["resourceVersion"].isdecimal()
    assert shown["metadata"]["labels"]["color"] == "red"
    found: str = shown["spec"]["interfaceName"]
    assert found.startswith("cali")
    return found


def test_policies_of_kubernetes_are_policies(calicoctl: Console) -> None:
    calicoctl.has(POLICY, f"{API}\nkind: NetworkPolicy\nmetadata: {{name: a, namespace: shop}}\n")
    assert calicoctl("get", "np", "-n", "shop").out.split()[3:] == [
        "shop",
        "a",
        "default",
        "shop",
        "knp.default.web",
        "default",
    ]
    assert calicoctl("get", "np", "knp.default.web", "-n", "shop").code == 0
    assert calicoctl("get", "np", "knp.default.other", "-n", "shop").code == 1


def test_namespaces_and_service_accounts_are_profiles(calicoctl: Console) -> None:
    calicoctl.has(CLUSTER)
    assert calicoctl("get", "profile").out.split() == [
        "NAME",
        "kns.shop",
        "ksa.shop.web",
        "projectcalico-default-allow",
    ]
    shown = json.loads(calicoctl("get", "profile", "kns.shop", "-o", "json").out)
    assert shown["spec"]["labelsToApply"]["pcns.env"] == "prod"


def test_what_is_stored_under_the_same_name_counts_alone(calicoctl: Console) -> None:
    calicoctl.has(
        CLUSTER, f"{API}\nkind: Profile\nmetadata: {{name: kns.shop}}\nspec: {{labelsToApply: {{mine: x}}}}\n"
    )
    shown = json.loads(calicoctl("get", "profile", "kns.shop", "-o", "json").out)
    assert shown["spec"]["labelsToApply"] == {"mine": "x"}
