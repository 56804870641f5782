"""`tortie logs`: lines for people, gaps told exactly, and agents that go and come while they are followed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tortie.cli.tools import logs
from tortie.errors import Unavailable

LINE = {
    "time": "2026-01-02T03:04:05.006+00:00",
    "protocol": "TCP",
    "source": "10.0.0.3",
    "destination": "10.0.0.1",
    "source_port": 40000,
    "destination_port": 6379,
    "in": "cali3",
    "out": "cali1",
    "rule": "np/shop/watched/ingress/0",
    "direction": "Ingress",
    "tier": "default",
    "policy": "NetworkPolicy/shop/watched",
    "endpoint": "WorkloadEndpoint/shop/node--1-k8s-red-eth0",
}
TEXT = (
    "2026-01-02T03:04:05.006+00:00  ingress TCP  10.0.0.3:40000 > 10.0.0.1:6379  "
    "at WorkloadEndpoint/shop/node--1-k8s-red-eth0  tier default  NetworkPolicy/shop/watched  "
    "rule np/shop/watched/ingress/0"
)
WHEN = LINE["time"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (LINE, TEXT),
        (
            {**LINE, "source": "fd00::3", "destination": "fd00::1"},
            TEXT.replace("10.0.0.3", "[fd00::3]").replace("10.0.0.1", "[fd00::1]"),
        ),
        (
            {"time": WHEN, "protocol": "ICMP", "source": "10.0.0.3", "destination": "10.0.0.1", "icmp_type": 8}
            | {"rule": "gone", "in": "cali3", "out": ""},
            f"{WHEN}  ICMP  10.0.0.3 > 10.0.0.1  at cali3  rule gone",
        ),
        ({"time": WHEN, "rule": "gone", "in": "", "out": ""}, f"{WHEN}  packet  ? > ?  at this host  rule gone"),
        ({"time": WHEN, "lost": 7}, f"{WHEN}  7 packets were logged that no line tells of"),
        ({"missed": 7}, "... 7 lines before these are no longer kept"),
    ],
)
def test_a_line_for_people(line: dict[str, Any], text: str) -> None:
    assert logs.line_text(line) == text


def answer(*lines: object, run: str = "a", newest: int = 0, missed: int = 0) -> dict[str, object]:
    return {"run": run, "newest": newest, "missed": missed, "lines": list(lines)}


@pytest.fixture
def agents(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[str]]]:
    """Play agents that give these answers, one after the other; the list is what they were asked."""
    asked: list[str] = []
    script: list[object] = []

    def play(*answers: object) -> list[str]:
        script.extend(answers)
        return asked

    def ask(control: Path, what: str, **_: object) -> object:  # noqa: ARG001 - the signature is the real one's
        asked.append(what)
        found = script.pop(0)
        if isinstance(found, BaseException):
            raise found
        return found

    monkeypatch.setattr(logs, "ask", ask)
    yield play
    assert script == []


def test_the_newest_lines(agents: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    asked = agents(answer(LINE, newest=1))
    assert logs.run([]) == 0
    assert capsys.readouterr().out == f"{TEXT}\n"
    assert asked == ["/packets?after=-20"]


def test_as_documents(agents: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    agents(answer(LINE, LINE, newest=2))
    assert logs.run(["-n", "2", "-o", "json"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [LINE, LINE]


def test_followed_through_gaps_and_restarts(
    agents: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = agents(
        answer(LINE, newest=5),
        answer(newest=5),
        answer(LINE, newest=9, missed=3),
        Unavailable("no agent"),
        Unavailable("no agent"),
        answer(newest=1, run="b"),
        answer(LINE, newest=1, run="b"),
        KeyboardInterrupt(),
    )
    assert logs.run(["-f", "-n", "1"], wait=lambda _: None) == 0
    found = capsys.readouterr()
    assert found.out.splitlines() == [TEXT, "... 3 lines before these are no longer kept", TEXT, TEXT]
    assert found.err == "no agent; waiting\n"
    after = [what.partition("=")[2] for what in asked]
    assert after == ["-1", "5", "5", "9", "9", "9", "0", "1"]


def test_no_agent_at_the_start_is_told(agents: Callable[..., list[str]]) -> None:
    agents(Unavailable("no agent"))
    with pytest.raises(Unavailable):
        logs.run(["--follow"])


def test_a_number_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        logs.run(["-n", "some"])
    assert "`some` is not a number of lines" in capsys.readouterr().err
