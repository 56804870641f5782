"""`tortie connections`: what it prints, and its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.unit.cli.answering import answering
from tortie.cli.tools.connections import run

ALLOWED = {
    "protocol": "TCP",
    "source": "10.0.0.1:40000",
    "destination": "10.0.0.2:80",
    "sender": "elsewhere",
    "receiver": "WorkloadEndpoint/shop/web",
    "verdict": "allow",
    "rule": "gnp/open/ingress/0",
}
DENIED = {**ALLOWED, "destination": "10.0.0.3:80", "verdict": "deny", "rule": "gnp/closed/ingress/0"}


def asked(directory: Path, found: list[dict[str, str]], *argv: str) -> int:
    with answering(directory, json.dumps(found).encode()):
        return run([*argv, "--run-directory", str(directory)])


def test_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(tmp_path, [ALLOWED, DENIED]) == 0
    heading, first, second, summary = capsys.readouterr().out.splitlines()
    assert heading.split() == ["PROTOCOL", "SOURCE", "DESTINATION", "SENDER", "RECEIVER", "VERDICT", "RULE"]
    assert first.split() == list(ALLOWED.values())
    assert second.split() == list(DENIED.values())
    assert summary == "2 connections, of which policy would refuse 1"


@pytest.mark.parametrize(("found", "code"), [([ALLOWED, DENIED], 1), ([ALLOWED], 0), ([], 0)])
def test_only_the_denied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], found: list[dict[str, str]], code: int
) -> None:
    assert asked(tmp_path, found, "--denied", "-o", "json") == code
    assert json.loads(capsys.readouterr().out) == [each for each in found if each is DENIED]


def test_as_yaml(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(tmp_path, [DENIED], "-o", "yaml") == 0
    assert yaml.safe_load(capsys.readouterr().out) == [DENIED]
