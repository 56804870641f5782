"""What is read of a Kubernetes API, and the records that it becomes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tortie.api import Misread, decode_value
from tortie.api.names import endpoint_name
from tortie.datastore.kubernetes_sources import Source, joined_revision, source_key, sources_of, split_revision
from tortie.errors import Expired, NotFound, Unavailable
from tortie.model import Key, Kind

OLD = "crd.projectcalico.org/v1"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.TIER, [Source(Kind.TIER, Kind.TIER)]),
        (Kind.POD, [Source(Kind.POD, Kind.POD)]),
        (Kind.WORKLOAD_ENDPOINT, [Source(Kind.WORKLOAD_ENDPOINT, Kind.POD)]),
        (Kind.PROFILE, [Source(Kind.PROFILE, Kind.NAMESPACE, 0), Source(Kind.PROFILE, Kind.SERVICE_ACCOUNT, 1)]),
    ],
)
def test_sources(kind: Kind, expected: list[Source]) -> None:
    assert list(sources_of(kind)) == expected


@pytest.mark.parametrize(
    ("key", "of"),
    [
        (Key(Kind.PROFILE, "", "kns.shop"), Key(Kind.NAMESPACE, "", "shop")),
        (Key(Kind.PROFILE, "", "ksa.shop.web.v1"), Key(Kind.SERVICE_ACCOUNT, "shop", "web.v1")),
        (Key(Kind.WORKLOAD_ENDPOINT, "shop", "n--1-k8s-web--0-eth0"), Key(Kind.POD, "shop", "web-0")),
        (Key(Kind.NETWORK_POLICY, "shop", "knp.default.a"), Key(Kind.KUBERNETES_NETWORK_POLICY, "shop", "a")),
        (Key(Kind.NETWORK_POLICY, "shop", "a"), Key(Kind.NETWORK_POLICY, "shop", "a")),
        (Key(Kind.TIER, "", "kns.shop"), Key(Kind.TIER, "", "kns.shop")),
    ],
)
def test_what_a_resource_is_read_from(key: Key, of: Key) -> None:
    assert source_key(key)[1] == of


def test_names_of_endpoints_are_read_as_they_are_made() -> None:
    name, _ = endpoint_name("a-b--c", "k8s", {"pod": "p--q-r", "endpoint": "eth0"})
    assert source_key(Key(Kind.WORKLOAD_ENDPOINT, "x", name))[1].name == "p--q-r"


@pytest.mark.parametrize(
    "key",
    [
        Key(Kind.PROFILE, "", "kns."),
        Key(Kind.PROFILE, "", "ksa.shop"),
        Key(Kind.PROFILE, "", "ksa..x"),
        Key(Kind.PROFILE, "", "mine"),
        Key(Kind.WORKLOAD_ENDPOINT, "shop", "node"),
        Key(Kind.WORKLOAD_ENDPOINT, "shop", "a-k8s-b"),
    ],
)
def test_what_no_object_could_become_does_not_exist(key: Key) -> None:
    with pytest.raises(NotFound, match="does not exist"):
        source_key(key)


def record(source: Source, item: dict[str, Any]) -> tuple[Key, str, Any] | None:
    found = source.record(item, OLD)
    return None if found is None else (found.key, found.revision, json.loads(found.value))


def test_a_namespace_is_a_profile() -> None:
    source = Source(Kind.PROFILE, Kind.NAMESPACE, 0)
    made = record(source, {"metadata": {"name": "shop", "labels": {"team": "a"}, "resourceVersion": "7"}})
    assert made is not None
    key, revision, document = made
    assert (key, revision) == (Key(Kind.PROFILE, "", "kns.shop"), "7/")
    assert document["spec"]["labelsToApply"] == {
        "pcns.team": "a",
        "pcns.projectcalico.org/name": "shop",
        "pcns.kubernetes.io/metadata.name": "shop",
    }
    assert (len(document["spec"]["ingress"]), len(document["spec"]["egress"])) == (1, 1)


def test_a_service_account_is_a_profile() -> None:
    source = Source(Kind.PROFILE, Kind.SERVICE_ACCOUNT, 1)
    made = record(source, {"metadata": {"name": "web", "namespace": "shop", "resourceVersion": "8"}})
    assert made is not None
    assert made[:2] == (Key(Kind.PROFILE, "", "ksa.shop.web"), "/8")
    assert made[2]["spec"] == {"labelsToApply": {"pcsa.projectcalico.org/name": "web"}}


POD: dict[str, Any] = {
    "metadata": {"name": "web-0", "namespace": "shop", "uid": "u", "resourceVersion": "9"},
    "spec": {"nodeName": "n1", "serviceAccountName": "web"},
    "status": {"podIPs": [{"ip": "10.0.0.1"}]},
}


def test_a_pod_is_an_endpoint() -> None:
    made = record(Source(Kind.WORKLOAD_ENDPOINT, Kind.POD), POD)
    assert made is not None
    key, revision, document = made
    assert (key, revision) == (Key(Kind.WORKLOAD_ENDPOINT, "shop", "n1-k8s-web--0-eth0"), "9")
    assert document["spec"]["ipNetworks"] == ["10.0.0.1/32"]
    assert document["spec"]["profiles"] == ["kns.shop", "ksa.shop.web"]


@pytest.mark.parametrize(
    "change",
    [{"spec": {}}, {"spec": {"nodeName": "n1", "hostNetwork": True}}, {"status": {"podIPs": [{"ip": "nonsense"}]}}],
)
def test_a_pod_without_an_endpoint_becomes_none_but_is_still_read_as_a_pod(change: dict[str, Any]) -> None:
    assert record(Source(Kind.WORKLOAD_ENDPOINT, Kind.POD), {**POD, **change}) is None
    assert record(Source(Kind.POD, Kind.POD), {**POD, **change}) is not None


def test_a_policy_of_kubernetes_under_the_name_that_controllers_give_it() -> None:
    item = {"metadata": {"name": "a", "namespace": "shop", "resourceVersion": "3"}, "spec": {"podSelector": {}}}
    made = record(Source(Kind.NETWORK_POLICY, Kind.KUBERNETES_NETWORK_POLICY), item)
    assert made is not None
    assert made[0] == Key(Kind.NETWORK_POLICY, "shop", "knp.default.a")
    assert made[2]["spec"]["order"] == 1000


@pytest.mark.parametrize(("text", "parts"), [("1/2", ("1", "2")), ("/2", ("", "2")), ("1/", ("1", ""))])
def test_revisions_of_two_parts(text: str, parts: tuple[str, str]) -> None:
    assert split_revision(text) == parts
    assert joined_revision(list(parts)) == text


@pytest.mark.parametrize("text", ["", "1", "1/2/3"])
def test_what_is_no_revision_of_two_parts_expires(text: str) -> None:
    with pytest.raises(Expired, match="list again"):
        split_revision(text)


@pytest.mark.parametrize(
    "item", [{}, {"metadata": None}, {"metadata": {}}, {"metadata": []}, {"metadata": {"name": ""}}]
)
def test_what_is_no_object_is_an_outage(item: dict[str, Any]) -> None:
    with pytest.raises(Unavailable, match="has no name"):
        Source(Kind.TIER, Kind.TIER).record(item, OLD)


def test_half_of_a_surrogate_pair_breaks_nothing() -> None:
    told = '{"labels":{"a":"\\ud800"}}'
    item = {"metadata": {"name": "t", "annotations": {"projectcalico.org/metadata": told}, "resourceVersion": "1"}}
    found = Source(Kind.TIER, Kind.TIER).record(item, OLD)
    assert found is not None
    assert b'"\\ud800"' in found.value
    with pytest.raises(Misread, match="not JSON"):
        decode_value(found.key, found.value)
