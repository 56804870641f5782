"""Changed flows for people and for programs."""

from __future__ import annotations

import json

from tests.unit.explain.world import FROM_BLUE, POLICY, WORLD, policy
from tortie.api import stored_settings
from tortie.explain import changes_document, changes_text, impact
from tortie.model import Rule

CHANGES = impact(WORLD, {**WORLD, POLICY: policy(Rule(FROM_BLUE.action.DENY), FROM_BLUE)}, stored_settings())


def test_text() -> None:
    assert changes_text(CHANGES[:1]) == (
        "allowed -> denied   IPv4 TCP port 6379\n"
        "  from production/blue\n"
        "  to   production/red\n"
        "  now  np/production/allow-tcp-6379/ingress/0\n"
        "  then np/production/allow-tcp-6379/ingress/0"
    )
    assert changes_text([]) == "no flow changes"


def test_document() -> None:
    document = changes_document(CHANGES[:1])
    rule = "np/production/allow-tcp-6379/ingress/0"
    assert document == [
        {
            "sources": [{"name": "production/blue", "address": "10.65.1.11", "endpoint": "Pod/production/blue"}],
            "destinations": [{"name": "production/red", "address": "10.65.1.10", "endpoint": "Pod/production/red"}],
            "ipVersion": 4,
            "packets": ["TCP port 6379"],
            "before": {"verdict": "allow", "decidedBy": rule},
            "after": {"verdict": "deny", "decidedBy": rule},
        }
    ]
    assert json.loads(json.dumps(document)) == document
