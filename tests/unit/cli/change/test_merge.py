"""Patches merged into documents."""

from __future__ import annotations

from typing import Any

import pytest

from tortie.cli.change.merge import merged
from tortie.errors import Invalid

STORED = {"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {"nets": ["x", "y"], "order": 1}}


@pytest.mark.parametrize(
    ("patch", "result"),
    [
        ({}, STORED),
        ({"spec": {"order": 2}}, {**STORED, "spec": {"nets": ["x", "y"], "order": 2}}),
        ({"spec": {"nets": ["z"]}}, {**STORED, "spec": {"nets": ["z"], "order": 1}}),
        ({"spec": {"order": None}}, {**STORED, "spec": {"nets": ["x", "y"]}}),
        ({"spec": {"absent": None}}, STORED),
        ({"metadata": {"labels": {"c": "3"}}}, {**STORED, "metadata": {"labels": {"a": "1", "b": "2", "c": "3"}}}),
        ({"metadata": {"labels": {"$patch": "replace", "c": "3"}}}, {**STORED, "metadata": {"labels": {"c": "3"}}}),
        ({"metadata": {"labels": {"$patch": "delete"}}}, {**STORED, "metadata": {"labels": {}}}),
        ({"spec": {"$retainKeys": ["order"], "order": 2}}, {**STORED, "spec": {"order": 2}}),
        ({"spec": {"$retainKeys": ["order"], "nets": None}}, {**STORED, "spec": {"order": 1}}),
        ({"new": {"deep": {"x": 1, "y": None}}}, {**STORED, "new": {"deep": {"x": 1}}}),
    ],
)
def test_merged(patch: dict[str, Any], result: dict[str, Any]) -> None:
    assert merged(STORED, patch) == result


def test_unknown_directives_are_refused() -> None:
    with pytest.raises(Invalid, match="unknown patch type found: explode"):
        merged(STORED, {"spec": {"$patch": "explode"}})


@pytest.mark.parametrize("kept", ["nets", ["nets"], None])
def test_keys_to_keep_have_to_be_a_list_of_all_that_is_set(kept: object) -> None:
    with pytest.raises(Invalid, match="has to be a list of all keys that the patch sets"):
        merged(STORED, {"spec": {"$retainKeys": kept, "order": 2}})
