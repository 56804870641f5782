"""Files, directories and standard input."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.unit.cli.console import network_set
from tortie.cli.load import load
from tortie.errors import Invalid


def names(filename: Path | str, *, recursive: bool = False) -> list[str]:
    return [
        document.data["metadata"]["name"] for document in load(str(filename), recursive=recursive, may_be_empty=False)
    ]


def test_a_directory_is_read_in_order_of_names(tmp_path: Path) -> None:
    for name in ("b.yml", "a.YAML", "c.json", "d.txt", "sub/e.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(network_set(Path(name).stem))
    assert names(tmp_path) == ["a", "b", "c"]
    assert names(tmp_path, recursive=True) == ["a", "b", "c", "e"]
    assert names(tmp_path / "d.txt") == ["d"]


def test_links_to_directories_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(network_set("a"))
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "link.yaml").symlink_to(tmp_path / "a.yaml")
    assert names(tmp_path, recursive=True) == ["a", "a"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(network_set("piped").encode())))
    assert names("-") == ["piped"]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"\xff")
    for name, what in (
        ("absent", f"failed to execute command: open {tmp_path}/absent: no such file or directory"),
        ("latin.yaml", f"{tmp_path}/latin.yaml:1:1: this file is not UTF-8 text; save it as UTF-8"),
    ):
        with pytest.raises(Invalid) as caught:
            names(tmp_path / name)
        assert str(caught.value) == what


def test_emptiness(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("---\n# nothing\n")
    for path, what in ((tmp_path, "directory"), (tmp_path / "empty.yaml", "file")):
        with pytest.raises(Invalid, match=f"^no resources specified in {what} {path}$"):
            names(path)
        assert load(str(path), recursive=False, may_be_empty=True) == []


def test_every_syntax_error_of_every_file_is_told(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("a: [\n")
    with pytest.raises(Invalid) as caught:
        names(tmp_path)
    assert [Path(problem.file).name for problem in caught.value.problems] == ["a.yaml", "b.yaml"]
