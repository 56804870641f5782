"""`tortie explain` on the guide's examples, word for word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tortie.cli.tortie import main

GUIDE = Path(__file__).parents[4] / "examples" / "guide"

E1_ALLOWED = """\
ALLOWED  TCP port 6379
         from production/blue (10.65.1.11)
         to   production/red (10.65.1.10)
         ingress[0] of NetworkPolicy production/allow-tcp-6379 allows it

Egress of production/blue on node-1: allowed
  profile kns.production
      => egress[0] Allow everything

Ingress of production/red on node-1: allowed
  tier default
    NetworkPolicy production/allow-tcp-6379
      => ingress[0] Allow protocol TCP, source.selector color == 'blue',
         destination.ports 6379
           source.selector color == 'blue': production/blue has color=blue
"""

E1_DENIED = """\
DENIED   TCP port 6379
         from production/green (10.65.2.10)
         to   production/red (10.65.1.10)
         end of tier `default`: production/allow-tcp-6379 governs ingress of
         production/red and none of its rules matched

Egress of production/green on node-2: allowed
  profile kns.production
      => egress[0] Allow everything

Ingress of production/red on node-1: denied
  tier default
    NetworkPolicy production/allow-tcp-6379
      -  ingress[0] Allow protocol TCP, source.selector color == 'blue',
         destination.ports 6379
           fails source.selector color == 'blue': production/green has
             color=green
    => Deny: end of tier `default`

Nearest to allowing it:
  ingress[0] of NetworkPolicy production/allow-tcp-6379 would, with
    source.selector color == 'blue', but production/green has color=green
"""

E2_DENIED = """\
DENIED   TCP port 6379
         from production/blue (10.65.1.11)
         to   production/red (10.65.1.10)
         end of tier `default`: production/allow-tcp-6379 governs ingress of
         production/red and none of its rules matched

Egress of production/blue on node-1: allowed
  profile kns.production
      => egress[0] Allow everything

Ingress of production/red on node-1: denied
  tier default
    NetworkPolicy production/allow-tcp-6379
      -  ingress[0] Allow protocol TCP, source: selector color == 'blue',
         namespaceSelector shape == 'circle', destination.ports 6379
           fails source.namespaceSelector shape == 'circle': namespace
             production has shape=square
    => Deny: end of tier `default`

Nearest to allowing it:
  ingress[0] of NetworkPolicy production/allow-tcp-6379 would, with
    source.namespaceSelector shape == 'circle', but namespace production has
      shape=square
"""

E3_DENIED = """\
DENIED   TCP port 80
         from partners/blue (10.65.2.12)
         to   production/red (10.65.1.10)
         ingress[0] of GlobalNetworkPolicy deny-blue denies it

Egress of partners/blue on node-2: allowed
  profile kns.partners
      => egress[0] Allow everything

Ingress of production/red on node-1: denied
  tier default
    GlobalNetworkPolicy deny-blue
      => ingress[0] Deny protocol TCP, source.selector color == 'blue'
           source.selector color == 'blue': partners/blue has color=blue
"""

E4_DENIED = """\
DENIED   TCP port 80
         from production/blue (fd00:65:1::11)
         to   production/red (fd00:65:1::10)
         end of tier `default`: deny-circle-blue governs ingress of
         production/red and none of its rules matched

Egress of production/blue on node-1: allowed
  profile kns.production
      => egress[0] Allow everything

Ingress of production/red on node-1: denied
  tier default
    GlobalNetworkPolicy deny-circle-blue
      -  ingress[0] Deny protocol TCP, source: selector color == 'blue',
         namespaceSelector shape == 'circle'
           fails source.namespaceSelector shape == 'circle': namespace
             production has shape=square
    => Deny: end of tier `default`

No rule on the way allows anything: nothing passes until one does.
"""

E5_DENIED = """\
DENIED   TCP port 80
         from production/red (10.65.1.10)
         to   1.2.4.4
         end of tier `default`: production/allow-egress-external governs egress
         of production/red and none of its rules matched

Egress of production/red on node-1: denied
  tier default
    NetworkPolicy production/allow-egress-external
      -  egress[0] Allow destination.nets 1.2.3.0/24
           fails destination.nets 1.2.3.0/24: 1.2.4.4 is outside
    => Deny: end of tier `default`

Nearest to allowing it:
  egress[0] of NetworkPolicy production/allow-egress-external would, with
    destination.nets 1.2.3.0/24, but 1.2.4.4 is outside

