"""`tortie diff --staged` on files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tortie.cli.tortie import main

PEOPLE = str(Path(__file__).parents[4] / "examples" / "guide" / "workloads.yaml")
STAGED = """\
apiVersion: projectcalico.org/v3
kind: StagedNetworkPolicy
metadata: {name: close, namespace: production}
spec:
  selector: color == 'red'
  types: [Ingress]
  ingress: []
"""


@pytest.fixture
def staged(tmp_path: Path) -> str:
    path = tmp_path / "staged.yaml"
    path.write_text(STAGED)
    return str(path)


def test_text_and_exit_code(staged: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "--staged", "-f", PEOPLE, "-f", staged]) == 0
    out = capsys.readouterr().out
    assert "allowed -> denied   IPv4 everything" in out
    assert "  to   production/red\n" in out
    assert main(["diff", "--staged", "-f", PEOPLE, "-f", staged, "--exit-code"]) == 1


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_data(staged: str, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "--staged", "-f", PEOPLE, "-f", staged, "-o", form]) == 0
    out = capsys.readouterr().out
    if form == "json":
        assert {row["after"]["decidedBy"] for row in json.loads(out)} == {"tier/default/ingress"}
    else:
        assert "decidedBy: tier/default/ingress" in out


def test_nothing_staged(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "--staged", "-f", PEOPLE, "--exit-code"]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("no flow changes\n", "no policy is staged\n")
