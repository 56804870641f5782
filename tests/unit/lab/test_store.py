"""A lab's datastore: filled, changed by files, read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tortie.agent import read_config
from tortie.api import decode, document_of
from tortie.datastore import Location, SqliteDatastore, locate
from tortie.errors import Invalid
from tortie.lab import Host, Lab, Workload, allocated
from tortie.lab.resources import manifests
from tortie.lab.store import ETCD_DATA, apply, environment, fill, location, read_files, read_text, resources, revision
from tortie.model import Key, Kind, Policy

LAB = allocated(Lab("guide", (Host("node-1"),), workloads=(Workload("red", "production", "node-1"),)))
POLICY = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: p, namespace: production}
spec: {selector: all(), ingress: [{action: Deny}]}
"""


@pytest.fixture
def store(tmp_path: Path) -> SqliteDatastore:
    return SqliteDatastore(location(tmp_path).path)


def test_the_variables_lead_to_the_store(tmp_path: Path) -> None:
    assert locate(environment(tmp_path)) == location(tmp_path) == Location(path=tmp_path / "tortie.db")


def test_the_variables_lead_to_the_agents(tmp_path: Path) -> None:
    assert read_config({}, environment(tmp_path), "node-1").run_directory == tmp_path


def test_an_etcd_is_found_by_its_data(tmp_path: Path) -> None:
    (tmp_path / ETCD_DATA).mkdir()
    found = locate(environment(tmp_path))
    assert found == location(tmp_path)
    assert found.etcd.endpoints == f"unix://{tmp_path}/etcd.sock:0"


def test_what_is_filled_in_can_be_read(store: SqliteDatastore) -> None:
    fill(store, LAB)
    wanted = {decode(document_of(each)).key for each in manifests(LAB)}
    assert wanted <= resources(store).keys()


def test_files_are_applied_with_their_defaults_and_again(store: SqliteDatastore, tmp_path: Path) -> None:
    fill(store, LAB)
    before = revision(store)
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    key = Key(Kind.NETWORK_POLICY, "production", "p")
    assert apply(store, read_files([path])) == (key,)
    found = resources(store)[key]
    assert isinstance(found, Policy)
    assert found.tier == "default"
    assert revision(store) > before
    apply(store, read_text(POLICY.replace("Deny", "Allow"), "changed"))
    changed = resources(store)[key]
    assert isinstance(changed, Policy)
    assert changed.ingress != found.ingress


def test_every_file_that_is_wrong_is_told(tmp_path: Path) -> None:
    paths = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    for path in paths:
        path.write_text(POLICY.replace("Deny", "Refuse"))
    with pytest.raises(Invalid) as raised:
        read_files(paths)
    assert {Path(problem.file).name for problem in raised.value.problems} == {"one.yaml", "two.yaml"}
