"""Which datastore settings mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from tortie.cli.commands import COMMANDS, GLOBAL_FLAGS
from tortie.cli.connect import connected, datastore_type
from tortie.cli.flags import Parsed, parse
from tortie.errors import Invalid
from tortie.model import Kind

FILE = "apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\nmetadata: {}\nspec: {datastoreType: sqlite}\n"


def given(*arguments: str) -> Parsed:
    return parse(arguments, (*COMMANDS["get"].flags, *GLOBAL_FLAGS))


def path_used(parsed: Parsed, environ: dict[str, str], path: Path) -> bool:
    """Tell whether what is written there ends in the file of that path."""
    with connected(parsed, environ) as client:
        assert client.list(Kind.TIER).revision == "0"
        client.initialise()
    return path.exists()


@pytest.mark.parametrize(
    "environ", [{}, {"DATASTORE_TYPE": "sqlite"}, {"DATASTORE_TYPE": "nonsense", "CALICO_DATASTORE_TYPE": "sqlite"}]
)
def test_the_environment(tmp_path: Path, environ: dict[str, str]) -> None:
    store = tmp_path / "s.db"
    assert path_used(given(), {**environ, "TORTIE_SQLITE_PATH": str(store)}, store)


def test_a_file_is_used_instead_of_the_environment(tmp_path: Path) -> None:
    config, store = tmp_path / "c.cfg", tmp_path / "s.db"
    config.write_text(FILE)
    environ = {"DATASTORE_TYPE": "nonsense", "TORTIE_SQLITE_PATH": str(store)}
    assert path_used(given("-c", str(config)), environ, store)


@pytest.mark.parametrize(
    ("settings", "type_"),
    [
        ({}, "sqlite"),
        ({"datastoreType": "SQLite"}, "sqlite"),
        ({"etcdEndpoints": "http://a:1"}, "etcdv3"),
        ({"etcdDiscoverySrv": "a"}, "etcdv3"),
        ({"kubeconfig": "/k", "etcdEndpoints": "http://a:1"}, "etcdv3"),
        ({"kubeconfig": "/k"}, "kubernetes"),
        ({"k8sAPIEndpoint": "https://a"}, "kubernetes"),
        ({"kubeconfig": "/k", "sqlitePath": "/s"}, "sqlite"),
        ({"datastoreType": "kubernetes", "sqlitePath": "/s"}, "kubernetes"),
    ],
)
def test_types(settings: dict[str, str], type_: str) -> None:
    assert datastore_type(settings) == type_


@pytest.mark.parametrize(
    ("environ", "what"),
    [
        ({"DATASTORE_TYPE": "stone"}, "unknown datastore type: stone"),
        ({"DATASTORE_TYPE": "etcdv3"}, "no etcd endpoints specified"),
        (
            {"ETCD_ENDPOINTS": "a", "ETCD_DISCOVERY_SRV": "b"},
            'multiple discovery or bootstrap options specified, use either "etcdEndpoints" or "etcdDiscoverySrv"',
        ),
    ],
)
def test_environments_that_cannot_be_used(environ: dict[str, str], what: str) -> None:
    with pytest.raises(Invalid) as caught, connected(given(), environ):
        pass
    assert caught.value.problems[0].what == f"Failed to create Calico API client: {what}"


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        ("etcdKey: a, etcdKeyFile: /b", "Cannot mix inline certificate-key and certificate / key files"),
        ("etcdKey: a", "Certificate and Key must both be present inline."),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, spec: str, what: str) -> None:
    config = tmp_path / "c.cfg"
    config.write_text(FILE.replace("datastoreType: sqlite", f'etcdEndpoints: "http://a:1", {spec}'))
    with pytest.raises(Invalid) as caught, connected(given("-c", str(config)), {}):
        pass
    assert caught.value.problems[0].what == f"Failed to create Calico API client: {what}"
