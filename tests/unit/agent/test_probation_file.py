"""The change on probation outlives the process that heard of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.contract.confirming import change_of, filled
from tortie.agent import ProbationFile, moment
from tortie.agent.probation import OnProbation
from tortie.datastore import MemoryDatastore
from tortie.errors import Invalid, Unavailable


@pytest.fixture
def found() -> OnProbation:
    return OnProbation(change_of(filled(MemoryDatastore()))[0], moment(), 42.5)


def test_it_is_read_as_it_was_kept_and_gone_when_it_is_over(tmp_path: Path, found: OnProbation) -> None:
    path = tmp_path / "state" / "probation.json"
    assert ProbationFile(path).read() is None
    ProbationFile(path).keep(found)
    assert ProbationFile(path).read() == found
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    for _ in range(2):
        ProbationFile(path).keep(None)
        assert list(path.parent.iterdir()) == []


def test_time_goes_on(tmp_path: Path, found: OnProbation) -> None:
    path = tmp_path / "probation.json"
    ProbationFile(path).keep(found)
    kept = ProbationFile(path).read()
    assert kept is not None
    assert 0 <= kept.seen.until(moment()) < 3600


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"change": 1}'])
def test_a_file_that_cannot_be_understood_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "probation.json"
    path.write_text(text)
    with pytest.raises(Invalid, match="not what an agent keeps"):
        ProbationFile(path).read()


def test_a_file_that_cannot_be_used_is_told(tmp_path: Path, found: OnProbation) -> None:
    (tmp_path / "probation.json").mkdir()
    with pytest.raises(Unavailable, match="which change waits is not known"):
        ProbationFile(tmp_path / "probation.json").read()
    with pytest.raises(Unavailable, match="would be forgotten with this process"):
        ProbationFile(tmp_path / "probation.json").keep(found)
    (tmp_path / "file").write_text(json.dumps(1))
    with pytest.raises(Unavailable):
        ProbationFile(tmp_path / "file" / "probation.json").keep(found)
