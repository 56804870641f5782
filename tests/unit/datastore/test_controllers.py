"""What becomes of Kubernetes' objects where they have no place: what is read from it is what they said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tortie.api import decode, document_of
from tortie.datastore.controllers import made_key, made_of
from tortie.errors import Invalid
from tortie.model import Key, Kind

NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"a": "b"}}}
ACCOUNT = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web", "namespace": "shop"}}
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p", "namespace": "shop", "labels": {"a": "b"}},
    "spec": {"nodeName": "n-1", "serviceAccountName": "web"},
    "status": {"podIPs": [{"ip": "10.0.0.1"}]},
}
POLICY = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "db", "namespace": "shop"},
    "spec": {"podSelector": {"matchLabels": {"app": "db"}}, "ingress": [{"ports": [{"port": 5432}]}]},
}


@pytest.mark.parametrize(
    ("document", "key"),
    [
        (NAMESPACE, Key(Kind.PROFILE, "", "kns.shop")),
        (ACCOUNT, Key(Kind.PROFILE, "", "ksa.shop.web")),
        (POD, Key(Kind.WORKLOAD_ENDPOINT, "shop", "n--1-k8s-p-eth0")),
        (POLICY, Key(Kind.NETWORK_POLICY, "shop", "knp.default.db")),
    ],
)
def test_what_is_made_says_the_same(document: dict[str, Any], key: Key) -> None:
    original = decode(document_of(document))
    assert original.value is not None
    made, text = made_of(original.key, document)
    assert made == key
    found = decode(document_of(text))
    assert found.key == key
    assert found.value == replace(original.value, key=key)


def test_keys_that_the_name_alone_tells() -> None:
    assert made_key(Key(Kind.NAMESPACE, "", "a")) == Key(Kind.PROFILE, "", "kns.a")
    assert made_key(Key(Kind.SERVICE_ACCOUNT, "a", "b")) == Key(Kind.PROFILE, "", "ksa.a.b")
    assert made_key(Key(Kind.KUBERNETES_NETWORK_POLICY, "a", "b")) == Key(Kind.NETWORK_POLICY, "a", "knp.default.b")
    for same in (Key(Kind.POD, "a", "b"), Key(Kind.TIER, "", "t")):
        assert made_key(same) == same


@pytest.mark.parametrize(
    ("key", "document"),
    [
        (Key(Kind.POD, "shop", "p"), {**POD, "spec": {}}),
        (Key(Kind.SERVICE, "shop", "s"), {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}),
    ],
)
def test_of_some_nothing_is_made(key: Key, document: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=f"the datastore keeps no {key.kind}, and nothing is made of {key}"):
        made_of(key, document)
