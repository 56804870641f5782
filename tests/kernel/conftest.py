"""What several files of kernel tests begin with; a file's own fixture of the same name comes first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel.attended import attended, blue_only
from tortie.lab.policed import Policed


@pytest.fixture(scope="module")
def attended_lab() -> Iterator[Policed]:
    with attended() as found:
        yield found


@pytest.fixture
def lab(attended_lab: Policed) -> Policed:
    """Return the host with three workloads, its agent running, and blue let in to red."""
    blue_only(attended_lab)
    return attended_lab
