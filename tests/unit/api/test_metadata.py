"""Metadata of every kind, one row for each rule of the API specification (3.1)."""

from __future__ import annotations

import pytest

from tests.unit.api.cases import faults, resource, the_fault

KINDS = ("GlobalNetworkPolicy", "GlobalNetworkSet", "Profile")
LONG = "a" * 254
BIG = "x" * 262144


def document(metadata: str, kind: str = "GlobalNetworkSet") -> str:
    return f"apiVersion: projectcalico.org/v3\nkind: {kind}\nmetadata: {{{metadata}}}\nspec: {{}}\n"


@pytest.mark.parametrize(
    ("metadata", "path", "what"),
    [
        pytest.param("", "metadata.name", "name is needed", id="1"),
        pytest.param("generateName: x-", "metadata.name", "generateName is not supported", id="1-generateName"),
        pytest.param(f"name: {LONG}", "metadata.name", "1 bytes too long", id="2"),
        pytest.param("name: Abc", "metadata.name", "is not a name", id="3-case"),
        pytest.param("name: a..b", "metadata.name", "is not a name", id="3-empty-label"),
        pytest.param("name: a_b", "metadata.name", "is not a name", id="3-underscore"),
        pytest.param("name: -a", "metadata.name", "is not a name", id="3-dash"),
        pytest.param("name: 5", "metadata.name", "cannot unmarshal number 5", id="3-number"),
        pytest.param("name: a, labels: {'b c': d}", "metadata.labels.b c", "not a label key", id="4"),
        pytest.param("name: a, labels: {B/c: d}", "metadata.labels.B/c", "not a label key", id="4-prefix"),
        pytest.param(f"name: a, labels: {{{LONG}: d}}", f"metadata.labels.{LONG}", "not a label key", id="4-long"),
        pytest.param("name: a, labels: {b: 'c d'}", "metadata.labels.b", "not a label value", id="5"),
        pytest.param("name: a, labels: {b: -c}", "metadata.labels.b", "not a label value", id="5-first"),
        pytest.param("name: a, labels: {b: 1.10}", "metadata.labels.b", "cannot unmarshal number", id="5-number"),
        pytest.param("name: a, annotations: {'b c': d}", "metadata.annotations.b c", "not an annotation key", id="6"),
        pytest.param(f"name: a, annotations: {{b: {BIG}}}", "metadata.annotations", "1 bytes too large", id="7"),
        pytest.param("name: a, namespace: b", "metadata.namespace", "is not namespaced", id="8-global"),
        pytest.param("name: a, label: {}", "metadata.label", "wrong location: label", id="unknown"),
        pytest.param("name: a, labels: [b]", "metadata.labels", "cannot unmarshal array", id="labels-list"),
    ],
)
def test_metadata_that_breaks_a_rule_says_which(metadata: str, path: str, what: str) -> None:
    found = the_fault(document(metadata))
    assert found.path.endswith(f" {path}")
    assert what in found.what


@pytest.mark.parametrize("kind", ["NetworkPolicy", "NetworkSet"])
def test_a_namespaced_resource_needs_a_namespace(kind: str) -> None:
    (found,) = faults(document("name: a", kind))
    assert found.what == "a namespace is needed"
    assert faults(document("name: a", kind), namespace="shop") == []
    for wrong in ("B", "a.b", "a" * 64):
        (found,) = faults(document(f"name: a, namespace: {wrong}", kind))
        assert "is not a namespace" in found.what


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param("name: a", id="1"),
        pytest.param("name: 9.a-b", id="3"),
        pytest.param("name: a, labels: {B_c.d: E_f.G, example.org/x: ''}", id="4-5"),
        pytest.param("name: a, annotations: {Example.org/X: 'any text: at all'}", id="6-lower-cased"),
        pytest.param(f"name: a, annotations: {{b: {BIG[1:]}}}", id="7"),
        pytest.param("name: a, generation: 3, finalizers: [x], ownerReferences: [], selfLink: /x", id="kubernetes"),
    ],
)
def test_metadata_within_the_rules_is_read(kind: str, metadata: str) -> None:
    assert faults(document(metadata, kind)) == []


def test_what_the_datastore_adds_is_kept() -> None:
    found = resource(document("name: a, uid: u, resourceVersion: '7', creationTimestamp: 2026-01-02T03:04:05Z"))
    metadata = found.metadata
    assert (metadata.uid, metadata.revision, metadata.created) == ("u", "7", "2026-01-02T03:04:05Z")


def test_a_missing_name_is_shown_where_the_metadata_is() -> None:
    found = the_fault(document("labels: {}"))
    assert (found.line, found.column) == (3, 11)
