"""One agent a network namespace: the second is refused, and told whom by."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tortie.agent import control_path, locked
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
