"""Rules to documents, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api.cases import ingress, rule_of
from tortie.api.encode_rule import encode_port, encode_rule, without_empty
from tortie.model import Action, PortRange, Rule

BOTH: dict[str, Any] = {"source": {}, "destination": {}}


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("action: Log", {"action": "Log", **BOTH}),
        ("action: Deny, protocol: '6'", {"action": "Deny", "protocol": 6, **BOTH}),
        (
            "action: Deny, protocol: ICMP, icmp: {type: 0, code: 0}",
            {"action": "Deny", "protocol": "ICMP", "icmp": {"type": 0, "code": 0}, **BOTH},
        ),
        ("action: Deny, notICMP: {}", {"action": "Deny", "notICMP": {}, **BOTH}),
        (
            "action: Allow, http: {methods: [GET], paths: [{exact: /a}, {prefix: /b}]}",
            {
                "action": "Allow",
                **BOTH,
                "http": {"methods": ["GET"], "paths": [{"exact": "/a"}, {"prefix": "/b"}]},
            },
        ),
        (
            "action: Allow, source: {services: {name: a, namespace: b}}",
            {"action": "Allow", "source": {"services": {"name": "a", "namespace": "b"}}, "destination": {}},
        ),
        (
            "action: Allow, source: {serviceAccounts: {}}",
            {"action": "Allow", "source": {"serviceAccounts": {}}, "destination": {}},
        ),
    ],
)
def test_a_rule_is_written_as_it_was_read(rule: str, wanted: dict[str, Any]) -> None:
    assert encode_rule(rule_of(ingress(rule))) == wanted


@pytest.mark.parametrize(("port", "wanted"), [(PortRange(80, 80), 80), (PortRange(80, 90), "80:90"), ("http", "http")])
def test_ports_are_numbers_ranges_and_names(port: PortRange | str, wanted: int | str) -> None:
    assert encode_port(port) == wanted


def test_fields_that_say_nothing_are_left_out() -> None:
    fields: dict[str, Any] = {"a": None, "b": "", "c": [], "d": {}, "e": False, "f": 0, "g": 0.0, "h": True}
    assert without_empty(fields) == {"f": 0, "g": 0.0, "h": True}


def test_a_rule_always_has_both_sides() -> None:
    assert list(encode_rule(Rule(Action.ALLOW))) == ["action", "source", "destination"]
