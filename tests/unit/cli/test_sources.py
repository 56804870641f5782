"""Where commands read resources, and what they make of those that nobody can understand."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tortie.cli.sources import from_datastore, from_files
from tortie.datastore import SqliteDatastore
from tortie.errors import Invalid, NotFound, Unavailable
from tortie.model import Action, Key, Kind, Policy, Rule

SET = Key(Kind.GLOBAL_NETWORK_SET, "", "office")
NAMESPACED = Key(Kind.NETWORK_SET, "shop", "office")


def network_set(net: str, kind: str = "GlobalNetworkSet") -> str:
    return json.dumps(
        {
            "apiVersion": "projectcalico.org/v3",
            "kind": kind,
            "metadata": {"name": "office"},
            "spec": {"nets": [net]},
        }
    )


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(network_set("192.0.2.0/24"))
    assert list(from_files([str(tmp_path / "a.json")]).resources) == [SET]


def test_a_directory_of_files_and_others(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.yaml").write_text(network_set("192.0.2.0/24"))
    (tmp_path / "notes.txt").write_text("not for us")
    assert list(from_files([str(tmp_path)]).resources) == [SET]


def test_a_directory_without_any(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no YAML or JSON file"):
        from_files([str(tmp_path)])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        from_files([str(tmp_path / "gone.yaml")])


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Invalid, match="not UTF-8"):
        from_files([str(tmp_path / "a.yaml")])


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(network_set("192.0.2.0/24").encode())))
    assert list(from_files(["-"]).resources) == [SET]


def test_the_namespace_of_documents_that_name_none(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(network_set("192.0.2.0/24", "NetworkSet"))
    assert list(from_files([str(tmp_path)], "shop").resources) == [NAMESPACED]


def test_later_files_win(tmp_path: Path) -> None:
    for name, net in (("a.json", "192.0.2.0/24"), ("b.json", "198.51.100.0/24")):
        (tmp_path / name).write_text(network_set(net))
    first, second = (str(tmp_path / name) for name in ("a.json", "b.json"))
    assert from_files([first, second]).resources == from_files([second]).resources
    assert from_files([second, first]).resources == from_files([first]).resources


def test_every_problem_of_every_file(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(network_set("not a net"))
    with pytest.raises(Invalid) as caught:
        from_files([str(tmp_path)])
    assert [Path(problem.file).name for problem in caught.value.problems] == ["a.json", "b.json"]


def test_the_datastore_without_what_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "tortie.db"
    store = SqliteDatastore(path)
    store.create(SET, network_set("192.0.2.0/24").encode())
    store.create(NAMESPACED, b"{")
    store.close()
    found = from_datastore({"TORTIE_SQLITE_PATH": str(path)})
    assert list(found.resources) == [SET]
    assert len(found.problems) == 1


def test_a_broken_policy_of_the_datastore_denies_as_it_does_for_the_agent(tmp_path: Path) -> None:
    path, key = tmp_path / "tortie.db", Key(Kind.GLOBAL_NETWORK_POLICY, "", "p")
    store = SqliteDatastore(path)
    store.create(key, network_set("192.0.2.0/24", "GlobalNetworkPolicy").replace("office", "p").encode())
    store.close()
    found = from_datastore({"TORTIE_SQLITE_PATH": str(path)})
    policy = found.resources[key]
    assert isinstance(policy, Policy)
    assert policy.ingress == (Rule(Action.DENY),)
    assert "not recognized" in found.problems[0].what


def test_no_datastore_yet(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="there is no datastore yet"):
        from_datastore({"TORTIE_SQLITE_PATH": str(tmp_path / "none.db")})
