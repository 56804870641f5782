"""What a datastore holds: the same as from text, and Invalid for what cannot be understood."""

from __future__ import annotations

import json

import pytest

from tests.unit.api.cases import endpoint, global_policy, kubernetes, policy, resource
from tortie.api import Misread, decode, decode_value, document_of, encode
from tortie.errors import Invalid
from tortie.model import Direction, Key, Kind, Policy, StagedAction

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


@pytest.mark.parametrize("kind", ["NetworkPolicy", "GlobalNetworkPolicy", "StagedGlobalNetworkPolicy"])
@pytest.mark.parametrize("types", [{}, {"types": []}, {"types": None}])
@pytest.mark.parametrize("rules", ["ingress", "egress"])
def test_a_stored_policy_without_types_governs_both_directions(kind: str, types: dict[str, object], rules: str) -> None:
    """Whoever writes through calicoctl has them filled in; what came by other means closes. enforcement.md 1.2."""
    key = Key(Kind(kind), "shop" if kind == "NetworkPolicy" else "", "p")
    metadata = {"name": "p", **({"namespace": "shop"} if key.namespace else {})}
    spec: dict[str, object] = {rules: [{"action": "Allow"}], **types}
    data = {"apiVersion": "projectcalico.org/v3", "kind": kind, "metadata": metadata, "spec": spec}
    found = decode_value(key, json.dumps(data).encode())
    assert isinstance(found, Policy)
    assert found.types == tuple(Direction)
    spec["selector"] = "=="
    with pytest.raises(Misread) as error:
        decode_value(key, json.dumps(data).encode())
    instead = error.value.instead
    assert instead is None if kind.startswith("Staged") else isinstance(instead, Policy)
    assert not isinstance(instead, Policy) or instead.types == tuple(Direction)


def test_a_stored_policy_that_is_staged_to_delete_has_no_types() -> None:
    data = {
        "apiVersion": "projectcalico.org/v3",
        "kind": "StagedGlobalNetworkPolicy",
        "metadata": {"name": "p"},
        "spec": {"stagedAction": "Delete"},
    }
    found = decode_value(Key(Kind.STAGED_GLOBAL_NETWORK_POLICY, "", "p"), json.dumps(data).encode())
    assert isinstance(found, Policy)
    assert found.staged is StagedAction.DELETE
