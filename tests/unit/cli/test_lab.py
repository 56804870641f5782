"""What `tortie lab` refuses before it touches anything; tests/kernel/test_lab_command.py has it do the rest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tortie.cli import lab
from tortie.errors import Invalid, NotFound, Unavailable


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(lab, "running_labs", lambda: ())


@pytest.mark.parametrize("argv", [["up", "lab.yaml"], ["down"], ["matrix"], ["exec", "red", "--", "true"]])
def test_others_than_root_are_told_so(argv: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Unavailable, match="needs root"):
        lab.run(argv)


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize("argv", [["down"], ["matrix"], ["env"], ["probe", "a", "b"], ["exec", "red", "--", "true"]])
def test_no_lab_is_up(argv: list[str]) -> None:
    with pytest.raises(NotFound, match="no lab is up; `tortie lab up FILE` makes one"):
        lab.run(argv)


@pytest.mark.usefixtures("as_root")
def test_one_of_several_labs_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "running_labs", lambda: ("one", "two"))
    with pytest.raises(NotFound, match="say which lab; up: `one`, `two`"):
        lab.run(["matrix"])


@pytest.mark.usefixtures("as_root")
def test_a_lab_that_is_not_there_is_not_taken_down() -> None:
    with pytest.raises(NotFound, match="there is no lab `a-lab-that-is-not-up`"):
        lab.run(["down", "a-lab-that-is-not-up"])


@pytest.mark.usefixtures("as_root")
def test_a_file_with_a_mistake_puts_nothing_up(tmp_path: Path) -> None:
    path = tmp_path / "lab.yaml"
    path.write_text("kind: Lab\nmetadata: {name: broken}\nspec: {hosts: [{nam: node-1}]}\n")
    with pytest.raises(Invalid, match="unknown field `nam`"):
        lab.run(["up", str(path)])


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize("argv", [[], ["fly"], ["up"], ["probe", "a"], ["probe", "a", "b", "--port", "0"]])
def test_words_that_make_no_sense(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        lab.run(argv)
    assert raised.value.code == 2
    assert "usage: tortie lab" in capsys.readouterr().err


@pytest.mark.usefixtures("as_root")
def test_no_labs_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.run(["list"]) == 0
    assert capsys.readouterr().out == "NAME  HOSTS  WORKLOADS  EXTERNAL\n"


@pytest.mark.parametrize("verb", ["", "up", "down", "list", "exec", "probe", "matrix", "env"])
def test_help_fits_the_terminal(verb: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as raised:
        lab.run([*([verb] if verb else []), "--help"])
    assert raised.value.code == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80
