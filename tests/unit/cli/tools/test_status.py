"""`tortie status`: what it prints, and its exit code, for an agent that answers and for none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.unit.cli.answering import answering
from tortie.agent import Report, control_path
from tortie.cli.tools.status import run
from tortie.errors import Unavailable

READY = Report(
    "node-1",
    "0.1.0",
    ready=True,
    reason="",
    enforced="the datastore's policy",
    datastore="in-sync",
    sizes={"endpoints": 3, "groups": 2, "rules": 5, "classes": 4},
    undecodable={"Tier/odd": "broken"},
    quarantined={"Profile/big": "too big"},
    probation="the change of me@here waits",
    refused_sessions=("a TCP connection, to 10.0.0.1 port 7000: x refuses it",),
)


def asked(directory: Path, report: Report, *argv: str) -> int:
    with answering(directory, json.dumps(report.document()).encode()):
        return run([*argv, "--run-directory", str(directory)])


def test_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(tmp_path, READY) == 0
    assert capsys.readouterr().out == (
        "state           ready\n"
        "host            node-1\n"
        "enforces        the datastore's policy\n"
        "datastore       in-sync\n"
        "probation       the change of me@here waits\n"
        "policy          3 endpoints, 2 groups, 5 rules, 4 classes\n"
        "changes         0 applied, 0 failed, 0 repairs\n"
        "not understood  Tier/odd: broken\n"
        "refused         a TCP connection, to 10.0.0.1 port 7000: x refuses it\n"
        "quarantined     Profile/big: too big\n"
    )


def test_not_ready_is_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(tmp_path, replace(READY, ready=False, reason="why")) == 1
    assert capsys.readouterr().out.splitlines()[0].split() == ["state", "not", "ready:", "why"]


def test_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = json.loads(json.dumps(READY.document()))
    assert asked(tmp_path, READY, "-o", "json") == 0
    assert json.loads(capsys.readouterr().out) == wanted
    control_path(tmp_path).unlink()
    assert asked(tmp_path, READY, "-o", "yaml") == 0
    assert yaml.safe_load(capsys.readouterr().out) == wanted


def test_no_agent(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no agent runs in this network namespace"):
        run(["--run-directory", str(tmp_path)])


def test_an_answer_that_is_none(tmp_path: Path) -> None:
    with answering(tmp_path, b"?"), pytest.raises(Unavailable, match="the agent does not answer"):
        run(["--run-directory", str(tmp_path)])
