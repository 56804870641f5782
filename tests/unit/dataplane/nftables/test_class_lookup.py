"""An address to its class: cleared first, ranges, then exact addresses, which win."""

from __future__ import annotations

import pytest

from tortie.dataplane.nftables import Rule, rule_text
from tortie.dataplane.nftables.class_lookup import class_lookup


@pytest.mark.parametrize(("side", "word"), [(0, "saddr"), (1, "daddr")])
def test_lookups_stand_in_the_order_that_decides(side: int, word: str) -> None:
    assert [rule_text(Rule("c", step)) for step in class_lookup(side)] == [
        "meta priority set none",
        f"meta priority set ip {word} map @nets4",
        f"meta priority set ip {word} map @addresses4",
        f"meta priority set ip6 {word} map @nets6",
        f"meta priority set ip6 {word} map @addresses6",
    ]
