"""Kubernetes' label selectors as selectors (datastore specification, 13.1)."""

from __future__ import annotations

from typing import Any

import pytest

from tortie.api.document import document_of
from tortie.api.fields import Fields
from tortie.api.label_selector import PODS, label_selector
from tortie.api.report import Report
from tortie.selector import parse

TERMS = {
    "matchLabels": {"b": "2", "a": "1"},
    "matchExpressions": [
        {"key": "c", "operator": "In", "values": ["x", "y"]},
        {"key": "d", "operator": "NotIn", "values": ["z"]},
        {"key": "e", "operator": "Exists"},
        {"key": "f", "operator": "DoesNotExist"},
    ],
}
TEXT = "a == '1' && b == '2' && c in { 'x', 'y' } && d not in { 'z' } && has(e) && ! has(f)"


def selector(data: dict[str, Any] | None, first: str = "") -> tuple[str, list[str]]:
    report = Report(document_of({}))
    fields = None if data is None else Fields(report, data, "s")
    return label_selector(fields, first), [problem.path for problem in report.problems]


@pytest.mark.parametrize(
    ("data", "first", "text"),
    [
        (None, "", ""),
        (None, PODS, PODS),
        ({}, "", "all()"),
        ({}, PODS, PODS),
        (TERMS, "", TEXT),
        (TERMS, PODS, f"{PODS} && {TEXT}"),
    ],
)
def test_terms_in_their_order(data: dict[str, Any] | None, first: str, text: str) -> None:
    assert selector(data, first) == (text, [])
    assert str(parse(text))


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"matchLabels": {"a b": "c"}}, "s.matchLabels.a b"),
        ({"matchLabels": {"a": "-"}}, "s.matchLabels.a"),
        ({"matchExpressions": [{"key": "a b", "operator": "Exists"}]}, "s.matchExpressions[0].key"),
        ({"matchExpressions": [{"key": "a", "operator": "Is"}]}, "s.matchExpressions[0].operator"),
        ({"matchExpressions": [{"key": "a"}]}, "s.matchExpressions[0].operator"),
        ({"matchExpressions": [{"key": "a", "operator": "In"}]}, "s.matchExpressions[0].values"),
        ({"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}, "s.matchExpressions[0].values"),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["-"]}]}, "s.matchExpressions[0].values[0]"),
        ({"labels": {}}, "s.labels"),
    ],
)
def test_what_is_wrong_is_told(data: dict[str, Any], path: str) -> None:
    assert selector(data)[1] == [path]
