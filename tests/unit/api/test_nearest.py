"""The known word that a mistyped one is closest to."""

from __future__ import annotations

import pytest

from tortie.api.nearest import nearest


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("allow", "Allow"), ("Alow", "Allow"), ("DENY", "Deny"), ("xyz", ""), ("", ""), ("a" * 10_000, "")],
)
def test_the_nearest_word(text: str, wanted: str) -> None:
    assert nearest(text, ("Allow", "Deny", "Log", "Pass")) == wanted
