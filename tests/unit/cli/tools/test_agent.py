"""`tortie agent`: what it refuses before it touches anything; tests/kernel/test_agent.py has it run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tortie.agent import control_path, locked
from tortie.cli.tools.agent import run
from tortie.errors import Conflict, Invalid


def test_every_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FELIX_HEALTHPORT", "x")
    with pytest.raises(Invalid) as caught:
        run(["--repair-seconds", "never", "--run-directory", str(tmp_path)])
    assert {problem.path for problem in caught.value.problems} == {"--repair-seconds", "FELIX_HEALTHPORT"}
    assert list(tmp_path.iterdir()) == []


def test_a_second_agent_is_refused(tmp_path: Path) -> None:
    with locked(control_path(tmp_path)), pytest.raises(Conflict, match="stop it first"):
        run(["--run-directory", str(tmp_path)])


def test_help_names_every_flag(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(["--help"])
    assert caught.value.code == 0
    assert "--interface-prefix LIST" in capsys.readouterr().out
