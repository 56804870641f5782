"""What this machine's agent was told, whether it runs or not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.answering import answering
from tortie.api import Source
from tortie.cli import agent_settings
from tortie.cli.agent_settings import settings_file, told_here
from tortie.errors import Invalid


@pytest.fixture(autouse=True)
def _no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(agent_settings, "FELIX_FILE", str(tmp_path / "felix.cfg"))


def test_an_agent_that_runs_tells_itself(tmp_path: Path) -> None:
    answer = {"host": "node-7", "sources": [{"place": "flags", "values": {"INTERFACEPREFIX": "tap"}}]}
    with answering(tmp_path, json.dumps(answer).encode()):
        told = told_here({"TORTIE_RUNDIRECTORY": str(tmp_path), "FELIX_FELIXHOSTNAME": "else"})
    assert told == ("node-7", (Source("flags", {"INTERFACEPREFIX": "tap"}),))


def test_without_one_environment_and_file_count(tmp_path: Path) -> None:
    (tmp_path / "felix.cfg").write_text("LogPrefix = x\n")
    environ = {"TORTIE_RUNDIRECTORY": str(tmp_path), "TORTIE_HOSTNAME": "me", "FELIX_INTERFACEPREFIX": "tap"}
    told = told_here(environ)
    assert told.hostname == "me"
    assert [(each.place, each.values) for each in told.sources] == [
        ("environment", {"INTERFACEPREFIX": "tap"}),
        (str(tmp_path / "felix.cfg"), {"LogPrefix": "x"}),
    ]


def test_a_file_that_was_named_has_to_be_there(tmp_path: Path) -> None:
    assert settings_file(None) is None
    with pytest.raises(Invalid, match="no such file"):
        settings_file(str(tmp_path / "none"))
    (tmp_path / "odd").write_text("what")
    with pytest.raises(Invalid, match="`what` is not a setting"):
        settings_file(str(tmp_path / "odd"))
