"""Which datastore a configuration means."""

from __future__ import annotations

from pathlib import Path

import pytest

from tortie.cli.connect import DEFAULT_CONFIG, connected
from tortie.errors import Invalid
from tortie.model import Kind

FILE = "apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\nmetadata: {}\nspec: {datastoreType: sqlite}\n"


def path_used(config: str, environ: dict[str, str], path: Path) -> bool:
    """Tell whether what is written there ends in the file of that path."""
    with connected(config, environ) as client:
        assert client.list(Kind.TIER).revision == "0"
        client.initialise()
    return path.exists()


@pytest.mark.parametrize(
    "environ", [{}, {"DATASTORE_TYPE": "sqlite"}, {"DATASTORE_TYPE": "nonsense", "CALICO_DATASTORE_TYPE": "sqlite"}]
)
def test_the_environment(tmp_path: Path, environ: dict[str, str]) -> None:
    store = tmp_path / "s.db"
    assert path_used(DEFAULT_CONFIG, {**environ, "TORTIE_SQLITE_PATH": str(store)}, store)


def test_a_file_is_used_instead_of_the_environment(tmp_path: Path) -> None:
    config, store = tmp_path / "c.cfg", tmp_path / "s.db"
    config.write_text(FILE)
    assert path_used(str(config), {"DATASTORE_TYPE": "nonsense", "TORTIE_SQLITE_PATH": str(store)}, store)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("CalicoAPIConfig", "Config", "invalid config file: expected kind 'CalicoAPIConfig', got 'Config'"),
        ("v3", "v1", "invalid config file: unknown APIVersion 'projectcalico.org/v1'"),
        ("sqlite", "stone", "`stone` is not a datastore type"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, old: str, new: str, what: str) -> None:
    config = tmp_path / "c.cfg"
    config.write_text(FILE.replace(old, new))
    with pytest.raises(Invalid) as caught, connected(str(config), {}):
        pass
    assert str(caught.value).startswith("Failed to create Calico API client: ")
    assert what in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with (
        pytest.raises(Invalid, match=f"^Error reading config file: {tmp_path}/absent"),
        connected(f"{tmp_path}/absent", {}),
    ):
        pass
