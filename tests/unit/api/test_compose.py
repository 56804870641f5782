"""YAML text to data and marks: traps, limits, and nothing but Invalid for what is no YAML."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.api.compose import MAX_DEPTH, composed
from tortie.api.document import Mark
from tortie.errors import Invalid

BILLION = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


def data(text: str) -> Any:
    ((found, _),) = composed(text)
    return found


def fault(text: str) -> str:
    with pytest.raises(Invalid) as error:
        list(composed(text))
    (problem,) = error.value.problems
    return f"{problem.line}:{problem.column} {problem.what}; {problem.mend}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 12:30", {"a": "12:30"}),
        ("a: 2001-12-14", {"a": "2001-12-14"}),
        ("a: '5'", {"a": "5"}),
        ("a: on", {"a": True}),
        ("on: a", {"on": "a"}),
        ("5: a", {"5": "a"}),
        ("a: !!str 5", {"a": "5"}),
        ("a: ! 5", {"a": "5"}),
        ("a: !!int '5'", {"a": 5}),
        ("a: !!float 5", {"a": 5}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}", {"a": {"k": 1, "l": 2}, "b": {"k": 3, "l": 2}}),
        ("b: {<<: [{k: 1}, {k: 2, l: 3}]}", {"b": {"k": 1, "l": 3}}),
        ('{"a": [1, 2.5, null, true, "x"]}', {"a": [1, 2.5, None, True, "x"]}),
        ('{\n\t"a": 1\n}', {"a": 1}),
        ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
        ("a: >-\n  x\n  y\n", {"a": "x y"}),
        ("# nothing\n", None),
        ("a:", {"a": None}),
    ],
)
def test_data_is_what_go_reads(text: str, value: Any) -> None:
    found = [value for value, _ in composed(text)]
    assert found == ([value] if value is not None else [])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a: 1\nb: 2\na: 3", "3:1 key `a` already set in map: it stands twice, first in line 1"),
        ("a:\n\t- b", "2:1 a tab cannot indent"),
        ("a: b: c", "1:5 this is not YAML: mapping values are not allowed"),
        ("a: [1", "this is not YAML"),
        ("a: 'x", "this is not YAML"),
        ("a: *x", "1:4 `*x` refers to nothing"),
        ("a: &x [*x]", "1:8 `*x` refers to nothing"),
        ("a: \x01", "1:4 a file cannot hold the character U+0001"),
        ("a: \ud800", "1:4 a file cannot hold the character U+D800"),
        ("? [a]\n: b", "a key must be plain text"),
        ("a: !!binary aGk=", "has no meaning here"),
        ("a: !x {}", "has no meaning here"),
        ("a: !!python/object:os.system {}", "has no meaning here"),
        ("a: !!int x", "has no meaning here"),
        ("a: {<<: 5}", "`<<` merges mappings only"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), f"1:{MAX_DEPTH + 1} this is nested more than 64 deep"),
        ("[" * 100_000, "this is nested more than 64 deep"),
        (BILLION, "once its aliases are written out"),
    ],
)
def test_what_is_no_document_says_so(text: str, wanted: str) -> None:
    assert wanted in fault(text)


def test_nesting_up_to_the_limit_is_read() -> None:
    assert data("[" * MAX_DEPTH + "]" * MAX_DEPTH) is not None


@pytest.mark.parametrize(
    ("text", "path", "mark"),
    [
        ("a: b", "", Mark(1, 1)),
        ("a: b", "a", Mark(1, 4, 0)),
        ("a: b", "a#", Mark(1, 1, 0)),
        ("a: 'b'", "a", Mark(1, 4, 1)),
        ("a:\n- b\n-  c", "a[1]", Mark(3, 4, 0)),
        ("a:\n  x.y/z: [b]", "a.x.y/z[0]", Mark(2, 11, 0)),
        ("a: 'b''c'", "a", Mark(1, 4)),
        ('a: "b\\tc"', "a", Mark(1, 4)),
        ("a: |\n  b\n", "a", Mark(1, 4)),
        ("a: &x {k: v}\nb: *x", "b", Mark(2, 4)),
    ],
)
def test_marks_tell_where_values_and_keys_are(text: str, path: str, mark: Mark) -> None:
    ((_, marks),) = composed(text)
    assert marks[path] == mark


def test_lines_count_from_where_the_text_starts() -> None:
    ((_, marks),) = composed("a: b", first_line=10)
    assert marks["a"].line == 11


@given(st.text(alphabet="ab:-[]{},&*!|>'\"%@#? \n\t0.<", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        list(composed(text))
    except Invalid as error:
        assert all(problem.line >= 1 for problem in error.problems)  # noqa: PT017 - either outcome is right


@given(st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5), st.lists, max_leaves=9))
def test_json_is_yaml(value: Any) -> None:
    import json  # noqa: PLC0415 - only this test compares with it

    found = [data for data, _ in composed(json.dumps({"a": value}, ensure_ascii=False))] if _is_plain(value) else None
    assert found in (None, [{"a": value}])


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_plain(item) for item in value)
    return not isinstance(value, str) or (value.isprintable() and value.isascii())
