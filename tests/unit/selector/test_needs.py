"""What a match requires, and which labels a selector mentions."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.unit.selector.cases import LABELS, SELECTORS
from tortie.selector import Anything, HasKey, HasValue, Needs, Nothing, Selector, keys, needs, parse, values


def value(key: str, *values: str) -> HasValue:
    return HasValue(key, frozenset(values))


@pytest.mark.parametrize(
    ("text", "required"),
    [
        ("", Anything()),
        ("global()", Anything()),
        ("!all()", Nothing()),
        ("has(a)", HasKey("a")),
        ("!has(a)", Anything()),
        ("a == 'x'", value("a", "x")),
        ("a != 'x'", Anything()),
        ("!a != 'x'", value("a", "x")),
        ("a in {'x', 'y'}", value("a", "x", "y")),
        ("a in {}", Nothing()),
        ("a not in {}", Anything()),
        ("!a not in {}", Nothing()),
        ("!a not in {'x'}", value("a", "x")),
        ("a contains ''", HasKey("a")),
        ("a starts with 'x'", HasKey("a")),
        ("!a ends with 'x'", Anything()),
        # conjunctions: a value before a key, few values before many, then the alphabet
        ("has(b) && a == 'x'", value("a", "x")),
        ("a in {'x', 'y'} && b == 'z'", value("b", "z")),
        ("has(b) && has(a)", HasKey("a")),
        ("b == 'x' && a == 'x'", value("a", "x")),
        ("all() && has(a)", HasKey("a")),
        ("has(a) && a == 'x' && has(a)", value("a", "x")),
        ("a in {'x', 'y'} && a in {'y', 'z'}", value("a", "y")),
        ("a == 'x' && a == 'y'", Nothing()),
        ("has(a) && b in {}", Nothing()),
        # disjunctions: what the alternatives share
        ("a == 'x' || a in {'y', 'z'}", value("a", "x", "y", "z")),
        ("a == 'x' || has(a)", HasKey("a")),
        ("a == 'x' || b == 'y'", Anything()),
        ("a == 'x' || all()", Anything()),
        ("a == 'x' || b in {}", value("a", "x")),
        ("b in {} || !all()", Nothing()),
        ("a == 'x' && b == 'y' || b == 'z'", value("b", "y", "z")),
        ("!(a != 'x' || has(b))", value("a", "x")),
        ("!(a != 'x' && a != 'y')", value("a", "x", "y")),
    ],
)
def test_needs(text: str, required: Needs) -> None:
    assert needs(parse(text)) == required


@pytest.mark.parametrize(
    ("required", "labels", "is_admitted"),
    [
        (Anything(), {}, True),
        (Nothing(), {"a": "x"}, False),
        (HasKey("a"), {"a": ""}, True),
        (HasKey("a"), {"b": ""}, False),
        (value("a", "x", "y"), {"a": "y"}, True),
        (value("a", "x", "y"), {"a": "z"}, False),
        (value("a", "x", "y"), {}, False),
    ],
)
def test_admits(required: Needs, labels: dict[str, str], is_admitted: bool) -> None:
    assert required.admits(labels) is is_admitted


@given(SELECTORS, LABELS)
def test_what_matches_is_admitted(selector: Selector, labels: dict[str, str]) -> None:
    assert needs(selector).admits(labels) or not selector.matches(labels)


@pytest.mark.parametrize(
    ("text", "mentioned"),
    [
        ("", set()),
        ("all() && !global()", set()),
        ("has(a) && b == 'x' || !(c in {} || d not in {'y'}) && a contains ''", {"a", "b", "c", "d"}),
    ],
)
def test_keys(text: str, mentioned: set[str]) -> None:
    assert keys(parse(text)) == mentioned


@given(SELECTORS, LABELS)
def test_labels_that_are_not_mentioned_do_not_matter(selector: Selector, labels: dict[str, str]) -> None:
    mentioned = {key: text for key, text in labels.items() if key in keys(selector)}
    assert selector.matches(labels) is selector.matches(mentioned)


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("all()", {}),
        ("has(a)", {}),
        ("a == '1' && !(b != '2')", {"a": {"1"}, "b": {"2"}}),
        ("a == '1' || a in {'2', '3'}", {"a": {"1", "2", "3"}}),
        ("a contains 'x'", {}),
    ],
)
def test_values_that_labels_are_compared_with(text: str, compared: dict[str, set[str]]) -> None:
    assert values(parse(text)) == compared
