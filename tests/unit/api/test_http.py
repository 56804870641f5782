"""HTTP matches, one row for each rule of the API specification (3.4, 54 to 56)."""

from __future__ import annotations

import pytest

from tests.unit.api.cases import faults, ingress, rule_of, the_fault
from tortie.model import HTTPMatch, HTTPPath

METHODS = ", ".join(f"M{n}" for n in range(21))
PATHS = ", ".join(f"{{exact: /{n}}}" for n in range(21))


def http(match: str) -> str:
    return ingress(f"action: Allow, protocol: TCP, http: {{{match}}}")


@pytest.mark.parametrize(
    ("match", "path", "what"),
    [
        pytest.param("methods: [GET, GET]", "methods[1]", "stands twice", id="54"),
        pytest.param("paths: [{exact: /a, prefix: /b}]", "paths[0]", "either `exact` or `prefix`", id="55-both"),
        pytest.param("paths: [{}]", "paths[0]", "either `exact` or `prefix`", id="55-neither"),
        pytest.param("paths: [{exact: a}]", "paths[0].exact", "does not start with `/`", id="55-slash"),
        pytest.param("paths: [{prefix: '/a?b'}]", "paths[0].prefix", "has `?` in it", id="55-query"),
        pytest.param("paths: [{prefix: '/a#b'}]", "paths[0].prefix", "has `#` in it", id="55-fragment"),
        pytest.param("paths: [{prefix: '/a b'}]", "paths[0].prefix", "has ` ` in it", id="55-space"),
        pytest.param(f"methods: [{METHODS}]", "methods", "21 entries", id="56-methods"),
        pytest.param(f"paths: [{PATHS}]", "paths", "21 entries", id="56-paths"),
        pytest.param(f"paths: [{{exact: /{'a' * 1024}}}]", "paths[0].exact", "1025 characters", id="56-length"),
        pytest.param("method: [GET]", "method", "wrong location: method", id="unknown"),
    ],
)
def test_an_http_match_that_breaks_a_rule_says_which(match: str, path: str, what: str) -> None:
    found = the_fault(http(match))
    assert found.path.endswith(f" spec.ingress[0].http.{path}")
    assert what in found.what


@pytest.mark.parametrize("match", ["", "methods: [anything, '*']", "paths: [{exact: /}, {prefix: /a/b}]"])
def test_an_http_match_within_the_rules_is_read(match: str) -> None:
    assert faults(http(match)) == []


def test_everything_an_http_match_says_is_kept() -> None:
    found = rule_of(http("methods: [GET, POST], paths: [{exact: /a}, {prefix: /b}]"))
    assert found.http == HTTPMatch(("GET", "POST"), (HTTPPath(exact="/a"), HTTPPath(prefix="/b")))
    assert rule_of(http("")).http == HTTPMatch()
