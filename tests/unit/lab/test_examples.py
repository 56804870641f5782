"""What the guide says of its examples is what the evaluator says, without a kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from tortie.api import decode_all, document_of, read_documents
from tortie.lab import Lab, allocated, load_lab
from tortie.lab.examples import EXAMPLES, NOTHING, Example
from tortie.lab.expected import Expectation
from tortie.lab.resources import manifests

FOLDER = Path(__file__).parents[3] / "examples"


@pytest.fixture(scope="module")
def lab() -> Lab:
    return allocated(load_lab(FOLDER / "labs" / "guide.yaml"))


@pytest.mark.parametrize("example", [NOTHING, *EXAMPLES], ids=lambda example: example.name)
def test_the_evaluator_keeps_every_promise(lab: Lab, example: Example) -> None:
    documents = [document_of(each) for each in manifests(lab)]
    if example.file:
        documents += read_documents((FOLDER / "guide" / example.file).read_text(), example.file)
    found = {each.key: each.value for each in decode_all(documents) if each.value is not None}
    expectation = Expectation(lab, found)
    for promise in example.promises:
        assert expectation.ask(promise.question).allowed is promise.allowed, promise.question


def test_all_examples_are_there_and_each_says_something() -> None:
    assert [example.name for example in EXAMPLES] == [f"E{number}" for number in range(1, 9)]
    for example in (*EXAMPLES[:7], NOTHING):
        assert {promise.allowed for promise in example.promises} == {True, False}
    assert any(example.explained for example in EXAMPLES)


def test_titles_fit_the_terminal() -> None:
    assert max(len(f"{example.name}  {example.title}") for example in (*EXAMPLES, NOTHING)) <= 80
