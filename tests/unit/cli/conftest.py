"""The fixture that tests of calicoctl run commands with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.console import Console


@pytest.fixture
def calicoctl(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Console:
    return Console(tmp_path, capsys)
