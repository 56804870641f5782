"""Documents as custom resources, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.datastore.kubernetes_values import custom_resource, document_of_resource, former_name, is_same
from tortie.errors import Invalid
from tortie.model import Key, Kind

OLD, NEW = "crd.projectcalico.org/v1", "projectcalico.org/v3"
POLICY = Key(Kind.NETWORK_POLICY, "prod", "web")
SET = Key(Kind.GLOBAL_NETWORK_SET, "", "nets")
UID, TURNED = "30316465-6365-4463-ad63-3564622d3638", "0c8c26a6-c6a6-44c6-adc6-ac2646b46c1c"
META = "projectcalico.org/metadata"


def document(metadata: dict[str, Any], kind: str = "NetworkPolicy", **rest: Any) -> bytes:
    return json.dumps(
        {"kind": kind, "apiVersion": "projectcalico.org/v3", "metadata": metadata, "spec": {}, **rest}
    ).encode()


def told(resource: dict[str, Any]) -> Any:
    return json.loads(resource["metadata"]["annotations"][META])


def test_most_metadata_lies_in_an_annotation() -> None:
    labels = {"team": "a", "projectcalico.org/tier": "default"}
    given = {
        "name": "web",
        "namespace": "prod",
        "uid": UID,
        "resourceVersion": "7",
        "creationTimestamp": "2026-01-02T03:04:05Z",
        "labels": labels,
        "annotations": {"note": "x", "operator.tigera.io/y": "z"},
    }
    made = custom_resource(POLICY, document(given, spec={"order": 1}), OLD)
    assert (made["kind"], made["apiVersion"], made["spec"]) == ("NetworkPolicy", OLD, {"order": 1})
    assert made["metadata"]["labels"] == {"projectcalico.org/tier": "default"}
    assert set(made["metadata"]) == {"name", "namespace", "labels", "annotations"}
    assert set(made["metadata"]["annotations"]) == {META, "operator.tigera.io/y"}
    assert told(made) == {
        "name": "web",
        "creationTimestamp": "2026-01-02T03:04:05Z",
        "labels": labels,
        "annotations": given["annotations"],
    }


@pytest.mark.parametrize(("key", "is_told"), [(POLICY, True), (SET, False), (Key(Kind.TIER, "", "t"), False)])
def test_only_policies_tell_their_names_there(key: Key, *, is_told: bool) -> None:
    made = custom_resource(key, document({"name": key.name}, str(key.kind)), OLD)
    assert ("name" in told(made)) is is_told


def test_a_replaced_resource_keeps_what_is_not_ours() -> None:
    current = {
        "metadata": {
            "name": "nets",
            "uid": UID,
            "resourceVersion": "12",
            "finalizers": ["someone/else"],
            "ownerReferences": [{"name": "o"}],
            "managedFields": [{}],
        }
    }
    for group in (OLD, NEW):
        made = custom_resource(SET, document({"name": "nets"}, "GlobalNetworkSet"), group, current)["metadata"]
        assert (made["resourceVersion"], made["finalizers"], made["ownerReferences"]) == (
            "12",
            ["someone/else"],
            [{"name": "o"}],
        )
        assert "managedFields" not in made


def test_the_newer_group_stores_documents_as_they_are() -> None:
    made = custom_resource(
        POLICY, document({"name": "web", "namespace": "prod", "labels": {"a": "b"}, "uid": UID}), NEW
    )
    assert made["metadata"] == {"name": "web", "namespace": "prod", "labels": {"a": "b"}}
    assert made["apiVersion"] == NEW
    made["metadata"] |= {"uid": UID, "resourceVersion": "5", "managedFields": []}
    assert document_of_resource(POLICY, made, NEW)["metadata"] == {
        "name": "web",
        "namespace": "prod",
        "labels": {"a": "b"},
        "uid": UID,
    }


def test_a_resource_of_kubectl_is_used_as_it_is() -> None:
    resource = {
        "metadata": {
            "name": "default.web",
            "namespace": "prod",
            "uid": UID,
            "labels": {"a": "b"},
            "resourceVersion": "3",
        },
        "spec": {"order": 5},
        "status": {"x": 1},
    }
    assert document_of_resource(POLICY, resource, OLD) == {
        "kind": "NetworkPolicy",
        "apiVersion": NEW,
        "metadata": {"name": "default.web", "namespace": "prod", "uid": TURNED, "labels": {"a": "b"}},
        "spec": {"order": 5},
        "status": {"x": 1},
    }


@pytest.mark.parametrize(
    ("stored", "annotation", "spec", "name"),
    [
        ("default.web", {"name": "web"}, {}, "web"),
        ("default.web", {}, {}, "web"),
        ("default.web", {}, {"tier": "default"}, "web"),
        ("ops.web", {}, {"tier": "ops"}, "ops.web"),
        ("default.web", {}, {"tier": "ops"}, "default.web"),
        ("web", {"name": "web"}, {}, "web"),
    ],
)
def test_names_of_both_generations(stored: str, annotation: dict[str, str], spec: dict[str, str], name: str) -> None:
    metadata = {"name": stored, "namespace": "prod", "annotations": {META: json.dumps(annotation)}}
    found = document_of_resource(POLICY, {"metadata": metadata, "spec": spec}, OLD)
    assert found["metadata"]["name"] == name


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (POLICY, "default.web"),
        (Key(Kind.NETWORK_POLICY, "prod", "ops.web"), ""),
        (SET, ""),
        (Key(Kind.TIER, "", "a"), ""),
    ],
)
def test_former_names(key: Key, name: str) -> None:
    assert former_name(key) == name


def test_labels_of_both_places_are_merged_and_the_annotation_wins() -> None:
    annotation = json.dumps({"labels": {"a": "1"}, "creationTimestamp": "2020-01-01T00:00:00Z"})
    metadata = {
        "name": "nets",
        "uid": UID,
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"a": "2", "projectcalico.org/b": "3"},
        "annotations": {META: annotation, "operator.tigera.io/c": "4"},
    }
    found = document_of_resource(SET, {"metadata": metadata}, OLD)["metadata"]
    assert found == {
        "name": "nets",
        "uid": TURNED,
        "creationTimestamp": "2020-01-01T00:00:00Z",
        "labels": {"a": "1", "projectcalico.org/b": "3"},
        "annotations": {"operator.tigera.io/c": "4"},
    }


def test_owners_of_calico_s_group_change_with_it() -> None:
    owners = [{"apiVersion": NEW, "uid": TURNED, "name": "t"}, {"apiVersion": "apps/v1", "uid": UID, "name": "d"}]
    made = custom_resource(SET, document({"name": "nets", "ownerReferences": owners}, "GlobalNetworkSet"), OLD)
    assert told(made)["ownerReferences"] == [{"apiVersion": OLD, "uid": UID, "name": "t"}, owners[1]]
    assert "ownerReferences" not in made["metadata"]
    made["metadata"]["uid"] = UID
    assert document_of_resource(SET, made, OLD)["metadata"]["ownerReferences"] == owners


@pytest.mark.parametrize("annotation", ["", "{", "[]", "7", '{"labels": 3, "ownerReferences": 4, "annotations": []}'])
def test_an_annotation_that_is_none_breaks_nothing(annotation: str) -> None:
    metadata = {"name": "web", "namespace": "prod", "labels": {"a": "b"}, "annotations": {META: annotation}}
    found = document_of_resource(POLICY, {"metadata": metadata, "spec": []}, OLD)
    assert (found["metadata"]["name"], found["metadata"]["labels"]) == ("web", {"a": "b"})


@pytest.mark.parametrize("value", [b"", b"[]", b"{}", b'{"metadata": 1}', b"\xff"])
def test_what_is_no_document_is_not_stored(value: bytes) -> None:
    with pytest.raises(Invalid, match="is no document"):
        custom_resource(SET, value, OLD)


texts = st.text(st.characters(codec="utf-8"), max_size=8)
labels = st.dictionaries(st.sampled_from(["a", "projectcalico.org/b", "operator.tigera.io/c", "é"]), texts)


@given(
    st.sampled_from([POLICY, SET, Key(Kind.STAGED_GLOBAL_NETWORK_POLICY, "", "x"), Key(Kind.TIER, "", "t")]),
    labels,
    labels,
    st.dictionaries(texts, st.recursive(st.integers() | texts, st.lists, max_leaves=4)),
    st.sampled_from([OLD, NEW]),
)
def test_a_document_comes_back_as_it_was(
    key: Key, its_labels: dict[str, str], annotations: dict[str, str], spec: dict[str, Any], group: str
) -> None:
    metadata = {
        "name": key.name,
        **({"namespace": key.namespace} if key.namespace else {}),
        **({"labels": its_labels} if its_labels else {}),
        **({"annotations": annotations} if annotations else {}),
    }
    given = {"kind": str(key.kind), "apiVersion": NEW, "metadata": metadata, "spec": spec}
    assert document_of_resource(key, custom_resource(key, json.dumps(given).encode(), group), group) == given


def test_what_says_the_same() -> None:
    one = custom_resource(SET, document({"name": "nets"}, "GlobalNetworkSet", spec={"nets": ["10.0.0.0/8"]}), OLD)
    assert is_same(one, {**one, "metadata": {**one["metadata"], "uid": UID, "resourceVersion": "3"}})
    assert not is_same(one, {**one, "spec": {"nets": []}})
