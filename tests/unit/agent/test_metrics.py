"""A scrape tells of sync, sizes, failures, and packets by rule."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tortie.agent import Report
from tortie.agent.enforce import RuleCount
from tortie.agent.metrics import metrics_text

COUNT = RuleCount("r1", "Allow", "Ingress", "default", 'NetworkPolicy/shop/"odd"', 5, 500)


def samples(report: Report, *counts: RuleCount) -> dict[tuple[str, frozenset[str]], float]:
    families = text_string_to_metric_families(metrics_text(report, counts).decode())
    return {(s.name, frozenset(s.labels.values())): s.value for family in families for s in family.samples}


@pytest.mark.parametrize(("state", "number"), [("wait-for-ready", 1), ("resync", 2), ("in-sync", 3)])
def test_the_state_of_sync_has_the_reference_systems_numbers(state: str, number: int) -> None:
    report = Report("n", "1", ready=True, reason="", enforced="", datastore=state)
    assert samples(report)["felix_resync_state", frozenset()] == number


def test_what_a_report_says_is_a_metric() -> None:
    report = Report(
        "n",
        "1",
        ready=True,
        reason="",
        enforced="",
        datastore="in-sync",
        applies=4,
        failures=2,
        repairs=1,
        apply_seconds=0.25,
        sizes={"endpoints": 3},
        undecodable={"Tier/x": "?"},
        quarantined={"Tier/y": "?", "Tier/z": "?"},
    )
    found = samples(report, COUNT)
    assert found["felix_active_local_endpoints", frozenset()] == 3
    assert found["tortie_ready", frozenset()] == 1
    assert found["tortie_undecodable_resources", frozenset()] == 1
    assert found["tortie_quarantined_resources", frozenset()] == 2
    assert found["tortie_apply_seconds", frozenset()] == 0.25
    assert found["tortie_applies_total", frozenset()] == 4
    assert found["felix_int_dataplane_failures_total", frozenset()] == 2
    assert found["tortie_repairs_total", frozenset()] == 1
    assert found["tortie_compiled_rows", frozenset({"endpoints"})] == 3
    labels = frozenset({"r1", "Allow", "Ingress", "default", 'NetworkPolicy/shop/"odd"'})
    assert (found["tortie_rule_packets_total", labels], found["tortie_rule_bytes_total", labels]) == (5, 500)
