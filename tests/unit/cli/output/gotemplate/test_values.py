"""Documents by the names of Go's structs, and values as Go prints them."""

from __future__ import annotations

import pytest

from tests.unit.cli.output.gotemplate.documents import POLICY
from tortie.cli.output.gotemplate.values import MISSING, field_of, is_true, printed, resource_value
from tortie.errors import Invalid

LIST = {"kind": "NetworkPolicyList", "apiVersion": "v", "metadata": {"resourceVersion": "7"}, "items": [POLICY]}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Kind", "NetworkPolicy"),
        ("TypeMeta.APIVersion", "projectcalico.org/v3"),
        ("ObjectMeta.Name", "db"),
        ("metadata.name", "db"),
        ("Namespace", "shop"),
        ("Labels", "map[app:db team:a]"),
        ("ObjectMeta.Labels.team", "a"),
        ("ObjectMeta.Labels.colour", "<no value>"),
        ("ObjectMeta.Annotations", ""),
        ("Spec.Order", "1e+06"),
        ("Spec.Types", "[Ingress]"),
        ("Spec.Egress", "[]"),
        ("Spec.PerformanceHints", "[]"),
        ("Spec.ServiceAccountSelector", ""),
    ],
)
def test_fields(path: str, text: str) -> None:
    value = resource_value(POLICY)
    found: object = value
    for name in path.split("."):
        found = field_of(found, name)
    assert printed(found) == text


def test_a_list() -> None:
    value = resource_value(LIST)
    assert printed(field_of(field_of(value, "ListMeta"), "ResourceVersion")) == "7"
    assert [item.field("Name") for item in value.field("Items")] == ["db"]
    assert resource_value({**LIST, "items": []}).field("Items") == []


def test_kinds_whose_fields_are_not_known_have_those_that_are_there() -> None:
    value = resource_value({"kind": "IPPool", "metadata": {"name": "p"}, "spec": {"ipipMode": "Always"}})
    assert field_of(field_of(value, "Spec"), "IPIPMode") == "Always"
    assert field_of(field_of(value, "Spec"), "Cidr") is MISSING


@pytest.mark.parametrize(
    ("value", "text", "truth"),
    [
        (None, "<nil>", False),
        (MISSING, "<no value>", False),
        (True, "true", True),
        (0, "0", False),
        (1e21, "1e+21", True),
        ("", "", False),
        (["a", 1], "[a 1]", True),
        ({"b": 1, "a": None}, "map[a:<nil> b:1]", True),
        ({}, "map[]", False),
    ],
)
def test_printed_and_true(value: object, text: str, truth: bool) -> None:
    assert printed(value) == text
    assert is_true(value) is truth


def test_an_object_prints_as_json_and_is_true() -> None:
    destination = field_of(field_of(resource_value(POLICY), "Spec").field("Ingress")[0], "Destination")
    assert printed(destination) == "{}"
    assert is_true(destination)


@pytest.mark.parametrize(
    ("value", "what"), [(None, "nil pointer evaluating .X"), ("a", "can't evaluate field X in type string")]
)
def test_no_field(value: object, what: str) -> None:
    with pytest.raises(Invalid, match=what):
        field_of(value, "X")
