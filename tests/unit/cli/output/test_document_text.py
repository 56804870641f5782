"""YAML and JSON as Go programs write them: golden texts, and both read back."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tortie.api import read_documents
from tortie.cli.output.document_text import as_json, as_yaml

RULE = {"action": "Allow"}
POLICY = {
    "apiVersion": "projectcalico.org/v3",
    "kind": "NetworkPolicy",
    "spec": {
        "tier": "default",
        "order": 1000000.0,
        "selector": "a == 'b' && !has(c)",
        "ingress": [{"action": "Allow"}],
    },
    "metadata": {"resourceVersion": "7", "labels": {"b": "true", "a": "x"}, "name": "db", "generation": None},
}


def test_yaml_has_its_keys_in_order_and_quotes_what_would_be_something_else() -> None:
    assert as_yaml(POLICY) == (
        "apiVersion: projectcalico.org/v3\n"
        "kind: NetworkPolicy\n"
        "metadata:\n"
        "  labels:\n"
        "    a: x\n"
        '    b: "true"\n'
        "  name: db\n"
        '  resourceVersion: "7"\n'
        "spec:\n"
        "  ingress:\n"
        "  - action: Allow\n"
        "  order: 1000000\n"
        "  selector: a == 'b' && !has(c)\n"
        "  tier: default\n"
    )


def test_json_has_the_order_of_structs_and_no_newline_at_the_end() -> None:
    assert as_json(POLICY) == (
        "{\n"
        '  "kind": "NetworkPolicy",\n'
        '  "apiVersion": "projectcalico.org/v3",\n'
        '  "metadata": {\n'
        '    "name": "db",\n'
        '    "resourceVersion": "7",\n'
        '    "labels": {\n'
        '      "a": "x",\n'
        '      "b": "true"\n'
        "    }\n"
        "  },\n"
        '  "spec": {\n'
        '    "tier": "default",\n'
        '    "order": 1000000,\n'
        '    "selector": "a == \'b\' \\u0026\\u0026 !has(c)",\n'
        '    "ingress": [\n'
        "      {\n"
        '        "action": "Allow"\n'
        "      }\n"
        "    ]\n"
        "  }\n"
        "}"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null\n"),
        ([], "[]\n"),
        ({"items": []}, "items: []\n"),
        ({"a": ""}, 'a: ""\n'),
        ({"a": "yes"}, 'a: "yes"\n'),
        ({"a": "1.5"}, 'a: "1.5"\n'),
        ({"a": "null"}, 'a: "null"\n'),
        ({"a": "x: y"}, "a: 'x: y'\n"),
        ({"a": "one\ntwo\n"}, "a: |\n  one\n  two\n"),
        ({"a": 100.5}, "a: 100.5\n"),
        ([{"a": 1}, {"b": 2}], "- a: 1\n- b: 2\n"),
    ],
)
def test_yaml(value: Any, text: str) -> None:
    assert as_yaml(value) == text


VALUES = st.recursive(
    st.booleans() | st.integers() | st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc", min_size=1), inner),
)


@given(VALUES)
def test_both_read_back(value: Any) -> None:
    assert yaml.safe_load(as_yaml(value)) == value
    assert json.loads(as_json(value)) == value


TEXTS = st.text(st.characters(codec="utf-8")) | st.sampled_from(
    [
        "y",
        "N",
        "yes",
        "1e3",
        "1E-3",
        "08",
        "0o17",
        "017",
        "0b1",
        "1_000",
        "1:30",
        ".5",
        "+1",
        ".inf",
        "~",
        "=",
        "<<",
        "\x85",
    ]
)


@given(text=TEXTS, key=TEXTS)
def test_what_is_printed_says_the_same_when_it_is_applied(text: str, key: str) -> None:
    """The reader has Go's idea of which words are truths and numbers, which is not the YAML library's."""
    value = {"kind": "Tier", "metadata": {"annotations": {key: text}}, "spec": {"list": [text]}}
    for written in (as_yaml(value), as_json(value)):
        (document,) = read_documents(written, "f")
        assert document.data == value


def test_characters_beyond_the_basic_plane_are_escaped_as_go_does() -> None:
    assert as_yaml({"a": "é \U0001f600"}) == 'a: "é \\U0001F600"\n'
