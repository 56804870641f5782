"""Kinds of a shared datastore that are no policy: shown, and left alone by every command that writes."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from tests.unit.cli.console import API, Console
from tortie.model import FOREIGN_KINDS, Key, Kind

POOL = {
    "kind": "IPPool",
    "apiVersion": "projectcalico.org/v3",
    "metadata": {"name": "x", "uid": "u"},
    "spec": {"cidr": "10.0.0.0/16", "unknownToUs": {"a": [1]}},
}
SHOWN_ONLY = sorted(FOREIGN_KINDS)


def put(calicoctl: Console, key: Key, document: Mapping[str, object]) -> bytes:
    store = calicoctl.store
    value = store.create(key, json.dumps(document).encode()).value
    store.close()
    return value


def test_got_and_listed_as_they_are(calicoctl: Console) -> None:
    put(calicoctl, Key(Kind.IP_POOL, "", "x"), POOL)
    assert calicoctl("get", "pools").out == "NAME   CIDR          SELECTOR   \nx      10.0.0.0/16              \n\n"
    shown = json.loads(calicoctl("get", "ippool", "x", "-o", "json").out)
    assert shown["spec"] == POOL["spec"]
    assert "unknownToUs" in calicoctl("get", "ippool", "-o", "yaml").out


@pytest.mark.parametrize("kind", SHOWN_ONLY)
def test_every_write_is_refused_in_one_sentence_and_changes_nothing(calicoctl: Console, kind: Kind) -> None:
    key = Key(kind, "", "x")
    value = put(calicoctl, key, {**POOL, "kind": str(kind)})
    file = calicoctl.file(f"{API}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {{a: 1}}\n")
    name = kind.lower()
    for words in (
        ("create", "-f", file),
        ("apply", "-f", file),
        ("replace", "-f", file),
        ("delete", "-f", file),
        ("delete", name, "x"),
        ("patch", name, "x", "-p", "spec: {a: 2}"),
        ("validate", "-f", file),
    ):
        said = calicoctl(*words)
        assert said.code == 1
        assert f"is not supported on {kind}(x): Tortie manages no addresses or routes" in said.err, words
    assert calicoctl("label", name, "x", "a=b").err.startswith(f"failed to update {name} x, label not changed")
    store = calicoctl.store
    assert store.get(key).value == value
    store.close()


@pytest.mark.parametrize(
    ("words", "operation"),
    [
        (("create",), "create or apply"),
        (("apply",), "apply"),
        (("replace",), "apply or replace"),
        (("delete",), "delete"),
    ],
)
def test_cluster_information_is_read_only(calicoctl: Console, words: tuple[str, ...], operation: str) -> None:
    calicoctl.says(clusterType="k8s")
    file = calicoctl.file(f"{API}\nkind: ClusterInformation\nmetadata: {{name: default}}\nspec: {{}}\n")
    said = calicoctl(*words, "-f", file)
    assert said.code == 1
    assert f"operation {operation} is not supported on ClusterInformation" in said.err
    listed = calicoctl("get", "clusterinfo").out.splitlines()
    assert listed[0].split() == ["NAME", "CLUSTERGUID", "CLUSTERTYPE", "CALICOVERSION", "DATASTOREREADY"]
    assert listed[1].split()[0] == "default"
    assert listed[1].split()[2:] == ["k8s", "true"]


def test_the_as_number_of_the_cluster(calicoctl: Console) -> None:
    assert calicoctl("get", "tier", "-o", 'go-template={{config "asnumber"}}').out == "64512"
    put(calicoctl, Key(Kind.BGP_CONFIGURATION, "", "default"), {"metadata": {}, "spec": {"asNumber": 64999}})
    put(calicoctl, Key(Kind.NODE, "", "n"), {"metadata": {"name": "n"}, "spec": {"bgp": {"ipv4Address": "a"}}})
    assert calicoctl("get", "tier", "-o", 'go-template={{config "asnumber"}}').out == "64999"
    assert calicoctl("get", "node", "-o", "wide").out.splitlines()[1].split() == ["n", "(64999)", "a"]
