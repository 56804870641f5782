"""The collector rests while something is built, and leaves it alone afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tortie.agent.memory import undisturbed


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_was_built_is_not_looked_through() -> None:
    with undisturbed():
        assert not gc.isenabled()
        built = [[number] for number in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() > len(built)
    young = {id(each) for each in gc.get_objects()}
    assert not any(id(each) in young for each in built)


def test_the_collector_goes_on_after_a_failure() -> None:
    with pytest.raises(ValueError, match="no"), undisturbed():
        raise ValueError("no")
    assert gc.isenabled()
