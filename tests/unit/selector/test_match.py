"""Which labels a selector matches."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.unit.selector.cases import LABELS, TREES, naive_match
from tortie.selector import parse
from tortie.selector.match import compile_test
from tortie.selector.syntax import Expression

EXAMPLES = [
    ("", {}, True),
    ("   ", {"x": "1"}, True),
    ("all()", {}, True),
    ("!all()", {"x": "1"}, False),
    ("global()", {"projectcalico.org/namespace": "n1"}, True),
    ("role == 'db'", {"role": "db"}, True),
    ("role == 'db'", {"role": "DB"}, False),
    ("Role == 'db'", {"role": "db"}, False),
    ("role == 'db'", {}, False),
    ("role == ''", {"role": ""}, True),
    ("role == ''", {}, False),
    ("role != 'db'", {"role": "web"}, True),
    ("role != 'db'", {"role": "db"}, False),
    ("role != 'db'", {}, True),
    ("!role == 'db'", {}, True),
    ("!role != 'db'", {}, False),
    ("has(role)", {"role": ""}, True),
    ("has(role)", {"rol": "x"}, False),
    ("!has(role)", {}, True),
    ("!!has(role)", {"role": "x"}, True),
    ("! ! ! has( role )", {"role": "x"}, False),
    ("env in {'dev','qa'}", {"env": "qa"}, True),
    ("env in {'dev','qa'}", {"env": "prod"}, False),
    ("env in {'dev','qa'}", {}, False),
    ("env in {}", {"env": "dev"}, False),
    ("env in {'dev',}", {"env": "dev"}, True),
    ("env not in {'dev','qa'}", {"env": "prod"}, True),
    ("env notin{'dev'}", {"env": "dev"}, False),
    ("env not in {'dev'}", {}, True),
    ("env not in {}", {"env": "dev"}, True),
    ("!env in {'dev'}", {}, True),
    ("img contains 'gin'", {"img": "nginx"}, True),
    ("img contains ''", {"img": "x"}, True),
    ("img contains ''", {}, False),
    ("img contains 'GIN'", {"img": "nginx"}, False),
    ("img starts with 'ng'", {"img": "nginx"}, True),
    ("img startswith 'nx'", {"img": "nginx"}, False),
    ("!img starts with 'ng'", {}, True),
    ("img ends with 'nx'", {"img": "nginx"}, True),
    ("img ends\twith 'ng'", {"img": "nginx"}, False),
    ("a == '1' && b == '2'", {"a": "1", "b": "2"}, True),
    ("a == '1' && b == '2'", {"a": "1"}, False),
    ("a == '1' || b == '2'", {"b": "2"}, True),
    ("a == '1' || b == '2' && c == '3'", {"a": "1"}, True),
    ("(a == '1' || b == '2') && c == '3'", {"a": "1"}, False),
    ("c == '3' && a == '1' || b == '2'", {"b": "2"}, True),
    ("!(a == '1' || has(b))", {}, True),
    ("!a == '1' && has(b)", {"b": "x"}, True),
    ("!(a == '1' && has(b))", {"a": "1"}, True),
    ("a==\"1\"&&b!='2'", {"a": "1"}, True),
    ("q == 'say \"hi\"'", {"q": 'say "hi"'}, True),
    ('q == "it\'s"', {"q": "it's"}, True),
    ("k8s.io/app-name_v1.2 == 'x'", {"k8s.io/app-name_v1.2": "x"}, True),
    ("in == 'a' && all == 'b' && has == 'c'", {"in": "a", "all": "b", "has": "c"}, True),
    ("not in {'x'}", {"not": "x"}, True),
    ("contains contains 'on'", {"contains": "on"}, True),
    ("-/. == 'odd'", {"-/.": "odd"}, True),
    ("9lives == 'cat'", {"9lives": "cat"}, True),
    ("v == '10'", {"v": "010"}, False),
    ("n in {'b','a','b'}", {"n": "b"}, True),
    ("((((has(a)))))", {"a": "x"}, True),
]


@pytest.mark.parametrize(("selector", "labels", "matches"), EXAMPLES)
def test_example_of_the_specification(selector: str, labels: dict[str, str], matches: bool) -> None:
    assert parse(selector).matches(labels) is matches


@pytest.mark.parametrize("operator", ["==", "!=", "contains", "starts with", "ends with"])
@pytest.mark.parametrize(
    ("value", "written", "matching"),
    [
        ("ab", "ab", {"==", "contains", "starts with", "ends with"}),
        ("ab", "a", {"!=", "contains", "starts with"}),
        ("ab", "b", {"!=", "contains", "ends with"}),
        ("ab", "", {"!=", "contains", "starts with", "ends with"}),
        ("ab", "abc", {"!="}),
        (None, "ab", {"!="}),
        (None, "", {"!="}),
    ],
)
def test_operator(operator: str, value: str | None, written: str, matching: set[str]) -> None:
    labels = {} if value is None else {"a": value}
    assert parse(f"a {operator} '{written}'").matches(labels) is (operator in matching)
    assert parse(f"!a {operator} '{written}'").matches(labels) is (operator not in matching)


@given(TREES, LABELS)
def test_agrees_with_the_naive_matcher(tree: Expression, labels: dict[str, str]) -> None:
    assert compile_test(tree)(labels) is naive_match(tree, labels)
