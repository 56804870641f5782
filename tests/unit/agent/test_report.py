"""A report is JSON by nature."""

from __future__ import annotations

import json

from tortie.agent import Report


def test_a_document_has_every_field_and_survives_json() -> None:
    report = Report(
        "node-1",
        "0.1.0",
        ready=False,
        reason="why",
        enforced="nothing",
        datastore="resync",
        undecodable={"Tier/x": "?"},
    )
    document = json.loads(json.dumps(report.document()))
    assert document["undecodable"] == {"Tier/x": "?"}
    assert document["ignored_settings"] == []
    assert set(document) == set(Report.__dataclass_fields__)
