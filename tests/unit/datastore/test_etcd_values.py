"""Values in etcd, byte for byte, and what they are read as."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tortie.datastore.etcd_values import former_key, is_former, shown, stored
from tortie.model import Key, Kind

WEB = Key(Kind.NETWORK_POLICY, "prod", "allow-web")
ANNOTATION = "projectcalico.org/metadata"


def dump(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def policy(name: str, annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "prod", **({"annotations": annotations} if annotations else {})}
    return {"kind": "NetworkPolicy", "apiVersion": "projectcalico.org/v3", "metadata": metadata, "spec": spec}


def name_of(value: bytes) -> str:
    return str(json.loads(value)["metadata"]["name"])


def test_a_policy_is_stored_as_the_reference_system_stores_it() -> None:
    document = {
        "apiVersion": "projectcalico.org/v3",
        "kind": "NetworkPolicy",
        "metadata": {
            "labels": {"b": "2", "a": "1"},
            "resourceVersion": "17",
            "selfLink": "/x",
            "name": "allow-web",
            "namespace": "prod",
            "creationTimestamp": "2026-01-02T03:04:05Z",
            "uid": "0a7dd8b5-7b7f-4bb1-8f7e-2d4f9f1a5c11",
        },
        "spec": {"selector": "a == '<&>'", "types": ["Ingress"]},
    }
    assert stored(WEB, dump(document)) == (
        b'{"kind":"NetworkPolicy","apiVersion":"projectcalico.org/v3","metadata":{"name":"allow-web",'
        b'"namespace":"prod","uid":"0a7dd8b5-7b7f-4bb1-8f7e-2d4f9f1a5c11",'
        b'"creationTimestamp":"2026-01-02T03:04:05Z","labels":{"a":"1","b":"2"},'
        b'"annotations":{"projectcalico.org/metadata":"{\\"name\\":\\"allow-web\\"}"}},'
        b'"spec":{"selector":"a == \'\\u003c\\u0026\\u003e\'","types":["Ingress"]}}'
    )


def test_only_policies_bear_the_annotation() -> None:
    document = {"apiVersion": "v1", "kind": "Tier", "metadata": {"name": "t"}, "spec": {"order": 1}, "status": {}}
    value = stored(Key(Kind.TIER, "", "t"), dump(document))
    assert value == (
        b'{"kind":"Tier","apiVersion":"projectcalico.org/v3","metadata":{"name":"t"},"spec":{"order":1},"status":{}}'
    )
    assert shown(Key(Kind.TIER, "", "t"), value) == value


@pytest.mark.parametrize("annotations", [None, {"a": "b"}])
def test_what_is_stored_is_shown_as_it_was_written(annotations: dict[str, str] | None) -> None:
    document = policy("allow-web", annotations, order=1.5, unknown={"kept": [None, "é\u2028"]})
    assert json.loads(shown(WEB, stored(WEB, dump(document)))) == document


def test_writing_again_what_was_read_changes_nothing() -> None:
    value = stored(WEB, dump(policy("allow-web", {"z": "1"}, order=1)))
    assert stored(WEB, shown(WEB, value)) == value


@pytest.mark.parametrize(
    ("document", "name"),
    [
        (policy("default.web", {ANNOTATION: '{"name":"web"}'}), "web"),
        (policy("web", {ANNOTATION: '{"name":"default.web"}'}), "default.web"),
        (policy("default.web"), "web"),
        (policy("default.web", tier="default"), "web"),
        (policy("default.web", tier=""), "web"),
        (policy("platform.web", tier="platform"), "platform.web"),
        (policy("default.web", tier="platform"), "default.web"),
        (policy("knp.default.web"), "knp.default.web"),
        (policy("default.default.web"), "default.web"),
        (policy("default.web", {ANNOTATION: "{}"}), "web"),
        (policy("default.web", {ANNOTATION: "nonsense"}), "web"),
        (policy("default.web", {ANNOTATION: '{"name":7}'}), "web"),
        (policy("default.web", {ANNOTATION: "[]"}), "web"),
    ],
)
def test_a_policy_of_either_generation_has_its_own_name(document: dict[str, Any], name: str) -> None:
    found = json.loads(shown(WEB, dump(document)))
    assert found["metadata"]["name"] == name
    assert "annotations" not in found["metadata"]


@pytest.mark.parametrize(
    "value",
    [b"", b"{", b"\xff\xfe", b"7", b"[]", b"{}", b'{"metadata":null}', b'{"metadata":[]}', b"[" * 100_000],
    ids=lambda value: value[:12].decode(errors="replace"),
)
def test_what_is_no_document_stays_as_it_is(value: bytes) -> None:
    assert stored(WEB, value) == value
    assert shown(WEB, value) == value
    assert not is_former(WEB, value)


@pytest.mark.parametrize(
    "metadata", [{}, {"annotations": None}, {"annotations": []}, {"annotations": "x"}, {"name": 7}, {"labels": []}]
)
def test_metadata_of_any_shape_is_borne(metadata: dict[str, Any]) -> None:
    document = {"metadata": metadata, "spec": []}
    assert json.loads(shown(WEB, dump(document))) == document


def test_older_versions_had_longer_keys() -> None:
    assert former_key(WEB) == Key(Kind.NETWORK_POLICY, "prod", "default.allow-web")
    assert former_key(Key(Kind.GLOBAL_NETWORK_POLICY, "", "g")) == Key(Kind.GLOBAL_NETWORK_POLICY, "", "default.g")
    assert former_key(Key(Kind.NETWORK_POLICY, "prod", "a.b")) is None
    assert former_key(Key(Kind.TIER, "", "t")) is None


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (policy("default.allow-web"), True),
        (policy("default.allow-web", {ANNOTATION: '{"name":"allow-web"}'}), True),
        (policy("default.allow-web", {ANNOTATION: '{"name":"default.allow-web"}'}), False),
        (policy("default.allow-web", tier="platform"), False),
    ],
)
def test_what_is_under_a_former_key_may_be_another_policy(document: dict[str, Any], *, expected: bool) -> None:
    assert is_former(WEB, dump(document)) is expected


def test_names_are_told_from_keys() -> None:
    assert name_of(shown(WEB, stored(WEB, dump(policy("other"))))) == "other"


@pytest.mark.parametrize("key", [Key(Kind.GLOBAL_NETWORK_POLICY, "", "a"), Key(Kind.TIER, "", "a")])
def test_half_of_a_surrogate_pair_breaks_nothing(key: Key) -> None:
    value = b'{"metadata":{"name":"a","annotations":{"x":"\\ud800"}},"spec":{}}'
    assert b'"\\ud800"' in stored(key, value)
    assert b'"\\ud800"' in shown(key, stored(key, value))
