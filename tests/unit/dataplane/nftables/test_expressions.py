"""What tells one rule's expressions from another's; the bytes themselves are judged by tests/kernel/test_listing.py."""

from __future__ import annotations

from itertools import combinations

import pytest

from tortie.dataplane.nftables import (
    ACCEPT,
    DROP,
    Field,
    Limit,
    Log,
    Lookup,
    MarkBit,
    Match,
    NoTrack,
    Reject,
    Rule,
    Statement,
    Vmap,
    goto,
)
from tortie.dataplane.nftables.expressions import expressions, rule_fingerprint
from tortie.netlink import attribute_map, attributes

STATEMENTS: list[Statement] = [
    ACCEPT,
    goto("leaf"),
    Match(Field.L4PROTO, 6),
    Match(Field.L4PROTO, 6, negate=True),
    Match(Field.IIFNAME, "cali*"),
    Match(Field.IIFNAME, "cali"),
    Match(Field.IP_SADDR, 0x0A000000, bits=8),
    Match(Field.IP_SADDR, 0x0A000000, bits=9),
    Match(Field.IP_SADDR, 0x0A000000),
    Match(Field.TH_DPORT, 80),
    Match(Field.TH_DPORT, 80, last=90),
    Match(Field.TH_DPORT, 80, last=91),
    Lookup((Field.L4PROTO,), "x"),
    Lookup((Field.L4PROTO,), (6,)),
    Lookup((Field.L4PROTO,), (6, 17)),
    Vmap((Field.L4PROTO,), ((6, ACCEPT),)),
    Vmap((Field.L4PROTO,), ((6, DROP),)),
    Vmap((Field.L4PROTO,), "x"),
    Match(Field.MARK, 1),
    Match(Field.MARK, 1, negate=True),
    MarkBit(1),
    MarkBit(2),
    MarkBit(1, on=False),
    NoTrack(),
    Limit(1, 1),
    Limit(1, 60),
    Limit(1, 1, 6),
    Reject(),
    Log("a"),
    Log("a", "info"),
    Log("a", group=1),
]


def kinds(*statements: Statement) -> list[str]:
    listed = expressions(statements)
    return [attribute_map(data)[1].rstrip(b"\0").decode() for _, data in attributes(listed)]


@pytest.mark.parametrize(("one", "other"), list(combinations(STATEMENTS, 2)), ids=str)
def test_other_statements_have_another_fingerprint(one: Statement, other: Statement) -> None:
    assert rule_fingerprint(Rule("a", (one,))) != rule_fingerprint(Rule("a", (other,)))


def test_the_order_in_an_anonymous_set_does_not_matter() -> None:
    one, other = Lookup((Field.L4PROTO,), (6, 17)), Lookup((Field.L4PROTO,), (17, 6))
    assert rule_fingerprint(Rule("a", (one,))) == rule_fingerprint(Rule("a", (other,)))


def test_what_a_field_implies_is_compared_once() -> None:
    icmp = Match(Field.ICMP_TYPE, 8), Match(Field.ICMP_CODE, 0)
    assert kinds(*icmp) == ["meta", "cmp", "meta", "cmp", "payload", "cmp", "payload", "cmp"]
    assert kinds(Match(Field.NFPROTO, 2), Match(Field.IP_SADDR, 1)) == ["meta", "cmp", "payload", "cmp"]
    assert kinds(Match(Field.NFPROTO, 10, negate=True), Match(Field.IP_SADDR, 1))[:4] == ["meta", "cmp", "meta", "cmp"]
