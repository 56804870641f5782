"""Tokens of paged listings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.datastore.paging import Token, number
from tortie.datastore.protocol import Page, Record
from tortie.errors import Expired
from tortie.model import Key, Kind

NAMES = st.text("ab:/.-", max_size=5)


@given(st.integers(0, 10**18 - 1), st.text("ab.-", max_size=5), NAMES)
def test_a_token_reads_back(revision: int, namespace: str, name: str) -> None:
    assert Token.parse(str(Token(revision, namespace, name))) == Token(revision, namespace, name)


@pytest.mark.parametrize("text", ["x", "1", "1:a", ":a/b", "-1:a/b", "\u0661:a/b", "9" * 30 + ":a/b"])
def test_what_is_no_token_expires(text: str) -> None:
    with pytest.raises(Expired, match="list again"):
        Token.parse(text)


@pytest.mark.parametrize("text", ["", " 1", "+1", "1.0", "one", "9223372036854775808"])
def test_what_is_no_revision_expires(text: str) -> None:
    with pytest.raises(Expired, match="not a revision of this store"):
        number(text)


@pytest.mark.parametrize(
    ("limit", "shown", "more"), [(0, 3, ""), (-1, 3, ""), (1, 1, "7:/a"), (2, 2, "7:/b"), (3, 3, ""), (4, 3, "")]
)
def test_a_page_ends_at_its_limit(limit: int, shown: int, more: str) -> None:
    records = tuple(Record(Key(Kind.TIER, "", name), b"", "1") for name in "abc")
    assert Token(7).page(records, limit) == Page(records[:shown], "7", more)
