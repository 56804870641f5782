"""Selectors rewritten for namespaces and service accounts."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.unit.selector.cases import LABELS, SELECTORS
from tortie.errors import Invalid
from tortie.selector import (
    Selector,
    conjunction,
    equals,
    has,
    negation,
    parse,
    replace_all,
    replace_global,
    with_prefix,
)

NAMESPACED = has("projectcalico.org/namespace")


@pytest.mark.parametrize(
    ("text", "prefixed"),
    [
        ("", "all()"),
        ("global()", "global()"),
        ("team == 'a'", 'pcns.team == "a"'),
        ("has(a) && !b in {'x'}", '(has(pcns.a) && !pcns.b in {"x"})'),
        ("a not in {'a'} || a starts with 'a'", '(pcns.a not in {"a"} || pcns.a starts with "a")'),
        ("!(!has(a))", "has(pcns.a)"),
        ("projectcalico.org/name == 'shop'", 'pcns.projectcalico.org/name == "shop"'),
    ],
)
def test_with_prefix(text: str, prefixed: str) -> None:
    assert str(with_prefix(parse(text), "pcns.")) == prefixed


def test_a_prefix_that_makes_no_label_name_is_refused() -> None:
    with pytest.raises(Invalid, match="not a label name"):
        with_prefix(has("a" * 510), "pcns.")
    with pytest.raises(Invalid, match="not a label name"):
        with_prefix(has("a"), "no name ")


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("", "has(projectcalico.org/namespace)"),
        ("!all()", "!has(projectcalico.org/namespace)"),
        ("all() && pcns.env == 'prod'", '(has(projectcalico.org/namespace) && pcns.env == "prod")'),
        ("a == 'all()'", 'a == "all()"'),
        ("has(all) || global()", "(has(all) || global())"),
    ],
)
def test_replace_all(text: str, replaced: str) -> None:
    assert str(replace_all(parse(text), NAMESPACED)) == replaced


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("global()", "!has(projectcalico.org/namespace)"),
        ("!global()", "has(projectcalico.org/namespace)"),
        ("all() || global()", "(all() || !has(projectcalico.org/namespace))"),
        ("a == 'global()'", 'a == "global()"'),
    ],
)
def test_replace_global(text: str, replaced: str) -> None:
    assert str(replace_global(parse(text), negation(NAMESPACED))) == replaced


def test_a_rule_with_service_accounts_is_composed_as_the_specification_shows() -> None:
    accounts = conjunction(
        with_prefix(parse("k == 'v'"), "pcsa."), parse("projectcalico.org/serviceaccount in { 's3' }")
    )
    positive = conjunction(with_prefix(parse("n == 'm'"), "pcns."), conjunction(accounts, parse("has(l)")))
    as_text = '(pcns.n == "m") && (((pcsa.k == "v") && (projectcalico.org/serviceaccount in {"s3"})) && (has(l)))'
    assert positive == parse(as_text)


def test_a_policy_selector_is_composed_as_the_specification_shows() -> None:
    scoped = conjunction(parse("all()"), equals("projectcalico.org/namespace", "shop"))
    selector = conjunction(scoped, with_prefix(parse("tier == 'web'"), "pcsa."))
    assert selector == parse("((all()) && projectcalico.org/namespace == 'shop') && pcsa.tier == \"web\"")


@given(SELECTORS, LABELS)
def test_a_prefix_moves_the_question(selector: Selector, labels: dict[str, str]) -> None:
    prefixed = with_prefix(selector, "pcns.")
    assert prefixed.matches({f"pcns.{key}": text for key, text in labels.items()}) is selector.matches(labels)
    assert parse(str(prefixed)) == prefixed


@given(SELECTORS, SELECTORS, LABELS)
def test_what_replaces_everything_decides(selector: Selector, by: Selector, labels: dict[str, str]) -> None:
    expected = selector.matches(labels) if by.matches(labels) else None
    for replaced in (replace_all(selector, by), replace_global(selector, by)):
        assert expected is None or replaced.matches(labels) is expected


@given(SELECTORS)
def test_replacements_read_as_themselves(selector: Selector) -> None:
    for replaced in (replace_all(selector, negation(NAMESPACED)), replace_global(selector, NAMESPACED)):
        assert parse(str(replaced)) == replaced
