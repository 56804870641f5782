"""YAML written fast is, byte for byte, what the library writes of the same values."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tortie.cli.output.yaml_text import _GoDumper, yaml_text

WORDS = st.sampled_from(["a", "color == 'red'", ": ", "#", "x" * 30, "'", '"', "- ", "é", "\x85", "true", "%", "\\"])
TEXTS = st.lists(WORDS, max_size=12).map(" ".join) | st.text(max_size=12) | st.lists(WORDS, max_size=4).map("\n".join)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none()
KEYS = st.sampled_from(["a", "b", "projectcalico.org/tier", "yes", "1", "a: b", "k" * 120, "k " * 60, ""])
VALUES = st.recursive(
    TEXTS | NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def by_the_library(value: Any) -> str:
    written: str = yaml.dump(value, Dumper=_GoDumper, sort_keys=True, allow_unicode=True, width=80)
    return written.removesuffix("...\n")


@given(VALUES)
def test_both_write_the_same(value: Any) -> None:
    if isinstance(value, dict | list):
        assert yaml_text(value) == by_the_library(value)


@pytest.mark.parametrize(
    "value",
    [
        {"a": {"b": {"c": "word " * 30}}},
        {"a": [{"b": "word " * 30, "c": ["word " * 30]}]},
        [[["word " * 30, "one\ntwo\n"], []], {}],
        {"a": {"deep": "one\n  two\n\n"}, "b": [" leading\nline"]},
        {"k" * 130: {"a": 1}, "z": 1},
        {"a": {"k" * 130: "word " * 30}},
    ],
)
def test_what_does_not_fit_on_a_line(value: Any) -> None:
    assert yaml_text(value) == by_the_library(value)


def test_numbers() -> None:
    assert yaml_text({"a": 1e-05, "b": 1.5, "c": 1e25, "d": 10**20, "e": "1e-05"}) == (
        'a: 1e-05\nb: 1.5\nc: 1e+25\nd: 100000000000000000000\ne: "1e-05"\n'
    )
