"""The documented shape for programs, `docs/reference/tortie-explain.md`."""

from __future__ import annotations

import json

import pytest

from tests.unit.explain.world import WORLD
from tortie.api import stored_settings
from tortie.explain import Asked, Directory, answer, ask, to_document

DIRECTORY = Directory(WORLD)


def document(source: str, destination: str, asked: Asked | None = None) -> dict[str, object]:
    question = ask(DIRECTORY, source, destination, asked or Asked(port=6379, source_port=1))
    return to_document(answer(WORLD, question, stored_settings()), DIRECTORY)


def test_an_allowed_flow() -> None:
    found = document("production/blue", "red")
    assert {name: found[name] for name in ("verdict", "decidedBy", "nearest", "notes")} == {
        "verdict": "allow",
        "decidedBy": "np/production/allow-tcp-6379/ingress/0",
        "nearest": [],
        "notes": [],
    }


def test_a_section_with_its_steps() -> None:
    sections = document("green", "red")["sections"]
    assert isinstance(sections, list)
    assert sections[1] == {
        "endpoint": "production/red",
        "node": "node-1",
        "list": "normal",
        "direction": "Ingress",
        "verdict": "deny",
        "reason": (
            "end of tier `default`: production/allow-tcp-6379 governs ingress of production/red and none of its rules "
            "matched"
        ),
        "steps": [
            {
                "rule": "np/production/allow-tcp-6379/ingress/0",
                "tier": "default",
                "profile": "",
                "policy": "NetworkPolicy/production/allow-tcp-6379",
                "index": 0,
                "action": "Allow",
                "fields": [
                    {"field": "protocol", "text": "TCP"},
                    {"field": "source.selector", "text": "color == 'blue'"},
                    {"field": "destination.ports", "text": "6379"},
                ],
                "matched": False,
                "reasons": [
                    {
                        "field": "source.selector",
                        "wanted": "color == 'blue'",
                        "got": "production/green has color=green",
                    }
                ],
            },
            {
                "rule": "tier/default/ingress",
                "tier": "default",
                "profile": "",
                "policy": "",
                "index": -1,
                "action": "Deny",
                "fields": [],
                "matched": True,
                "reasons": [],
            },
        ],
    }


@pytest.mark.parametrize(
    ("source", "end"),
    [
        ("192.0.2.9", {"name": "192.0.2.9", "address": "192.0.2.9", "place": "elsewhere", "networkSets": ["office"]}),
        ("host@10.0.0.1", {"name": "host", "address": "10.0.0.1", "place": "host", "networkSets": []}),
    ],
)
def test_ends_that_are_no_endpoints(source: str, end: dict[str, object]) -> None:
    assert document(source, "red")["source"] == end


@pytest.mark.parametrize("source", ["green", "host", "192.0.2.9", "legacy"])
def test_it_is_plain_data(source: str) -> None:
    found = document(source, "red")
    assert json.loads(json.dumps(found)) == found
