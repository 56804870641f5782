"""What rules ask of connection tracking, as nft reads it."""

from __future__ import annotations

import pytest

from tortie.dataplane.nftables import Rule, Statement, rule_text
from tortie.dataplane.nftables.tracking import ACCEPT_KNOWN, INVALID, KNOWN, NEW, TRANSLATED


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (INVALID, "ct state invalid"),
        (KNOWN, "ct state established,related"),
        (NEW, "ct state new"),
        (ACCEPT_KNOWN, "ct state vmap { established : accept, related : accept }"),
        (TRANSLATED, "ct status dnat"),
    ],
)
def test_what_rules_ask(asked: Statement, text: str) -> None:
    assert rule_text(Rule("c", (asked,))) == text
