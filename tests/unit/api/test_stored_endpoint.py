"""The short way to read stored endpoints never says anything that the long one would not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.api import decode, decode_value, document_of
from tortie.api.stored_endpoint import plain_endpoint
from tortie.errors import Invalid
from tortie.model import Key, Kind

NAME = "n--1-k8s-web--0-eth0"
KEY = Key(Kind.WORKLOAD_ENDPOINT, "shop", NAME)


def stored(**changes: Any) -> dict[str, Any]:
    """Return a plain endpoint's document with fields of metadata or spec changed; None takes one away."""
    metadata: dict[str, Any] = {
        "name": NAME,
        "namespace": "shop",
        "uid": "u",
        "creationTimestamp": "2026-01-02T03:04:05Z",
        "labels": {"app": "web", "pcns.x": "z"},
    }
    spec: dict[str, Any] = {
        "orchestrator": "k8s",
        "node": "n-1",
        "pod": "web-0",
        "endpoint": "eth0",
        "containerID": "c0",
        "serviceAccountName": "robot",
        "ipNetworks": ["10.0.0.1/32", "feed::1/128"],
        "profiles": ["kns.shop", "ksa.shop.robot"],
        "interfaceName": "cali0",
        "ports": [{"name": "http", "protocol": "TCP", "port": 80, "hostPort": 0, "hostIP": ""}],
    }
    for name, value in changes.items():
        part = metadata if name in {*metadata, "annotations", "resourceVersion"} else spec
        if value is None:
            del part[name]
        else:
            part[name] = value
    return {"kind": "WorkloadEndpoint", "apiVersion": "projectcalico.org/v3", "metadata": metadata, "spec": spec}


def bytes_of(data: dict[str, Any]) -> bytes:
    return json.dumps(data).encode()


def test_a_plain_endpoint_is_read_the_short_way() -> None:
    data = stored()
    found = plain_endpoint(KEY, bytes_of(data))
    assert found is not None
    assert found == decode(document_of(data)).value


VALUES: dict[str, list[Any]] = {
    "name": ["other", "n--1-k8s-web-0-eth0", 5],
    "namespace": ["", "other", "Shop"],
    "labels": [{}, {"a b": "c"}, {"a": "-"}, {"projectcalico.org/namespace": "x"}, {"a": 1}, {"pcsa.a": "b"}],
    "annotations": [{}, {"tortie/state": "down"}, {"a b": "c"}],
    "resourceVersion": ["7", 7],
    "orchestrator": ["cni", "libnetwork", "openstack", "", "K8s"],
    "node": ["n-1-", "N", ""],
    "pod": ["web-0-", "web_0", "", "-web"],
    "endpoint": ["", "eth1", "-eth0"],
    "containerID": ["a_b", "a-b", "é", ""],
    "serviceAccountName": ["", "R"],
    "workload": ["w", "W"],
    "ipNetworks": [
        [],
        ["10.0.0.1"],
        ["feed::1"],
        ["10.0.0.1/32", "10.0.0.1"],
        ["10.0.0.0/24"],
        ["::ffff:10.0.0.1/128"],
        ["10.0.0.1/128"],
        ["feed::1/32"],
        [""],
        ["10.0.0.1/32/32"],
        "10.0.0.1",
        [5],
    ],
    "profiles": [[], ["A"], ["a", "a"], None],
    "interfaceName": ["", "*", "a/b", None],
    "ports": [
        [],
        [{"name": "http", "protocol": 6, "port": 80}],
        [{"name": "HTTP", "protocol": "TCP", "port": 80}],
        [{"name": "http", "protocol": "TCP", "port": 0}],
        [{"name": "", "protocol": "UDP", "port": 1, "hostPort": 2}],
        [{"name": "", "protocol": "UDP", "port": 1}],
        [{"name": "a", "protocol": "UDP", "port": 1, "hostPort": 65536}],
        [{"name": "a", "protocol": "UDP", "port": 1, "hostIP": "10.0.0.1"}],
    ],
    "mac": ["02:00:00:00:00:01", "x"],
    "unknown": [1],
}


@given(st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in VALUES.items()}))
def test_both_ways_say_the_same(changes: dict[str, Any]) -> None:
    data = stored(**changes)
    found = plain_endpoint(KEY, bytes_of(data))
    if found is not None:
        assert decode(document_of(data), namespace=KEY.namespace).value == found


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, listed in VALUES.items() for value in listed])
def test_each_change_says_the_same_both_ways(name: str, value: object) -> None:
    data = stored(**{name: value})
    try:
        decoded = decode(document_of(data), namespace=KEY.namespace)
    except Invalid:
        decoded = None
    if decoded is None or decoded.key != KEY:
        assert plain_endpoint(KEY, bytes_of(data)) is None
        with pytest.raises(Invalid):
            decode_value(KEY, bytes_of(data))
    else:
        assert decode_value(KEY, bytes_of(data)) == decoded.value


@pytest.mark.parametrize("value", [b"", b"{}", b"[1]", b"\xff", b'{"kind": "Pod"}'])
def test_anything_else_is_left_to_the_long_way(value: bytes) -> None:
    assert plain_endpoint(KEY, value) is None
