"""A question to the agent, and every way that no answer comes."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests.unit.cli.answering import answering
from tortie.agent import control_path
from tortie.cli.ask import ask
from tortie.errors import Unavailable


def test_an_answer(tmp_path: Path) -> None:
    with answering(tmp_path, b'{"a": [1]}'):
        assert ask(control_path(tmp_path), "/x") == {"a": [1]}


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [("503 Service Unavailable", b"conntrack: not now\n", "conntrack: not now"), ("200 OK", b"{", "does not answer")],
)
def test_an_answer_that_is_none(tmp_path: Path, status: str, body: bytes, says: str) -> None:
    with answering(tmp_path, body, status), pytest.raises(Unavailable, match=says):
        ask(control_path(tmp_path), "/x")


def test_nobody_is_there(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no agent runs"):
        ask(control_path(tmp_path), "/x")


def test_somebody_was_there(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(control_path(tmp_path)))
    with pytest.raises(Unavailable, match="has ended without saying so"):
        ask(control_path(tmp_path), "/x")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user to become")
def test_others_may_not_ask(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    os.seteuid(65534)
    try:
        with pytest.raises(Unavailable, match="permission denied"):
            ask(control_path(tmp_path), "/x")
    finally:
        os.seteuid(0)