note: source port 40000 was assumed
"""


def explain(arguments: str, *files: str) -> int:
    named = [part for file in ("workloads.yaml", *files) for part in ("-f", str(GUIDE / file))]
    return main(["explain", *arguments.split(), *named])


@pytest.mark.parametrize(
    ("arguments", "file", "text"),
    [
        pytest.param(
            "production/blue red --port 6379 --source-port 40000", "e1-same-namespace.yaml", E1_ALLOWED, id="e1_allowed"
        ),
        pytest.param("green red --port 6379 --source-port 40000", "e1-same-namespace.yaml", E1_DENIED, id="e1_denied"),
        pytest.param(
            "production/blue red --port 6379 --source-port 40000", "e2-other-namespaces.yaml", E2_DENIED, id="e2_denied"
        ),
        pytest.param(
            "partners/blue red --port 80 --source-port 40000", "e3-global-deny.yaml", E3_DENIED, id="e3_denied"
        ),
        pytest.param(
            "production/blue red --port 80 --source-port 40000 -6",
            "e4-global-deny-by-namespace.yaml",
            E4_DENIED,
            id="e4_denied",
        ),
        pytest.param("red 1.2.4.4 --port 80", "e5-cidr.yaml", E5_DENIED, id="e5_denied"),
    ],
)
def test_text(arguments: str, file: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(arguments, file) == 0
    assert capsys.readouterr().out == text


@pytest.mark.parametrize(
    ("arguments", "file", "verdict"),
    [
        ("production/blue red --port 6379", "e1-same-namespace.yaml", "allow"),
        ("production/blue red --port 6380", "e1-same-namespace.yaml", "deny"),
        ("partners/blue red --port 6379", "e1-same-namespace.yaml", "deny"),
        ("partners/blue red --port 6379", "e2-other-namespaces.yaml", "allow"),
        ("production/blue red --port 6379", "e2-other-namespaces.yaml", "deny"),
        ("production/blue red --port 6379", "e3-global-deny.yaml", "deny"),
        ("green red --port 6379", "e3-global-deny.yaml", "deny"),
        ("partners/blue red --port 6379", "e4-global-deny-by-namespace.yaml", "deny"),
        ("red 1.2.3.4 --port 80", "e5-cidr.yaml", "allow"),
        ("red 1.2.4.4 --port 80", "e5-cidr.yaml", "deny"),
        ("green red --port 80", "e6-order.yaml", "allow"),
        ("1.2.3.4 red --port 80", "e6-order.yaml", "deny"),
        ("frontend database --port 80", "e7-log.yaml", "deny"),
    ],
)
def test_verdicts_and_exit_codes(arguments: str, file: str, verdict: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(f"{arguments} -o json --exit-code", file) == (0 if verdict == "allow" else 1)
    assert json.loads(capsys.readouterr().out)["verdict"] == verdict


def test_json_has_the_documented_shape(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain("green red --port 6379 -o json", "e1-same-namespace.yaml") == 0
    data = json.loads(capsys.readouterr().out)
    assert data["decidedBy"] == "tier/default/ingress"
    assert data["source"] == {
        "name": "production/green",
        "address": "10.65.2.10",
        "endpoint": "Pod/production/green",
        "node": "node-2",
        "labels": data["source"]["labels"],
    }
    assert data["source"]["labels"]["color"] == "green"
    assert data["flow"] == {
        "ipVersion": 4,
        "protocol": "TCP",
        "protocolNumber": 6,
        "sourcePort": 40000,
        "destinationPort": 6379,
        "icmpType": 0,
        "icmpCode": 0,
    }
    assert data["nearest"] == [data["sections"][1]["steps"][0]]
    assert data["nearest"][0]["reasons"] == [
        {"field": "source.selector", "wanted": "color == 'blue'", "got": "production/green has color=green"}
    ]


def test_yaml_says_what_json_says(capsys: pytest.CaptureFixture[str]) -> None:
    import yaml  # noqa: PLC0415 - as the command does

    explain("green red --port 6379 -o json", "e1-same-namespace.yaml")
    data = json.loads(capsys.readouterr().out)
    explain("green red --port 6379 -o yaml", "e1-same-namespace.yaml")
    assert yaml.safe_load(capsys.readouterr().out) == data


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("rde red --port 80", "there is no endpoint `rde`; did you mean `production/red`?"),
        ("blue red --port 80", "`blue` could be any of `partners/blue`, `production/blue`"),
        ("green red", "`tcp` needs a port"),
    ],
)
def test_errors(arguments: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(message)
    assert captured.out == ""


def test_mistakes_in_files_are_told_with_their_places(capsys: pytest.CaptureFixture[str]) -> None:
    file = GUIDE.parent / "mistakes" / "host-bits.yaml"
    assert main(["explain", "a", "b", "-f", str(file)]) == 2
    assert capsys.readouterr().err.startswith(f"{file}:")


def test_without_files_and_without_a_datastore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TORTIE_SQLITE_PATH", str(tmp_path / "none.db"))
    monkeypatch.delenv("DATASTORE_TYPE", raising=False)
    assert main(["explain", "a", "b", "--port", "80"]) == 2
    assert "there is no datastore yet; name files with `-f`" in capsys.readouterr().err
