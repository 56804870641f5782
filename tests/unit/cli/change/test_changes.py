"""Documents compared, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from tortie.cli.change.changes import Change, Effect, compared, counted, shown_changes
from tortie.model import Key, Kind

KEY = Key(Kind.NETWORK_POLICY, "shop", "db")
ALLOW, DENY, LOG = ({"action": action} for action in ("Allow", "Deny", "Log"))


def document(spec: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"kind": "NetworkPolicy", "metadata": {"name": "db", **metadata}, "spec": spec}


@pytest.mark.parametrize(
    ("before", "after", "fields"),
    [
        ({"order": 1}, {"order": 2}, ["spec.order: 1 -> 2"]),
        ({}, {"order": 2}, ["spec.order: added 2"]),
        ({"selector": "a"}, {}, ['spec.selector: removed "a"']),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ["spec.a.b: 1 -> 2"]),
        ({"a": [1]}, {"a": "x"}, ['spec.a: [1] -> "x"']),
        ({"ingress": [ALLOW]}, {"ingress": [DENY]}, ['spec.ingress[0].action: "Allow" -> "Deny"']),
        ({"ingress": [ALLOW]}, {"ingress": [LOG, ALLOW]}, ['spec.ingress[0]: added {"action": "Log"}']),
        ({"ingress": [LOG, ALLOW]}, {"ingress": [ALLOW]}, ['spec.ingress[0]: removed {"action": "Log"}']),
        (
            {"ingress": [LOG, ALLOW]},
            {"ingress": [DENY, DENY, ALLOW]},
            [
                'spec.ingress[0]: removed {"action": "Log"}',
                'spec.ingress[0]: added {"action": "Deny"}',
                'spec.ingress[1]: added {"action": "Deny"}',
            ],
        ),
        ({"a": "x" * 200}, {}, [f'spec.a: removed "{"x" * 96}...']),
    ],
)
def test_fields(before: dict[str, Any], after: dict[str, Any], fields: list[str]) -> None:
    assert compared(KEY, document(before), document(after)) == Change(KEY, Effect.CHANGED, tuple(fields))


def test_what_the_datastore_fills_in_does_not_count() -> None:
    before = document({}, uid="u", resourceVersion="3", creationTimestamp="t", labels={"a": "b"})
    assert compared(KEY, before, document({}, labels={"a": "b"})) == Change(KEY, Effect.UNCHANGED)
    assert compared(KEY, before, document({})).fields == ('metadata.labels: removed {"a": "b"}',)


def test_effects_and_their_text() -> None:
    changes = [
        compared(KEY, None, document({})),
        compared(KEY, document({}), document({"order": 1})),
        compared(KEY, document({}), None),
        compared(KEY, document({}), document({})),
        compared(KEY, None, None),
    ]
    assert [change.effect for change in changes] == ["created", "changed", "deleted", "unchanged", "unchanged"]
    assert counted(changes) == "1 created, 1 changed, 2 unchanged, 1 deleted"
    assert counted([]) == "nothing"
    assert shown_changes(changes[:2], " (dry run)") == (
        "NetworkPolicy/shop/db created (dry run)\nNetworkPolicy/shop/db changed (dry run)\n  spec.order: added 1\n"
    )
