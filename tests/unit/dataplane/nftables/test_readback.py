"""What the kernel tells, read back; it repeats what it was sent, so that ours serves as its."""

from __future__ import annotations

import pytest

from tortie.dataplane.nftables import ACCEPT, Chain, Counter, Hook, Object, Rule, Set, Transaction, Type
from tortie.dataplane.nftables.readback import read_chain, read_count, read_counter, read_rule, read_set
from tortie.dataplane.nftables.wire import encode
from tortie.netlink import Message, attribute, be32, messages, nested, text


def sent(thing: Object) -> Message:
    transaction = Transaction()
    transaction.add(thing)
    return list(messages(encode(transaction, "tortie").data(1)))[1]


@pytest.mark.parametrize(
    "chain",
    [
        Chain("leaf"),
        Chain("leaf", comment="what it is for"),
        Chain("base", Hook("filter", "prerouting", -299, "drop")),
        Chain("base", Hook("route", "output", 5), "late"),
    ],
    ids=str,
)
def test_chains(chain: Chain) -> None:
    assert read_chain(sent(chain).body) == ("tortie", chain)


@pytest.mark.parametrize(
    "a_set",
    [
        Set("a", (Type.IPV4_ADDR,)),
        Set("b", (Type.IPV6_ADDR,), Type.CLASSID, interval=True, comment="nets"),
        Set("c", (Type.INET_PROTO, Type.INET_SERVICE, Type.INET_SERVICE), Type.VERDICT, interval=True),
        Set("d", (Type.IFNAME, Type.IPV6_ADDR)),
    ],
    ids=str,
)
def test_sets(a_set: Set) -> None:
    assert read_set(sent(a_set).body) == a_set


def test_a_set_of_types_that_are_not_ours_has_no_key() -> None:
    body = bytes(4) + text(1, "tortie") + text(2, "macs") + be32(3, 0) + be32(4, 9) + be32(5, 6)
    assert read_set(body) == Set("macs", ())


def test_rules() -> None:
    rule = read_rule(sent(Rule("leaf", (ACCEPT,), "a comment")).body)
    assert (rule.chain, rule.comment, rule.handle) == ("leaf", "a comment", 0)


@pytest.mark.parametrize("userdata", [b"", b"\0", b"\0\x09ab", b"\5\2xx"])
def test_strange_userdata_is_no_comment_that_fails(userdata: bytes) -> None:
    body = bytes(4) + text(1, "tortie") + text(2, "leaf") + attribute(7, userdata)
    assert read_rule(body).comment in {"", "ab"}


def test_counters() -> None:
    assert read_counter(sent(Counter("seen", "why")).body) == Counter("seen", "why")
    data = nested(4, attribute(1, (180).to_bytes(8, "big")), attribute(2, (3).to_bytes(8, "big")))
    assert read_count(bytes(4) + text(2, "seen") + data) == ("seen", (3, 180))
