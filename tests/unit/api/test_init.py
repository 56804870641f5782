"""What importing the package costs, and that its late names arrive."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tortie import api


@pytest.mark.parametrize(
    ("name", "absent"),
    [("kind_named", ("yaml", "msgspec", "difflib", "tortie.selector")), ("decode", ("yaml", "msgspec", "difflib"))],
)
def test_a_name_brings_only_what_it_needs(name: str, absent: tuple[str, ...]) -> None:
    code = f"import sys; from tortie.api import {name}; print([m for m in {absent!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", api.__all__)
def test_every_public_name_is_there(name: str) -> None:
    found = getattr(api, name)
    assert found is not None
    assert type(found).__name__ != "module"


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'frobnicate'"):
        api.frobnicate  # noqa: B018 - asking is the test
