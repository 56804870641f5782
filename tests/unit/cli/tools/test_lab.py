"""What `tortie lab` refuses before it touches anything; tests/kernel/test_lab_command.py has it do the rest."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pytest

from tortie.cli.tools import lab
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


@pytest.mark.parametrize(
    ("words", "version"),
    [("a b", 4), ("a b -6", 6), ("fd00::1 b", 6), ("a fd00::2", 6), ("10.0.0.1 b -4", 4), ("fd00::1 fd00::2 -6", 6)],
)
def test_the_ip_version_is_what_flag_and_addresses_say(words: str, version: int) -> None:
    assert lab._ip_version(asked(words)) == version


@pytest.mark.parametrize("words", ["10.0.0.1 fd00::2", "fd00::1 10.0.0.2", "fd00::1 b -4", "a 10.0.0.1 -6"])
def test_an_ip_version_that_not_all_agree_on_is_told(words: str) -> None:
    with pytest.raises(Invalid, match="both IP versions"):
        lab._ip_version(asked(words))


def asked(words: str) -> argparse.Namespace:
    source, destination, *flag = words.split()
    return argparse.Namespace(source=source, destination=destination, version=int(flag[0][1]) if flag else None)


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
