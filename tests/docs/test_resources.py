"""The reference page of resources says what the tables say."""

from __future__ import annotations

from tests.docs.consoles import ROOT
from tests.docs.resources import page


def test_the_page_is_that_of_the_tables() -> None:
    assert (ROOT / "docs" / "reference" / "resources.md").read_text() == page()
