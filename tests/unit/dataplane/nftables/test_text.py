"""The listing of a table; that nft prints the same is tests/kernel/test_listing.py."""

from __future__ import annotations

import pytest

from tortie.dataplane.nftables import (
    ACCEPT,
    DROP,
    Chain,
    Count,
    Counter,
    Element,
    Field,
    Hook,
    Log,
    Lookup,
    LookupPriority,
    Match,
    Rule,
    Set,
    SetPriority,
    Statement,
    Type,
    Vmap,
    goto,
    jump,
    rule_text,
    ruleset,
    table_text,
)

NETS = Set("nets4", (Type.IPV4_ADDR,), Type.CLASSID, interval=True, comment="CIDRs")
PORTS = Set("ports", (Type.INET_PROTO, Type.INET_SERVICE), Type.VERDICT)

LISTING = """\
table inet tortie {
>counter c-1 {
>>packets 3 bytes 180
>}

>map nets4 {
>>type ipv4_addr : classid
>>flags interval
>>comment "CIDRs"
>>elements = { 0.0.0.0/5 : 0:4, 10.0.0.0/8 : 0:1,
>>>     192.168.1.5-192.168.1.6 : 0:2 }
>}

>map ports {
>>type inet_proto . inet_service : verdict
>>elements = { udp . 53 : drop,
>>>     tcp . 80 : goto leaf }
>}

>chain forward {
>>type filter hook forward priority filter; policy accept;
>>ct state vmap { invalid : jump leaf, established : accept, related : accept }
>}

>chain leaf {
>>counter name "c-1" drop comment "shop/web"
>}
}
""".replace(">", "\t")  # a tab is written `>` here, so that one sees it


def test_a_table() -> None:
    wanted = ruleset(
        [
            Counter("c-1"),
            NETS,
            PORTS,
            Chain("forward", Hook("filter", "forward")),
            Chain("leaf"),
            Rule("forward", (Vmap((Field.CT_STATE,), ((2, ACCEPT), (4, ACCEPT), (1, jump("leaf")))),)),
            Rule("leaf", (Count("c-1"), DROP), "shop/web"),
            Element(NETS, 0xC0A80105, 2, 0xC0A80106),
            Element(NETS, 0x0A000000, 1, 0x0AFFFFFF),
            Element(NETS, 0, 4, 0x07FFFFFF),
            Element(PORTS, (6, 80), goto("leaf")),
            Element(PORTS, (17, 53), DROP),
        ]
    )
    assert table_text(wanted, {"c-1": (3, 180)}) == LISTING


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ((SetPriority(0),), "meta priority set none"),
        ((LookupPriority((Field.IP_SADDR,), "nets4"),), "meta priority set ip saddr map @nets4"),
        ((Vmap((Field.L4PROTO, Field.TH_DPORT), "ports"),), "meta l4proto . th dport vmap @ports"),
        ((Match(Field.L4PROTO, 6), Match(Field.TH_DPORT, 80), ACCEPT), "tcp dport 80 accept"),
        ((Match(Field.L4PROTO, 17), Match(Field.TH_DPORT, 80, last=90), DROP), "udp dport 80-90 drop"),
        ((Match(Field.L4PROTO, 6), ACCEPT), "meta l4proto tcp accept"),
        ((Match(Field.NFPROTO, 2), Match(Field.IP_SADDR, 1), DROP), "ip saddr 0.0.0.1 drop"),
        ((Match(Field.IP_DADDR, 0x0A000000, bits=8), DROP), "ip daddr 10.0.0.0/8 drop"),
        ((Match(Field.OIFNAME, "cali*", negate=True),), 'oifname != "cali*"'),
        ((Lookup((Field.IIFNAME, Field.IP_SADDR), "own4", negate=True), DROP), "iifname . ip saddr != @own4 drop"),
        ((Lookup((Field.L4PROTO,), (17, 6)), ACCEPT), "meta l4proto { tcp, udp } accept"),
        ((Log("seen: ", "info"), goto("leaf")), 'log prefix "seen: " level info goto leaf'),
        ((Log("seen: ", group=2),), 'log prefix "seen: " group 2'),
    ],
)
def test_rules(statements: tuple[Statement, ...], expected: str) -> None:
    assert rule_text(Rule("any", statements)) == expected


@pytest.mark.parametrize(
    ("hook", "priority", "expected"),
    [
        ("forward", 0, "filter"),
        ("forward", -300, "raw"),
        ("prerouting", -299, "raw + 1"),
        ("prerouting", -150, "mangle"),
        ("prerouting", -100, "dstnat"),
        ("forward", -100, "-100"),
        ("postrouting", 110, "srcnat + 10"),
        ("input", -11, "-11"),
    ],
)
def test_priorities(hook: str, priority: int, expected: str) -> None:
    listing = table_text(ruleset([Chain("x", Hook("filter", hook, priority))]))
    assert f"hook {hook} priority {expected}; policy accept;" in listing
