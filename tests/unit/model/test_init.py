"""What importing the package costs, and that its late names arrive."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tortie import model


def test_a_key_brings_no_rules() -> None:
    absent = ("tortie.model.rule", "tortie.model.policy", "tortie.model.endpoint", "ipaddress", "hashlib")
    code = f"import sys; from tortie.model import Key, Kind; print([m for m in {absent!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", model.__all__)
def test_every_public_name_is_there(name: str) -> None:
    found = getattr(model, name)
    assert found is not None
    assert type(found).__name__ != "module"


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Chain'"):
        model.Chain  # noqa: B018 - asking is the test
