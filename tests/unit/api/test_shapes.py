"""The order of fields in Calico's JSON, and which values it leaves out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tortie.api.shapes import METADATA, SPECS, shaped
from tortie.model import Kind

POLICY = SPECS[Kind.GLOBAL_NETWORK_POLICY]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, {}),
        ({"types": [], "selector": "", "doNotTrack": False, "order": None}, {}),
        ({"order": 0}, {"order": 0}),
        ({"selector": "a", "tier": "b"}, {"tier": "b", "selector": "a"}),
        ({"SELECTOR": "a"}, {"selector": "a"}),
        ({"other": 1, "tier": "b"}, {"tier": "b", "other": 1}),
        ({"ingress": [{"action": "Log"}]}, {"ingress": [{"action": "Log", "source": {}, "destination": {}}]}),
        (
            {"egress": [{"icmp": {"code": 0, "type": 0}, "http": {}, "source": {"services": {}}}]},
            {"egress": [{"icmp": {"type": 0, "code": 0}, "source": {"services": {}}, "destination": {}, "http": {}}]},
        ),
        (
            {"egress": [{"destination": {"ports": ["80", "1:2", "3:3", "x", 0], "notPorts": 5}, "protocol": "17"}]},
            {
                "egress": [
                    {"protocol": 17, "source": {}, "destination": {"ports": [80, "1:2", 3, "x", 0], "notPorts": 5}}
                ]
            },
        ),
        ({"ingress": 5, "egress": [5]}, {"ingress": 5, "egress": [5]}),
    ],
)
def test_a_policy_is_put_in_order(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert json.dumps(shaped(given, POLICY)) == json.dumps(wanted)


def test_metadata_begins_with_the_name() -> None:
    given = {"annotations": {"b": "", "a": ""}, "labels": {}, "uid": "u", "namespace": "n", "name": "m"}
    assert json.dumps(shaped(given, METADATA)) == json.dumps(
        {"name": "m", "namespace": "n", "uid": "u", "annotations": {"b": "", "a": ""}}
    )


def test_null_as_a_label_is_an_empty_text() -> None:
    assert shaped({"labels": {"a": None, "b": "c"}, "annotations": 5}, METADATA) == {
        "labels": {"a": "", "b": "c"},
        "annotations": 5,
    }
    assert shaped({"labelsToApply": {"a": None}}, SPECS[Kind.PROFILE]) == {"labelsToApply": {"a": ""}}


def test_nothing_given_is_changed() -> None:
    given = {"ingress": [{"action": "Log", "source": {"ports": ["80"]}}]}
    before = json.dumps(given)
    shaped(given, POLICY)
    assert json.dumps(given) == before
