"""What importing the package costs, and that its late names arrive."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tortie import datastore


def test_the_protocol_comes_without_a_store() -> None:
    code = "import sys, tortie.datastore; print([m for m in ('sqlite3', 'threading', 'random') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", datastore.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(datastore, name) is not None


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Postgres'"):
        datastore.Postgres  # noqa: B018 - asking is the test
