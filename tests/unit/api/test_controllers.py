"""The controllers' configuration: what it says of automatic host endpoints, and nothing else."""

from __future__ import annotations

import json

import pytest

from tests.unit.api.cases import a, calico, the_fault
from tortie.api import Misread, decode, decode_value, document_of, encode
from tortie.model import HostEndpointTemplate, Key, Kind, KubeControllersConfiguration, parse_prefix

KEY = Key(Kind.KUBE_CONTROLLERS_CONFIGURATION, "", "default")


def text(asked: str, name: str = "default") -> str:
    return calico(
        "KubeControllersConfiguration",
        name,
        f"controllers: {{policy: {{}}, node: {{leakGracePeriod: 1m, hostEndpoint: {{{asked}}}}}}}",
    )


@pytest.mark.parametrize(
    ("asked", "auto_create", "default"),
    [
        ("", False, True),
        ("autoCreate: Disabled", False, True),
        ("autoCreate: ''", False, True),
        ("autoCreate: Enabled", True, True),
        ("autoCreate: Enabled, createDefaultHostEndpoint: Disabled", True, False),
        ("autoCreate: Enabled, createDefaultHostEndpoint: Enabled", True, True),
    ],
)
def test_what_is_switched_on(asked: str, *, auto_create: bool, default: bool) -> None:
    found = a(KubeControllersConfiguration, text(asked))
    assert (found.auto_create, found.default, found.templates) == (auto_create, default, ())


@pytest.mark.parametrize("spec", ["", "controllers: {}", "controllers: {node: {}}", "logSeverityScreen: Debug"])
def test_nothing_is_on_where_nothing_is_said(spec: str) -> None:
    found = a(KubeControllersConfiguration, calico("KubeControllersConfiguration", "default", spec))
    assert found == KubeControllersConfiguration(KEY)


def test_templates_are_read_and_written_back() -> None:
    template = (
        "generateName: db, interfaceCIDRs: [10.0.0.0/8, 'fd00::/8'], interfacePattern: 'eth0|eth1',"
        " nodeSelector: has(rack), labels: {a: b}"
    )
    found = a(KubeControllersConfiguration, text(f"autoCreate: Enabled, templates: [{{{template}}}]"))
    nets = (parse_prefix("10.0.0.0/8"), parse_prefix("fd00::/8"))
    assert found.templates == (HostEndpointTemplate("db", nets, "eth0|eth1", "has(rack)", {"a": "b"}),)
    assert decode(document_of(encode(found))).value == found


@pytest.mark.parametrize(
    ("asked", "path", "what"),
    [
        ("autoCreate: Perhaps", "autoCreate", "`Perhaps` is not known"),
        ("autocreate: 5", "autoCreate", "cannot unmarshal"),
        ("createDefaultHostEndpoint: Perhaps", "createDefaultHostEndpoint", "is not known"),
        ("new: 1", "new", "not recognized"),
        ("templates: [{interfacePattern: e}]", "templates[0].generateName", "needs a `generateName`"),
        ("templates: [{generateName: A b, interfacePattern: e}]", "templates[0].generateName", "cannot be part"),
        ("templates: [{generateName: a}]", "templates[0]", "needs `interfaceCIDRs` or an `interfacePattern`"),
        ("templates: [{generateName: a, interfaceCIDRs: [x]}]", "templates[0].interfaceCIDRs[0]", "neither an address"),
        ("templates: [{generateName: a, interfacePattern: '('}]", "templates[0].interfacePattern", "not a regular"),
        (
            "templates: [{generateName: a, interfacePattern: e, nodeSelector: a =}]",
            "templates[0].nodeSelector",
            "expected",
        ),
        (
            "templates: [{generateName: a, interfacePattern: e, labels: {'a b': c}}]",
            "templates[0].labels.a b",
            "label key",
        ),
    ],
)
def test_what_breaks_a_rule_says_where(asked: str, path: str, what: str) -> None:
    found = the_fault(text(asked))
    assert found.path.endswith(f"spec.controllers.node.hostEndpoint.{path}")
    assert what in found.what


def test_there_is_one_of_its_name() -> None:
    assert "its name is `default`" in the_fault(text("", "other")).what


@pytest.mark.parametrize(
    ("spec", "is_on", "templates"),
    [
        ({"autoCreate": "Perhaps"}, True, 0),
        ({"autoCreate": 5}, True, 0),
        ({"autoCreate": "Enabled", "templates": [{"generateName": "a", "interfacePattern": "("}]}, True, 0),
        ({"autoCreate": "Enabled", "templates": [5, {"generateName": "a", "interfacePattern": "e"}]}, True, 1),
    ],
)
def test_what_is_stored_and_not_understood_opens_no_host(spec: object, templates: int, *, is_on: bool) -> None:
    data = {
        "apiVersion": "projectcalico.org/v3",
        "kind": "KubeControllersConfiguration",
        "metadata": {"name": "default"},
        "spec": {"controllers": {"node": {"hostEndpoint": spec}}},
    }
    with pytest.raises(Misread) as error:
        decode_value(KEY, json.dumps(data).encode())
    assert error.value.is_lost
    found = error.value.instead
    assert isinstance(found, KubeControllersConfiguration)
    assert (found.auto_create, len(found.templates)) == (is_on, templates)
