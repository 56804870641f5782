"""Text of users on its way to nft: names, comments and log prefixes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.dataplane.nftables import comment, log_prefix, name

PARTS = st.lists(st.text(max_size=80), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("in", 7), "in-7"),
        (("leaf", 31, "ports"), "leaf-31-ports"),
        (("from-endpoint",), "from-endpoint"),
        (("rule", "shop/web.v1"), "rule-shop/web.v1"),
    ],
)
def test_plain_parts_stand_as_they_are(parts: tuple[str | int, ...], expected: str) -> None:
    assert name(*parts) == expected


@pytest.mark.parametrize("part", ["a-b", "a b", 'a"b', "a;b", "ü", "a\nb", "x" * 70])
def test_other_parts_end_in_a_hash(part: str) -> None:
    assert re.fullmatch(r"in-[A-Za-z0-9_/.-]*-[0-9a-f]{20}", name("in", part))


@given(PARTS, PARTS)
def test_distinct_parts_have_distinct_names(one: list[str], other: list[str]) -> None:
    assert (name("in", *one) == name("in", *other)) == (one == other)


@given(PARTS)
def test_names_are_identifiers_of_nft(parts: list[str]) -> None:
    assert re.fullmatch(r"[a-z][A-Za-z0-9_/.-]{0,62}", name("in", *parts))


@pytest.mark.parametrize(
    ("text", "ident", "expected"),
    [
        ("np shop/web ingress 1", "", "np shop/web ingress 1"),
        ("role == 'db'", "r-7", "r-7: role == 'db'"),
    ],
)
def test_plain_comments_stand_as_they_are(text: str, ident: str, expected: str) -> None:
    assert comment(text, ident) == expected


def test_an_unsafe_comment_is_told_from_the_safe_one_that_it_resembles() -> None:
    assert comment('say "x"').startswith("say _x_~")
    assert comment('say "x"') != comment("say _x_")


@given(st.text(max_size=300), st.text(max_size=300))
def test_comments_are_equal_where_texts_are(one: str, other: str) -> None:
    assert (comment(one) == comment(other)) == (one == other)


@given(st.text(max_size=300))
def test_comments_fit_and_cannot_end_their_quotes(text: str) -> None:
    written = comment(text)
    assert len(written.encode()) <= 128
    assert not re.search(r'["\\\x00-\x1f\x7f-\U0010ffff]', written)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("calico-packet: ", "calico-packet: "),
        ('a"b\nc\x00d', "a_b_c_d"),
        ("x" * 200, "x" * 127),
        ("é" * 100, "é" * 63),  # 126 bytes: half a character would be worse than one byte less
        ("", ""),
    ],
)
def test_log_prefixes(text: str, expected: str) -> None:
    assert log_prefix(text) == expected


@given(st.text(max_size=300))
def test_log_prefixes_fit(text: str) -> None:
    written = log_prefix(text)
    assert len(written.encode()) <= 127
    assert '"' not in written
    assert written.isprintable()
