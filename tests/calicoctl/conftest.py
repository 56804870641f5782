"""The datastores on which every session is played: the embedded one, and an etcd that is emptied before each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.etcds import Etcd, one_etcd, wipe
from tests.unit.cli.console import Console


@pytest.fixture(scope="session")
def running_etcd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Etcd]:
    with one_etcd(tmp_path_factory.mktemp("etcd")) as running:
        yield running


@pytest.fixture(params=["sqlite", "etcd"])
def calicoctl(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Console:
    request.getfixturevalue("monkeypatch").chdir(tmp_path)
    if request.param == "sqlite":
        return Console(tmp_path, capsys)
    etcd: Etcd = request.getfixturevalue("running_etcd")
    wipe(etcd)
    return Console(tmp_path, capsys, etcd.url)
