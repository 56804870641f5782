"""The selectors in a policy's document."""

from __future__ import annotations

from typing import Any

import pytest

from tortie.cli.change.policy_selectors import Among, selectors_of

SUBJECTS, PEERS, SPACES, ACCOUNTS = Among.SUBJECTS, Among.PEERS, Among.NAMESPACES, Among.ACCOUNTS


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ({}, []),
        (
            {"selector": "has(a)", "namespaceSelector": "has(b)", "serviceAccountSelector": "has(c)"},
            [
                ("spec.selector", SUBJECTS),
                ("spec.namespaceSelector", SPACES),
                ("spec.serviceAccountSelector", ACCOUNTS),
            ],
        ),
        (
            {"egress": [{"destination": {"notSelector": "has(a)", "serviceAccounts": {"selector": "has(b)"}}}]},
            [
                ("spec.egress[0].destination.notSelector", PEERS),
                ("spec.egress[0].destination.serviceAccounts.selector", ACCOUNTS),
            ],
        ),
        ({"selector": "a = 'b'", "ingress": [{"source": {"namespaceSelector": "global()"}}]}, []),
        ({"podSelector": {}, "selector": "has(a)"}, []),
        (
            {"podSelector": {"matchLabels": {"a": "b"}}, "egress": [{"to": [{"namespaceSelector": {}}]}]},
            [("spec.podSelector", SUBJECTS)],
        ),
    ],
)
def test_places(spec: dict[str, Any], found: list[tuple[str, Among]]) -> None:
    assert [(choice.path, choice.among) for choice in selectors_of({"spec": spec})] == found


@pytest.mark.parametrize(
    ("term", "matching", "other"),
    [
        ({"operator": "In", "values": ["x", "y"]}, {"k": "y"}, {"k": "z"}),
        ({"operator": "NotIn", "values": ["x"]}, {}, {"k": "x"}),
        ({"operator": "Exists"}, {"k": ""}, {}),
        ({"operator": "DoesNotExist"}, {}, {"k": "x"}),
    ],
)
def test_expressions_of_kubernetes(term: dict[str, Any], matching: dict[str, str], other: dict[str, str]) -> None:
    spec = {"podSelector": {"matchExpressions": [{"key": "k", **term}]}}
    (choice,) = selectors_of({"spec": spec})
    assert choice.selector.matches(matching)
    assert not choice.selector.matches(other)
