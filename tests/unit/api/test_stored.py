"""What a datastore holds: the same as from text, and Invalid for what cannot be understood."""

from __future__ import annotations

import json

import pytest

from tests.unit.api.cases import endpoint, global_policy, kubernetes, policy, resource
from tortie.api import decode, decode_value, document_of, encode
from tortie.errors import Invalid
from tortie.model import Key, Kind, Policy

P = Key(Kind.NETWORK_POLICY, "shop", "p")


@pytest.mark.parametrize("text", [policy("ingress: [{action: Allow}]"), global_policy("order: 1"), endpoint()])
def test_a_stored_resource_is_what_was_written(text: str) -> None:
    found = resource(text)
    assert decode_value(found.key, json.dumps(encode(found)).encode()) == found


def test_kubernetes_documents_are_stored_as_they_are() -> None:
    data = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "b"}, "spec": {"nodeName": "c"}}
    key = Key(Kind.POD, "b", "a")
    assert decode_value(key, json.dumps(data).encode()) == decode(document_of(data)).value
    data["spec"] = {}
    assert decode_value(key, json.dumps(data).encode()) is None


def test_a_stored_namespace_is_its_profile() -> None:
    found = resource(kubernetes("Namespace", "name: a"))
    data = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}
    assert decode_value(Key(Kind.NAMESPACE, "", "a"), json.dumps(data).encode()) == found


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not an object"),
        (b"{}", "`kind` is missing"),
        (b'{"kind": "NetworkPolicy", "apiVersion": "projectcalico.org/v3"}', "a name is needed"),
        (
            b'{"kind": "NetworkPolicy", "apiVersion": "projectcalico.org/v3", "metadata": {"name": "q"}}',
            "what is stored under NetworkPolicy/shop/p is NetworkPolicy/shop/q",
        ),
        (
            (
                b'{"kind": "NetworkPolicy", "apiVersion": "projectcalico.org/v3", "metadata": {"name": "p"},'
                b' "spec": {"ingress": [{"action": "Allow", "onlyOnMondays": true}]}}'
            ),
            "not recognized",
        ),
    ],
)
def test_what_cannot_be_understood_is_invalid(value: bytes, what: str) -> None:
    with pytest.raises(Invalid, match=what):
        decode_value(P, value)


def test_a_policy_of_an_older_version_goes_by_its_key() -> None:
    value = json.dumps(
        {"apiVersion": "projectcalico.org/v3", "kind": "NetworkPolicy", "metadata": {"name": "p", "namespace": "shop"}}
    ).encode()
    older = Key(Kind.NETWORK_POLICY, "shop", "default.p")
    found = decode_value(older, value)
    assert isinstance(found, Policy)
    assert found.key == older
    with pytest.raises(Invalid, match=r"what is stored under NetworkPolicy/shop/platform\.p is NetworkPolicy/shop/p"):
        decode_value(Key(Kind.NETWORK_POLICY, "shop", "platform.p"), value)


def test_other_kinds_have_no_older_names() -> None:
    value = b'{"apiVersion": "projectcalico.org/v3", "kind": "Tier", "metadata": {"name": "p"}}'
    with pytest.raises(Invalid, match=r"what is stored under Tier/default\.p is Tier/p"):
        decode_value(Key(Kind.TIER, "", "default.p"), value)
