"""What was exported, into an empty datastore."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.cli.console import Console, network_set, policy, tier
from tortie.model import Key, Kind

MIGRATE = ("datastore", "migrate")


@pytest.fixture
def other(tmp_path: Path, calicoctl: Console) -> Console:
    """A second datastore."""
    (tmp_path / "other").mkdir()
    return replace(calicoctl, directory=tmp_path / "other", etcd="")


def exported(calicoctl: Console, *options: str) -> str:
    calicoctl(*MIGRATE, "lock")
    return calicoctl(*MIGRATE, "export", *options).out


def documents(calicoctl: Console, kind: str) -> list[object]:
    items = json.loads(calicoctl("get", kind, "-o", "json").out)["items"]
    return [(item["metadata"]["name"], item["metadata"].get("labels"), item["spec"]) for item in items]


def test_what_was_exported_is_there_and_locked(calicoctl: Console, other: Console) -> None:
    calicoctl.has(tier("security"), policy(spec="tier: security"), network_set("out"))
    calicoctl.says(calicoVersion="v3.31.0")
    pool = Key(Kind.IP_POOL, "", "p")
    store = calicoctl.store
    store.create(pool, b'{"kind":"IPPool","apiVersion":"projectcalico.org/v3","metadata":{"name":"p"},"spec":{"x":1}}')
    store.close()
    said = other(*MIGRATE, "import", "-f", other.file(exported(calicoctl, "--without-ipam")))
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[0] == "Successfully applied 7 resource(s)"
    assert said.out.splitlines()[1] == "no IPAM resources specified in file"
    assert said.out.splitlines()[2].startswith("Datastore information successfully imported.")
    for kind in ("tier", "gnetsets", "ippool"):
        assert documents(other, kind) == documents(calicoctl, kind)
    assert calicoctl("get", "clusterinfo").out == other("get", "clusterinfo").out
    assert "false" in other("get", "clusterinfo").out
    assert other("get", "np", "-A").out == calicoctl("get", "np", "-A").out


def test_everything_with_the_kinds_of_kubernetes(calicoctl: Console, other: Console) -> None:
    calicoctl.has("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {a: b}}\n")
    said = other(*MIGRATE, "import", "-f", other.file(exported(calicoctl, "--all")))
    assert (said.code, said.err) == (0, "")
    assert other("get", "profile").out == calicoctl("get", "profile").out
    assert other("get", "ns", "-o", "wide").out == calicoctl("get", "ns", "-o", "wide").out


def test_a_datastore_with_resources_is_refused(calicoctl: Console, other: Console) -> None:
    calicoctl.has(network_set("a"))
    other.has(network_set("b"))
    said = other(*MIGRATE, "import", "-f", other.file(exported(calicoctl)))
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("the datastore is not empty: it has GlobalNetworkSet/b")
    assert "true" in other("get", "clusterinfo").out


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("\n===\n", "\n", "this has 1 sections, and an export has 3"),
        ('"blocks": []', '"blocks": [{"cidr": "10.0.0.0/26"}]', "the file has assigned addresses"),
        ('"blocks": []', "blocks", "the second and third section are JSON"),
        ("nets:", "netz:", "field in document is not recognized or is in the wrong location: netz"),
    ],
)
def test_files_that_are_none_change_nothing(calicoctl: Console, other: Console, old: str, new: str, what: str) -> None:
    calicoctl.has(network_set("a"))
    said = other(*MIGRATE, "import", "-f", other.file(exported(calicoctl).replace(old, new)))
    assert (said.code, said.out) == (1, "")
    assert what in said.err
    assert not (other.directory / "store.db").exists()


def test_a_file_is_needed(calicoctl: Console) -> None:
    assert calicoctl(*MIGRATE, "import").err.startswith("no file was given")
