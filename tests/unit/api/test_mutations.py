"""The example of every kind, changed at random as text and as data: understood, or told where it is wrong."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.api.cases import again
from tortie.api import Document, Misread, decode, decode_all, decode_value, defaulted, document_of, read_documents
from tortie.errors import Invalid
from tortie.model import POLICY_KINDS, Kind, Resource

EXAMPLES = Path(__file__).parents[3] / "examples" / "kinds"
TEXTS = {path.name: path.read_text() for path in sorted(EXAMPLES.glob("*.yaml"))}
DOCUMENTS = [document for name, text in TEXTS.items() for document in read_documents(text, name)]
PIECES = [
    "",
    " ",
    "-",
    ":",
    "- ",
    "\n",
    "  ",
    "{",
    "]",
    "'",
    '"',
    "#",
    "&a ",
    "*a",
    "!!x ",
    "\t",
    "%",
    "|",
    "0",
    "null",
]
ODD: list[Any] = [None, True, 0, -1, 1e400, "", " ", "all()", "10.0.0.0/8", "A_B", [], {}, [None], {"a": {}}, "x" * 300]


def values() -> list[Resource]:
    return [found.value for found in decode_all(DOCUMENTS) if found.value is not None]


def test_there_is_an_example_of_every_kind() -> None:
    assert {decode(document).key.kind for document in DOCUMENTS} == set(POLICY_KINDS) | {Kind.FELIX_CONFIGURATION}


@pytest.mark.parametrize("value", values(), ids=lambda value: str(value.key))
def test_an_example_is_the_same_after_it_was_written_and_read(value: Resource) -> None:
    if value.key.kind is not Kind.WORKLOAD_ENDPOINT or "tap" in str(value):
        assert again(value) == value


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: f"{document.file}:{document.kind}")
def test_an_example_means_the_same_with_its_defaults_filled_in(document: Document) -> None:
    filled = decode(document_of(defaulted(document)))
    assert filled.key == decode(document).key
    assert (filled.value is None) == (decode(document).value is None)


def assert_told(text: str, name: str) -> None:
    """Each problem has the file, and a line and column that the file has."""
    lines = text.split("\n")
    try:
        decode_all(read_documents(text, name), namespace="default")
    except Invalid as error:
        for problem in error.problems:
            assert problem.file == name
            assert 1 <= problem.line <= len(lines) + 1, str(problem)
            assert problem.column >= 1, str(problem)


@given(name=st.sampled_from(sorted(TEXTS)), seed=st.integers(0, 2**32), changes=st.integers(1, 4))
def test_changed_text_is_understood_or_told_where_it_is_wrong(name: str, seed: int, changes: int) -> None:
    dice = random.Random(seed)
    text = TEXTS[name]
    for _ in range(changes):
        start = dice.randrange(len(text))
        end = start + dice.choice([0, 0, 1, 2, 10])
        text = text[:start] + dice.choice(PIECES) + text[end:]
    assert_told(text, name)


@given(name=st.sampled_from(sorted(TEXTS)), seed=st.integers(0, 2**32))
def test_lines_that_moved_are_understood_or_told(name: str, seed: int) -> None:
    dice = random.Random(seed)
    lines = TEXTS[name].split("\n")
    moved = lines.pop(dice.randrange(len(lines)))
    lines.insert(dice.randrange(len(lines) + 1), moved)
    assert_told("\n".join(lines), name)


def changed(data: Any, dice: random.Random) -> Any:
    """Return data with one value, somewhere in it, replaced, renamed or left out."""
    if not isinstance(data, dict | list) or not data or dice.random() < 0.15:
        return dice.choice(ODD)
    if isinstance(data, list):
        place = dice.randrange(len(data))
        return [changed(item, dice) if number == place else item for number, item in enumerate(data)]
    key = dice.choice(sorted(data))
    if dice.random() < 0.1:
        return {name: value for name, value in data.items() if name != key}
    if dice.random() < 0.1:
        return {**data, f"{key}x": data[key]}
    return {**data, key: changed(data[key], dice)}


@given(number=st.integers(0, len(DOCUMENTS) - 1), seed=st.integers(0, 2**32), changes=st.integers(1, 3))
def test_changed_data_that_is_stored_is_understood_or_something_stands_for_it(
    number: int, seed: int, changes: int
) -> None:
    dice = random.Random(seed)
    document = DOCUMENTS[number]
    key, data = decode(document).key, dict(document.data)
    for _ in range(changes):
        data = {**data, "spec": changed(data.get("spec", {}), dice)}
    try:
        found = decode_value(key, json.dumps(data).encode())
    except Misread as error:
        assert all(problem.what for problem in error.problems)  # noqa: PT017 - understood, or told: either is right
        found = error.instead
    if found is not None:
        assert found.metadata is not None
        assert found.key.name
