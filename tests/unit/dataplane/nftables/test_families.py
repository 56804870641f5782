"""What tells the packets of each IP version, as nft reads it."""

from __future__ import annotations

import pytest

from tortie.dataplane.nftables import Rule, rule_text
from tortie.dataplane.nftables.families import ADDRESS_TYPES, FAMILY_FIELDS, of_family
from tortie.dataplane.nftables.fields import FIELD_TYPES
from tortie.model import Family


@pytest.mark.parametrize(("family", "word"), [(Family.V4, "ipv4"), (Family.V6, "ipv6")])
def test_packets_of_a_family(family: Family, word: str) -> None:
    assert rule_text(Rule("c", (of_family(family),))) == f"meta nfproto {word}"


@pytest.mark.parametrize("family", Family)
def test_address_fields_read_addresses(family: Family) -> None:
    assert {FIELD_TYPES[field] for field in FAMILY_FIELDS[family]} == {ADDRESS_TYPES[family]}
