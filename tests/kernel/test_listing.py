"""What we load over netlink lists exactly as `table_text` writes it, for every kind of object and statement."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.kernel.listings import listing, table_of_its_own
from tortie.dataplane.nftables import (
    ACCEPT,
    DROP,
    RETURN,
    Chain,
    Count,
    Counter,
    Element,
    Field,
    Hook,
    Limit,
    LinuxKernel,
    Log,
    Lookup,
    LookupPriority,
    MarkBit,
    Match,
    NoTrack,
    Object,
    Reject,
    Rule,
    Set,
    SetPriority,
    Statement,
    Table,
    Transaction,
    Type,
    Vmap,
    goto,
    jump,
    repair,
    ruleset,
    table_text,
)

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="needs root")]


@pytest.fixture
def place() -> Iterator[tuple[LinuxKernel, str]]:
    with table_of_its_own() as made:
        yield made


@pytest.fixture
def kernel(place: tuple[LinuxKernel, str]) -> LinuxKernel:
    return place[0]


@pytest.fixture
def namespace(place: tuple[LinuxKernel, str]) -> str:
    return place[1]


def committed(objects: list[Object]) -> Transaction:
    transaction = Transaction()
    for thing in [Table(), *objects]:
        transaction.add(thing)
    return transaction


NETS4 = Set("nets4", (Type.IPV4_ADDR,), Type.CLASSID, interval=True, comment="CIDRs")
NETS6 = Set("nets6", (Type.IPV6_ADDR,), Type.CLASSID, interval=True)
ADDRESSES4 = Set("addresses4", (Type.IPV4_ADDR,), Type.CLASSID)
ADDRESSES6 = Set("addresses6", (Type.IPV6_ADDR,), Type.CLASSID)
FROM = Set("from-endpoint", (Type.IFNAME,), Type.VERDICT)
PEERS = Set("peers", (Type.CLASSID,), Type.VERDICT)
PORTS = Set("ports", (Type.INET_PROTO, Type.INET_SERVICE), Type.VERDICT)
RANGES = Set("ranges", (Type.INET_PROTO, Type.INET_SERVICE), Type.VERDICT, interval=True)
SOURCES = Set("sources", (Type.INET_PROTO, Type.INET_SERVICE, Type.INET_SERVICE), Type.VERDICT, interval=True)
ICMP = Set("icmp4", (Type.ICMP_TYPE, Type.ICMP_CODE), Type.VERDICT)
ICMP6 = Set("icmp6", (Type.ICMPV6_TYPE, Type.ICMPV6_CODE), Type.VERDICT, interval=True)
OWN4 = Set("own4", (Type.IFNAME, Type.IPV4_ADDR))
OWN6 = Set("own6", (Type.IFNAME, Type.IPV6_ADDR), interval=True)
FAILSAFE4 = Set("failsafe4", (Type.INET_PROTO, Type.INET_SERVICE, Type.IPV4_ADDR), interval=True)
FAILSAFE6 = Set("failsafe6", (Type.INET_PROTO, Type.INET_SERVICE, Type.IPV6_ADDR), interval=True)
PROTOCOLS = Set("protocols", (Type.INET_PROTO,))
STATES = Set("states", (Type.CT_STATE,), Type.VERDICT)
NO_KEYS = {Type.VERDICT, Type.IFNAME, Type.IFINDEX, Type.CT_STATUS}
KINDS = [Set(f"many-{kind}", (kind,)) for kind in Type if kind not in NO_KEYS]

SETS: list[Object] = [
    NETS4,
    NETS6,
    ADDRESSES4,
    ADDRESSES6,
    FROM,
    PEERS,
    PORTS,
    RANGES,
    SOURCES,
    ICMP,
    ICMP6,
    OWN4,
    OWN6,
    FAILSAFE4,
    FAILSAFE6,
    PROTOCOLS,
    STATES,
    *KINDS,
]

ELEMENTS: list[Object] = [
    Element(NETS4, 0x0A000000, 1, 0x0AFFFFFF),
    Element(NETS4, 0x0B000000, 0x12345, 0x0B000004),
    Element(NETS4, 0xE0000000, 9, 0xFFFFFFFF),
    Element(NETS4, 0, 4, 0x07FFFFFF),
    Element(NETS4, 0xC0A80105, 2),
    Element(NETS4, 0xC0A80106, 3),
    Element(NETS6, 0xFD << 120, 7, (0xFD << 120) + 2**64 - 1),
    Element(NETS6, 0x2000 << 112, 8, (0x4000 << 112) - 1),
    *(Element(ADDRESSES4, 0x0A000000 + number, number) for number in range(5)),
    Element(ADDRESSES6, (0xFD << 120) + 1, 0xFFFF),
    Element(ADDRESSES6, 0xFFFF0A000001, 0xFFFFFFFF),
    Element(ADDRESSES6, 1, 5),
    Element(ADDRESSES6, 0x0A000001, 6),
    Element(FROM, "cali1", jump("leaf")),
    Element(FROM, "tap-zebra", goto("leaf")),
    *(Element(PEERS, number, goto("leaf")) for number in (1, 2, 0x30, 4, 5, 6, 0x10000)),
    Element(PORTS, (6, 80), ACCEPT),
    Element(PORTS, (17, 53), goto("leaf")),
    Element(PORTS, (132, 9999), DROP),
    Element(RANGES, (6, 80), ACCEPT, (6, 90)),
    Element(RANGES, (17, 0), DROP, (17, 65535)),
    Element(RANGES, (6, 5), goto("leaf")),
    Element(RANGES, (99, 0), jump("leaf"), (255, 65535)),
    Element(SOURCES, (6, 0, 80), ACCEPT, (6, 65535, 90)),
    Element(ICMP, (8, 0), ACCEPT),
    Element(ICMP, (3, 4), ACCEPT),
    Element(ICMP, (99, 1), DROP),
    Element(ICMP6, (128, 0), ACCEPT, (128, 255)),
    Element(OWN4, ("cali1", 0x0A000001)),
    Element(OWN4, ("cali2", 0x0A000002)),
    Element(OWN6, ("cali1", 0xFD << 120), None, ("cali1", (0xFD << 120) + 2**64 - 1)),
    Element(FAILSAFE4, (6, 22, 0x0A000000), None, (6, 22, 0x0AFFFFFF)),
    Element(FAILSAFE4, (17, 68, 0), None, (17, 68, 0xFFFFFFFF)),
    Element(FAILSAFE6, (6, 22, 0xFD << 120), None, (6, 22, (0xFD << 120) + 2**64 - 1)),
    *(Element(PROTOCOLS, number) for number in (1, 6, 17, 58, 99, 132)),
    *(Element(kind, 1 << number) for kind in KINDS for number in range(7)),
    Element(STATES, 2, ACCEPT),
    Element(STATES, 4, ACCEPT),
    Element(STATES, 1, jump("leaf")),
]

NEIGHBOURS = (130, 131, 132, 133, 135, 136)

STATEMENTS: list[tuple[Statement, ...]] = [
    (SetPriority(0),),
    (SetPriority(0x10002),),
    (LookupPriority((Field.IP_SADDR,), "nets4"),),
    (LookupPriority((Field.IP_DADDR,), "addresses4"),),
    (LookupPriority((Field.IP6_SADDR,), "addresses6"),),
    (LookupPriority((Field.IP6_DADDR,), "nets6"),),
    (Vmap((Field.PRIORITY,), "peers"),),
    (Vmap((Field.IIFNAME,), "from-endpoint"),),
    (Vmap((Field.OIFNAME,), "from-endpoint"),),
    (Vmap((Field.L4PROTO, Field.TH_DPORT), "ports"),),
    (Vmap((Field.L4PROTO, Field.TH_DPORT), "ranges"),),
    (Vmap((Field.L4PROTO, Field.TH_SPORT, Field.TH_DPORT), "sources"),),
    (Vmap((Field.ICMP_TYPE, Field.ICMP_CODE), "icmp4"),),
    (Vmap((Field.ICMPV6_TYPE, Field.ICMPV6_CODE), "icmp6"),),
    (Vmap((Field.CT_STATE,), "states"),),
    (Vmap((Field.CT_STATE,), ((2, ACCEPT), (4, ACCEPT), (1, jump("leaf")))),),
    (Vmap((Field.L4PROTO,), ((17, DROP), (6, ACCEPT))),),
    (Lookup((Field.ICMPV6_TYPE,), NEIGHBOURS), ACCEPT),
    (Lookup((Field.L4PROTO,), "protocols"), ACCEPT),
    (Lookup((Field.L4PROTO,), "protocols", negate=True), DROP),
    (Lookup((Field.IIFNAME, Field.IP_SADDR), "own4", negate=True), DROP),
    (Lookup((Field.IIFNAME, Field.IP6_SADDR), "own6"), ACCEPT),
    (Match(Field.IIFNAME, "cali*"), DROP),
    (Match(Field.OIFNAME, "cali*", negate=True), DROP),
    (Match(Field.IIFNAME, "cali1"), DROP),
    (Match(Field.IIFNAME, "lo"), ACCEPT),
    (Match(Field.L4PROTO, 6), ACCEPT),
    (Match(Field.L4PROTO, 99, negate=True), ACCEPT),
    (Match(Field.NFPROTO, 2), ACCEPT),
    (Match(Field.NFPROTO, 10), ACCEPT),
    (Match(Field.L4PROTO, 6), Match(Field.TH_DPORT, 80), ACCEPT),
    (Match(Field.L4PROTO, 17), Match(Field.TH_SPORT, 68), Match(Field.TH_DPORT, 67), ACCEPT),
    (Match(Field.TH_DPORT, 80), ACCEPT),
    (Match(Field.L4PROTO, 6), Match(Field.TH_DPORT, 80, last=90), ACCEPT),
    (Match(Field.L4PROTO, 132), Match(Field.TH_SPORT, 0, last=1023), Match(Field.TH_DPORT, 80, last=65535), ACCEPT),
    (Match(Field.ICMP_TYPE, 3), Match(Field.ICMP_CODE, 4), ACCEPT),
    (Match(Field.ICMP_TYPE, 99), Match(Field.ICMP_CODE, 0), ACCEPT),
    (Match(Field.ICMPV6_TYPE, 1), Match(Field.ICMPV6_CODE, 3), ACCEPT),
    (Match(Field.ICMP_TYPE, 8), ACCEPT),
    (Match(Field.ICMPV6_TYPE, 128), ACCEPT),
    (Match(Field.IP_SADDR, 0x0A000001), DROP),
    (Match(Field.IP_DADDR, 0x0A000000, bits=8), DROP),
    (Match(Field.IP_DADDR, 0x0A400000, bits=10), DROP),
    (Match(Field.IP6_SADDR, 0xFE80 << 112, bits=10), DROP),
    (Match(Field.IP6_DADDR, 0xFD << 120, negate=True, bits=64), DROP),
    (Match(Field.PRIORITY, 7), DROP),
    (Match(Field.CT_STATE, 6), ACCEPT),
    (Match(Field.CT_STATUS, 32), ACCEPT),
    (Match(Field.CT_STATE, 8), Match(Field.CT_STATUS, 32), Match(Field.IIF, 0), ACCEPT),
    (Match(Field.CT_STATUS, 32, negate=True), ACCEPT),
    (Lookup((Field.L4PROTO, Field.TH_DPORT, Field.IP_SADDR), "failsafe4"), ACCEPT),
    (Lookup((Field.L4PROTO, Field.TH_SPORT, Field.IP6_DADDR), "failsafe6"), ACCEPT),
    (Match(Field.ICMP_TYPE, 3), Match(Field.ICMP_CODE, 4), ACCEPT),
    (Limit(9999, 86400, 9999), Log("limited ", "info"), Log("rule-x", group=5)),
    (Limit(3, 60), Log("limited "), ACCEPT),
    (Count("c-1"), Limit(1, 1, 1)),
    (Limit(2, 3600, 6), DROP),
    (Count("c-1"), Reject()),
    (MarkBit(0x10000),),
    (Count("c-1"), NoTrack(), MarkBit(0x80000000), ACCEPT),
    (MarkBit(0x10000, on=False),),
    (Match(Field.MARK, 0x10000), ACCEPT),
    (Match(Field.MARK, 0x10000, negate=True), ACCEPT),
    (Count("c-1"), ACCEPT),
    (Count("c-1"), RETURN),
    (Log("calico: ", "info"), goto("leaf")),
    (Log("plain "),),
    (Log("seen", group=5), DROP),
    (jump("leaf"),),
]

CHAINS: list[Object] = [
    Counter("c-1"),
    Counter("c-2", "shop/web rule 1"),
    Chain("forward", Hook("filter", "forward")),
    Chain("raw", Hook("filter", "prerouting", -299, "drop")),
    Chain("late", Hook("filter", "postrouting", 105), "after the others"),
    Chain("early", Hook("filter", "input", -175)),
    Chain("in-1"),
    Chain("leaf", comment="allow"),
]


def test_everything_lists_as_written(kernel: LinuxKernel, namespace: str) -> None:
    rules = [Rule("in-1", statements, f"rule {number}") for number, statements in enumerate(STATEMENTS)]
    objects = [*CHAINS, *SETS, *ELEMENTS, *(rule for rule in rules if jump("leaf") not in rule.statements)]
    objects.append(Rule("forward", (jump("in-1"),)))
    kernel.commit(committed(objects))

    assert listing(namespace).splitlines() == table_text(ruleset(objects)).splitlines()


@pytest.mark.parametrize("statements", STATEMENTS, ids=str)
def test_the_kernel_tells_the_rule_that_it_was_given(kernel: LinuxKernel, statements: tuple[Statement, ...]) -> None:
    objects: list[Object] = [*CHAINS, *SETS, *ELEMENTS, Rule("in-1", statements, "a rule")]
    kernel.commit(committed(objects))

    assert list(repair(ruleset(objects), kernel.dump()).operations()) == []


@pytest.mark.parametrize("priority", [-310, -300, -290, -289, -161, -150, -100, -90, -10, 0, 10, 11, 50, 61, 95, 100])
@pytest.mark.parametrize("hook", ["prerouting", "postrouting", "forward"])
def test_priorities_list_by_name(kernel: LinuxKernel, namespace: str, hook: str, priority: int) -> None:
    objects: list[Object] = [Chain("base", Hook("filter", hook, priority))]
    kernel.commit(committed(objects))

    assert listing(namespace) == table_text(ruleset(objects))
