"""One agent a network namespace: the second is refused, and told whom by."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path

import pytest

from tortie.agent import alone, control_path, locked
from tortie.errors import Conflict, Unavailable


def test_the_second_is_refused_while_the_first_runs(tmp_path: Path) -> None:
    control = control_path(tmp_path / "run")
    refused = pytest.raises(Conflict, match=rf"an agent runs on this host already \(process {os.getpid()}\)")
    with locked(control), refused, locked(control):
        pytest.fail("two agents hold one host")
    with locked(control):
        assert control.parent.stat().st_mode & 0o777 == 0o700
        assert control.with_suffix(".lock").stat().st_mode & 0o777 == 0o600


def test_a_namespace_has_a_path_of_its_own(tmp_path: Path) -> None:
    assert control_path(tmp_path).name == f"agent-{Path('/proc/self/ns/net').stat().st_ino}.sock"


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match=r"file/agent.*--run-directory"), locked(control_path(tmp_path / "file")):
        pytest.fail("there is no such directory")


@pytest.fixture
def name() -> str:
    return f"\0tortie-test-{secrets.token_hex(8)}"


def test_a_network_namespace_has_one_agent_wherever_its_files_are(name: str) -> None:
    refused = pytest.raises(Conflict, match=rf"in this network namespace already \(process {os.getpid()}\)")
    with alone(name), refused, alone(name):
        pytest.fail("two agents hold one network namespace")
    with alone(name):
        pass


def test_a_name_that_nobody_listens_under_keeps_nobody_out(name: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as idle:
        idle.bind(name)
        with alone(name):
            pass


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user to become")
def test_a_user_without_rights_keeps_no_agent_from_its_work(name: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as theirs:
        os.seteuid(65534)
        try:
            theirs.bind(name)
            theirs.listen()
        finally:
            os.seteuid(0)
        with alone(name):
            pass


def test_a_name_that_cannot_be_had_is_unavailable(name: str) -> None:
    with pytest.raises(Unavailable, match="cannot be taken"), alone(f"/nowhere/{name[1:]}"):
        pytest.fail("there is no such place")
