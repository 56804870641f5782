"""Selectors that match nothing, and what was perhaps meant."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.cli.console import API, Console, network_set, policy
from tortie.api import decode_all, read_documents
from tortie.cli.change.reach import Reach
from tortie.datastore import MemoryDatastore
from tortie.model import Key, Kind

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


def store_of(text: str) -> MemoryDatastore:
    store = MemoryDatastore()
    documents = read_documents(text, "cluster")
    for document, each in zip(documents, decode_all(documents), strict=True):
        kind = Kind(document.kind) if document.kind in {"Pod", "Namespace", "ServiceAccount"} else each.key.kind
        metadata = document.data["metadata"]
        key = Key(kind, metadata.get("namespace", ""), metadata["name"])
        store.create(key, json.dumps(document.data).encode())
    return store


@pytest.fixture(scope="module")
def store() -> MemoryDatastore:
    return store_of(CLUSTER)


def told(store: MemoryDatastore, spec: dict[str, Any]) -> list[tuple[str, str, str]]:
    document = {"spec": spec}
    return [(each.path, each.what, each.mend) for each in Reach(store, [document]).problems(document)]


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
        {"podSelector": {}},
        {"podSelector": {"matchLabels": {"color": "red"}, "matchExpressions": [{"key": "tier", "operator": "Exists"}]}},
        {"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"env": "prod"}}}]}]},
    ],
)
def test_selectors_that_match_something(store: MemoryDatastore, spec: dict[str, Any]) -> None:
    assert told(store, spec) == []


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
def test_selectors_that_match_nothing(
    store: MemoryDatastore, spec: dict[str, Any], path: str, what: str, mend: str
) -> None:
    ((found_path, found_what, found_mend),) = told(store, spec)
    assert (found_path, found_mend) == (path, mend)
    assert what in found_what


@pytest.mark.parametrize(
    ("spec", "path", "what"),
    [
        ({"podSelector": {"matchLabels": {"colour": "red"}}}, "spec.podSelector", "the label `colour` exists nowhere"),
        (
            {"podSelector": {}, "egress": [{}, {"to": [{}, {"podSelector": {"matchLabels": {"color": "rad"}}}]}]},
            "spec.egress[1].to[1].podSelector",
            "matches none of the endpoints and network sets: no `color` is `rad`",
        ),
        (
            {"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"env": "prd"}}}]}]},
            "spec.ingress[0].from[0].namespaceSelector",
            "matches none of the namespaces: no `env` is `prd`",
        ),
    ],
)
def test_selectors_of_kubernetes(store: MemoryDatastore, spec: dict[str, Any], path: str, what: str) -> None:
    ((found_path, found_what, _),) = told(store, spec)
    assert found_path == path
    assert what in found_what


def endpoints(count: int) -> str:
    return "---\n".join(
        f"{API}\nkind: HostEndpoint\nmetadata: {{name: h{number}, labels: {{number: '{number}'}}}}\n"
        f"spec: {{node: n{number}, interfaceName: eth0}}\n"
        for number in range(count)
    )


@pytest.mark.parametrize(("wanted", "read"), [("h0", 500), ("h999", 600)])
def test_no_more_is_read_than_it_takes(wanted: str, read: int) -> None:
    selector = f"number == '{wanted.removeprefix('h')}'"
    assert Reach(store_of(endpoints(600)), [{"spec": {"selector": selector}}]).read == read


def test_past_the_limit_it_is_told_that_others_were_not_looked_at() -> None:
    document = {"spec": {"selector": "number == '599'"}}
    reach = Reach(store_of(endpoints(600)), [document], most_read=500)
    (problem,) = reach.problems(document)
    assert problem.what == "`number == '599'` matches none of the first 500 endpoints"
    assert problem.mend == "the others were not looked at; did you mean `539`?"


def test_where_there_is_nobody_yet_nothing_is_said() -> None:
    assert told(store_of(""), {"selector": "a == 'b'", "namespaceSelector": "c == 'd'"}) == []


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


@pytest.mark.parametrize("verb", ["create", "replace", "apply"])
def test_the_check_can_be_left_out(calicoctl: Console, verb: str) -> None:
    calicoctl.has(CLUSTER, *([MISSPELT] if verb == "replace" else []))
    file = calicoctl.file(MISSPELT)
    said = calicoctl(verb, "-f", file, "--skip-selector-check")
    assert (said.code, said.err) == (0, "")


def test_a_patch_is_told_of_too(calicoctl: Console) -> None:
    calicoctl.has(CLUSTER, policy())
    said = calicoctl("patch", "np", "db", "-n", "shop", "-p", "spec: {selector: color == 'rad'}")
    assert (said.code, said.out) == (0, "Successfully patched 1 'NetworkPolicy' resource\n")
    assert said.err == (
        "warning: NetworkPolicy/shop/db spec.selector: `color == 'rad'` matches none of the endpoints: "
        "no `color` is `rad`\n  did you mean `red`?\n"
    )


def test_a_staged_policy_of_kubernetes_is_told_of_too(calicoctl: Console) -> None:
    calicoctl.has(CLUSTER)
    staged = (
        f"{API}\nkind: StagedKubernetesNetworkPolicy\nmetadata: {{name: s, namespace: shop}}\n"
        "spec:\n  podSelector:\n    matchLabels: {colour: red}\n"
    )
    file = calicoctl.file(staged)
    said = calicoctl("apply", "-f", file)
    first, *_ = said.err.splitlines()
    assert first == (
        f"warning: {file}:6:5: StagedKubernetesNetworkPolicy/shop/s spec.podSelector: "
        '`colour == "red"` matches none of the endpoints: the label `colour` exists nowhere'
    )
