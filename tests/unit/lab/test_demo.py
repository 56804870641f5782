"""What the demo says before it does anything; tests/kernel/test_demo.py runs all of it."""

from __future__ import annotations

import os

import pytest

from tortie.lab.demo import main


def test_others_than_root_are_told_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main([]) == 2
    assert "sudo scripts/demo" in capsys.readouterr().err


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["--help"])
    assert raised.value.code == 0
    assert "--keep" in capsys.readouterr().out
