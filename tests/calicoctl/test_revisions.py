"""Revisions: what they are compared with, by which command, and what a resource keeps when it is written again."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.calicoctl.rows import holds
from tests.unit.cli.console import API, Console, network_set, policy

CONFLICT = "update conflict: GlobalNetworkSet(out)"


def stored(calicoctl: Console, *words: str) -> dict[str, Any]:
    said = calicoctl("get", *words, "-o", "json")
    assert said.code == 0, said.err
    found: dict[str, Any] = json.loads(said.out)
    return found


def revision(calicoctl: Console) -> str:
    found: str = stored(calicoctl, "gnetsets", "out")["metadata"]["resourceVersion"]
    return found


def at(resource_version: str) -> str:
    return network_set(spec="nets: [192.0.2.0/24]", extra=f", resourceVersion: '{resource_version}'")


@holds("12.conflict", "12.stale", "13.conflict", "13.delete", "13.file", "5.replace", "5.delete", "23.stale")
@pytest.mark.parametrize(
    ("verb", "refusal"),
    [
        ("apply", f"failed to apply 'GlobalNetworkSet' resource: [{CONFLICT}]\n"),
        ("replace", f"hit error: {CONFLICT}\n"),
        ("delete", f"Failed to delete 'GlobalNetworkSet' resource: {CONFLICT}\n\n"),
    ],
)
def test_a_stale_revision_is_refused_and_the_current_one_taken(calicoctl: Console, verb: str, refusal: str) -> None:
    calicoctl.has(network_set())
    stale = revision(calicoctl)
    calicoctl.has(network_set(spec="nets: [203.0.113.0/24]"))
    current = revision(calicoctl)
    said = calicoctl(verb, "-f", calicoctl.file(at(stale)))
    assert (said.code, said.err) == (1, refusal)
    assert revision(calicoctl) == current
    assert calicoctl(verb, "-f", calicoctl.file(at(current))).code == 0


@holds("5.patch")
def test_a_patch_writes_at_the_revision_that_it_read_or_names(calicoctl: Console) -> None:
    calicoctl.has(network_set())
    said = calicoctl("patch", "gnetsets", "out", "-p", "metadata: {resourceVersion: '1'}")
    assert (said.code, said.err) == (1, f"hit error: {CONFLICT}\n")


@holds("13.value")
def test_revisions_are_decimal_text_and_grow(calicoctl: Console) -> None:
    calicoctl.has(network_set())
    first = revision(calicoctl)
    calicoctl.has(network_set(spec="nets: [203.0.113.0/24]"))
    assert int(first) < int(revision(calicoctl))


@holds("13.text")
@pytest.mark.parametrize("verb", ["apply", "replace", "delete"])
def test_a_revision_that_is_no_number_is_refused(calicoctl: Console, verb: str) -> None:
    calicoctl.has(network_set())
    said = calicoctl(verb, "-f", calicoctl.file(at("newest")))
    assert said.code == 1
    assert "error with field ResourceVersion = 'newest'" in said.err


@holds("13.get")
def test_get_with_the_revision_of_a_file_reads_what_was_there(calicoctl: Console) -> None:
    calicoctl.has(network_set(spec="nets: [10.0.0.0/8]"))
    old = revision(calicoctl)
    calicoctl.has(network_set(spec="nets: [203.0.113.0/24]"))
    assert calicoctl("get", "-f", calicoctl.file(at(old)), "-o", "json").code == 0


@holds("19.7")
def test_an_update_without_a_revision_takes_the_newest_state(calicoctl: Console) -> None:
    calicoctl.has(network_set(spec="nets: [10.0.0.0/8]"))
    calicoctl.has(network_set(spec="nets: [203.0.113.0/24]"))
    assert calicoctl("replace", "-f", calicoctl.file(network_set(spec="nets: [192.0.2.0/24]"))).code == 0
    assert stored(calicoctl, "gnetsets", "out")["spec"] == {"nets": ["192.0.2.0/24"]}


@holds("23.apply-twice", "5.merge")
def test_applying_again_keeps_what_the_server_gave_and_replaces_labels(calicoctl: Console) -> None:
    calicoctl.has(network_set(extra=", labels: {a: b}, annotations: {c: d}"))
    first = stored(calicoctl, "gnetsets", "out")["metadata"]
    theirs = ", uid: mine, creationTimestamp: '2001-01-01T00:00:00Z', generation: 9, finalizers: [f], labels: {e: f}"
    calicoctl.has(network_set(extra=theirs))
    second = stored(calicoctl, "gnetsets", "out")["metadata"]
    varying = {"labels", "annotations", "resourceVersion"}
    assert {name: value for name, value in second.items() if name not in varying} == {
        name: value for name, value in first.items() if name not in varying
    }
    assert (second["labels"], "annotations" in second) == ({"e": "f"}, False)
    assert second["resourceVersion"] != first["resourceVersion"]


@holds("23.round-trip")
def test_what_is_created_comes_back_with_what_the_server_adds(calicoctl: Console) -> None:
    spec = "order: 10, selector: a == 'b', types: [Ingress], ingress: [{action: Deny, source: {}, destination: {}}]"
    calicoctl.has(policy("x", spec=spec))
    found = yaml.safe_load(calicoctl("get", "np", "x", "-n", "shop", "-o", "yaml").out)
    assert found["spec"] == {**yaml.safe_load(f"{{{spec}}}"), "tier": "default"}
    assert found["metadata"].keys() == {"name", "namespace", "uid", "creationTimestamp", "resourceVersion", "labels"}
    assert found["metadata"]["labels"] == {"projectcalico.org/tier": "default"}


@holds("23.delete-output")
@pytest.mark.parametrize("words", [["x"], [], ["x", "q"]])
def test_what_get_prints_can_be_deleted(calicoctl: Console, words: list[str]) -> None:
    calicoctl.has(policy("x"), policy("q"))
    printed = calicoctl("get", "np", *words, "-n", "shop", "-o", "yaml").out
    assert calicoctl("delete", "-f", calicoctl.file(printed)).code == 0
    left = stored(calicoctl, "np", "-n", "shop")["items"]
    assert [item["metadata"]["name"] for item in left] == (["q"] if words == ["x"] else [])


@holds("22.import")
def test_what_was_exported_fills_an_empty_datastore(calicoctl: Console) -> None:
    file = calicoctl.file(f"{API}\nkind: NetworkPolicy\nmetadata: {{name: x, namespace: shop}}\n")
    assert calicoctl("apply", "-f", file).code == 0
    assert calicoctl("datastore", "migrate", "lock").code == 0
    exported = calicoctl.file(calicoctl("datastore", "migrate", "export").out, "all.yaml")
    full = calicoctl("datastore", "migrate", "import", "-f", exported)
    assert (full.code, full.out) == (1, "")
    other = Console(calicoctl.directory / "other", calicoctl.capture)
    said = other("datastore", "migrate", "import", "-f", exported)
    assert (said.code, said.err) == (0, "")
    assert "Datastore information successfully imported" in said.out
    assert stored(other, "np", "-n", "shop")["items"][0]["metadata"]["name"] == "x"
