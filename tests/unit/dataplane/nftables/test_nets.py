"""Prefixes without those that others contain."""

from __future__ import annotations

from tortie.dataplane.nftables.nets import outermost
from tortie.model import parse_prefix


def test_only_the_outermost_stay_sorted_and_families_apart() -> None:
    texts = ("10.1.0.0/16", "10.0.0.0/8", "10.1.2.3/32", "192.0.2.0/24", "::/0", "fd00::/8")
    found = outermost(parse_prefix(text) for text in texts)
    assert sorted(map(str, found)) == ["10.0.0.0/8", "192.0.2.0/24", "::/0"]


def test_twice_the_same_is_once() -> None:
    assert outermost([parse_prefix("10.0.0.0/8")] * 2) == [parse_prefix("10.0.0.0/8")]
