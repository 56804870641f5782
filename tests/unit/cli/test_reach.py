"""Selectors that match nothing, and what was perhaps meant."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.cli.console import API, Console, network_set, policy
from tortie.api import decode_all, read_documents
from tortie.cli.reach import Reach

MISSPELT = policy(spec='selector: colour == "red"')
CLUSTER = f"""
apiVersion: v1
kind: Namespace
metadata: {{name: shop, labels: {{env: prod}}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: web, namespace: shop, labels: {{role: front}}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: web-1, namespace: shop, labels: {{color: red, tier: web}}}}
spec: {{nodeName: n1, serviceAccountName: web}}
status: {{podIP: 10.0.0.1}}
---
{API}
kind: GlobalNetworkSet
metadata: {{name: out, labels: {{zone: outside}}}}
spec: {{nets: [203.0.113.0/24]}}
"""


@pytest.fixture(scope="module")
def reach() -> Reach:
    return reach_of(CLUSTER)


def reach_of(text: str) -> Reach:
    decoded = decode_all(read_documents(text, "cluster"))
    return Reach({each.key: each.value for each in decoded if each.value is not None})


def told(reach: Reach, spec: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(problem.path, problem.what, problem.mend) for problem in reach.problems({"spec": spec})]


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"selector": "color == 'red'"},
        {"selector": "all()"},
        {"selector": "color != 'blue'"},
        {"selector": "pcns.env == 'prod' && projectcalico.org/namespace == 'shop'"},
        {"namespaceSelector": "env == 'prod'", "serviceAccountSelector": "role == 'front'"},
        {"ingress": [{"source": {"selector": "zone == 'outside'", "namespaceSelector": "global()"}}]},
        {"egress": [{"destination": {"serviceAccounts": {"selector": "role == 'front'"}}}]},
        {"selector": "this is none"},
    ],
)
def test_selectors_that_match_something(reach: Reach, spec: dict[str, Any]) -> None:
    assert told(reach, spec) == []


@pytest.mark.parametrize(
    ("spec", "path", "what", "mend"),
    [
        (
            {"selector": "colour == 'red'"},
            "spec.selector",
            "`colour == 'red'` matches none of the endpoints: the label `colour` exists nowhere",
            "did you mean `color`?",
        ),
        (
            {"selector": "color == 'rad'"},
            "spec.selector",
            "`color == 'rad'` matches none of the endpoints: no `color` is `rad`",
            "did you mean `red`?",
        ),
        ({"selector": "zone == 'outside'"}, "spec.selector", "the label `zone` exists nowhere", ""),
        ({"selector": "has(color) && !has(tier)"}, "spec.selector", "of the endpoints", ""),
        (
            {"egress": [{}, {"destination": {"notSelector": "zoned == 'x'"}}]},
            "spec.egress[1].destination.notSelector",
            "exists nowhere",
            "did you mean `zone`?",
        ),
        (
            {"ingress": [{"source": {"namespaceSelector": "env == 'prd'"}}]},
            "spec.ingress[0].source.namespaceSelector",
            "matches none of the namespaces: no `env` is `prd`",
            "did you mean `prod`?",
        ),
    ],
)
def test_selectors_that_match_nothing(reach: Reach, spec: dict[str, Any], path: str, what: str, mend: str) -> None:
    ((found_path, found_what, found_mend),) = told(reach, spec)
    assert (found_path, found_mend) == (path, mend)
    assert what in found_what


def test_where_there_is_nobody_yet_nothing_is_said() -> None:
    assert told(reach_of(""), {"selector": "a == 'b'", "namespaceSelector": "c == 'd'"}) == []


def test_apply_tells_it_at_its_place(calicoctl: Console) -> None:
    calicoctl.has(CLUSTER)
    file = calicoctl.file(f"{network_set('other')}---\n{MISSPELT}")
    said = calicoctl("apply", "-f", file)
    assert (said.code, said.out) == (0, "Successfully applied 2 resource(s)\n")
    what, line, caret, mend = said.err.splitlines()
    assert what.startswith(f"warning: {file}:9:18: NetworkPolicy/shop/db spec.selector: `colour ==")
    assert what.endswith("matches none of the endpoints: the label `colour` exists nowhere")
    assert line == '  9 | spec: {selector: colour == "red"}'
    assert caret.index("^") == line.index("colour")
    assert mend == "  did you mean `color`?"
