"""Who writes, and how long a change may wait."""

from __future__ import annotations

import platform

import pytest

from tortie.cli.change.confirmable import author, waiting_seconds
from tortie.errors import Invalid


@pytest.mark.parametrize(("text", "seconds"), [("60s", 60.0), ("1m30s", 90.0), ("1s", 1.0), ("24h", 86400.0)])
def test_durations(text: str, seconds: float) -> None:
    assert waiting_seconds(text) == seconds


@pytest.mark.parametrize("text", ["999ms", "24h1s", "", "1"])
def test_other_durations(text: str) -> None:
    with pytest.raises(Invalid, match="want a duration, from 1s to 24h"):
        waiting_seconds(text)


@pytest.mark.parametrize(
    ("environ", "user"),
    [({}, "somebody"), ({"USER": "ann"}, "ann"), ({"USER": "root", "SUDO_USER": "ann"}, "ann")],
)
def test_author(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], user: str) -> None:
    monkeypatch.setattr(platform, "node", lambda: "Here")
    assert author(environ) == f"{user}@here"
