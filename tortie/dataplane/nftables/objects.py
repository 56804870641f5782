"""What an nft table is made of, as plain frozen data: the vocabulary of everything else in this package.

Every object knows its name and nothing of bytes or text. Values are numbers and interface names: an address is the
integer its bytes spell in network order, protocols, ports and ICMP types are themselves, a class is a 32-bit number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

__all__ = [
    "ACCEPT",
    "DROP",
    "PRIORITIES",
    "RETURN",
    "TABLE",
    "Chain",
    "Count",
    "Counter",
    "Element",
    "Field",
    "Hook",
    "Key",
    "Limit",
    "Log",
    "Lookup",
    "LookupPriority",
    "MarkBit",
    "Match",
    "NoTrack",
    "Object",
    "Reject",
    "Rule",
    "Set",
    "SetPriority",
    "Statement",
    "Table",
    "Type",
    "Value",
    "Verdict",
    "Vmap",
    "goto",
    "jump",
]

TABLE = "tortie"
"""The one table (of family `inet`) that is ever read or written."""

Value: TypeAlias = int | str
"""One part of a key: a number, or an interface name (in a match a trailing `*` means any name that begins so)."""

Key: TypeAlias = Value | tuple[Value, ...]
"""What an element is found by: one value, or a tuple with one value for each type of a concatenated key."""


class Type(StrEnum):
    """What a value of a set's key or a map's data is; the member's value is nft's word for it."""

    IPV4_ADDR = "ipv4_addr"
    IPV6_ADDR = "ipv6_addr"
    INET_PROTO = "inet_proto"
    INET_SERVICE = "inet_service"
    ICMP_TYPE = "icmp_type"
    ICMP_CODE = "icmp_code"
    ICMPV6_TYPE = "icmpv6_type"
    ICMPV6_CODE = "icmpv6_code"
    IFNAME = "ifname"
    CLASSID = "classid"  # 32 bits, of which we use all as one number: an address class
    CT_STATE = "ct_state"
    CT_STATUS = "ct_status"
    MARK = "mark"
    IFINDEX = "iface_index"
    NF_PROTO = "nf_proto"
    VERDICT = "verdict"  # only as the data of a map


class Field(StrEnum):
    """What a rule can look at in a packet; the member's value is nft's words for it.

    Looking at a header implies that it is there: a rule that reads `ip saddr` passes over IPv6 packets. `th` is the
    transport header's first four bytes and implies nothing: match `meta l4proto` before, or together with it.
    """

    IP_SADDR = "ip saddr"
    IP_DADDR = "ip daddr"
    IP6_SADDR = "ip6 saddr"
    IP6_DADDR = "ip6 daddr"
    TH_SPORT = "th sport"
    TH_DPORT = "th dport"
    ICMP_TYPE = "icmp type"
    ICMP_CODE = "icmp code"
    ICMPV6_TYPE = "icmpv6 type"
    ICMPV6_CODE = "icmpv6 code"
    IIFNAME = "iifname"
    OIFNAME = "oifname"
    IIF = "iif"  # an interface's number; 0 where the packet came in nowhere, as a process of the host sent it
    L4PROTO = "meta l4proto"
    NFPROTO = "meta nfproto"
    PRIORITY = "meta priority"
    MARK = "meta mark"
    CT_STATE = "ct state"
    CT_STATUS = "ct status"


PRIORITIES: Mapping[str, int] = {
    "raw": -300,
    "mangle": -150,
    "dstnat": -100,
    "filter": 0,
    "security": 50,
    "srcnat": 100,
}
"""The names of the standard hook priorities. Source: nftables' manual, table 6."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a packet: `accept`, `drop`, `return`, `continue`, or `jump` and `goto` with a chain."""

    kind: str
    chain: str = ""

    def __post_init__(self) -> None:
        if self.kind not in {"accept", "drop", "return", "continue", "jump", "goto"}:
            raise ValueError(f"verdict `{self.kind}`: want accept, drop, return, continue, jump or goto")
        if bool(self.chain) != (self.kind in {"jump", "goto"}):
            raise ValueError(f"verdict `{self.kind}` with chain `{self.chain}`: jump and goto, and only they, name one")


ACCEPT = Verdict("accept")
DROP = Verdict("drop")
RETURN = Verdict("return")


def jump(chain: str) -> Verdict:
    """Return the verdict that goes through `chain` and comes back."""
    return Verdict("jump", chain)


def goto(chain: str) -> Verdict:
    """Return the verdict that goes to `chain`, and from there back to whoever jumped to the present chain."""
    return Verdict("goto", chain)


@dataclass(frozen=True, slots=True)
class Match:
    """Go on with the rule where `field` is (with `negate`: is not) `value`.

    `bits` compares only that many leading bits of an address; an interface name compares up to its trailing `*`;
    of `ct state`, `ct status` and `meta mark`, `value` is a mask of which any bit may be set. With `last`, `value` is
    the first of a range of ports, and `last` the last; such a match cannot be negated.
    """

    field: Field
    value: Value
    negate: bool = False
    bits: int | None = None
    last: int | None = None

    def __post_init__(self) -> None:
        if self.last is not None and self.negate:
            raise ValueError(f"match of {self.field}: a range cannot be negated")


@dataclass(frozen=True, slots=True)
class Lookup:
    """Go on with the rule where the fields' values are (with `negate`: are not) an element of a set.

    `among` is the name of a set, or the keys of an anonymous one.
    """

    fields: tuple[Field, ...]
    among: str | tuple[Key, ...]
    negate: bool = False


@dataclass(frozen=True, slots=True)
class Vmap:
    """Take the verdict that a map has for the fields' values; where it has none, the rule ends without one.

    `among` is the name of a map, or the keys and verdicts of an anonymous one.
    """

    fields: tuple[Field, ...]
    among: str | tuple[tuple[Key, Verdict], ...]


@dataclass(frozen=True, slots=True)
class SetPriority:
    """Write `value` to the packet's priority, our scratch register."""

    value: int


@dataclass(frozen=True, slots=True)
class LookupPriority:
    """Write what the map named `among` has for the fields' values to the packet's priority.

    Where it has nothing, only this rule ends, and the priority keeps its value.
    """

    fields: tuple[Field, ...]
    among: str


@dataclass(frozen=True, slots=True)
class MarkBit:
    """Set one bit of the packet's mark, or with `on` False clear it; the others are others' and stay as they are."""

    bit: int
    on: bool = True


@dataclass(frozen=True, slots=True)
class NoTrack:
    """Keep the packet out of connection tracking; only before it, in the hooks of priority raw."""


@dataclass(frozen=True, slots=True)
class Count:
    """Count the packet on the named counter."""

    counter: str


@dataclass(frozen=True, slots=True)
class Log:
    """Write a line to the kernel log, or with `group` send the packet to that NFLOG group; never ends the rule.

    `prefix` is at most 127 bytes (`names.log_prefix` sees to it); `level` is a name such as `info`, or empty for
    the kernel's default `warn`, which is what a listing leaves out.
    """

    prefix: str
    level: str = ""
    group: int | None = None

    def __post_init__(self) -> None:
        if self.level and self.group is not None:
            raise ValueError(f"log `{self.prefix}`: a level and a group exclude each other")


@dataclass(frozen=True, slots=True)
class Limit:
    """Go on with the rule for `count` packets in `seconds` (1, 60, 3600 or 86400), `burst` of them at once."""

    count: int
    seconds: int
    burst: int = 5


@dataclass(frozen=True, slots=True)
class Reject:
    """Drop the packet and tell its sender "port unreachable"; not in postrouting, where the kernel refuses it."""


Statement: TypeAlias = (
    Match | Lookup | Vmap | SetPriority | LookupPriority | MarkBit | NoTrack | Count | Log | Limit | Reject | Verdict
)
"""One step of a rule."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of family `inet`."""

    name: str = TABLE


@dataclass(frozen=True, slots=True)
class Hook:
    """Where a base chain sees packets.

    `type` is filter, nat or route; `hook` prerouting, input, forward, output or postrouting; lower priorities come
    first (`PRIORITIES` names the usual ones); `policy` is what happens at the end of the chain, accept or drop.
    """

    type: str
    hook: str
    priority: int = 0
    policy: str = "accept"


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain: a base chain where it has a hook, else one that verdicts jump or go to."""

    name: str
    hook: Hook | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a chain; `comment` is what an operator reads beside it (`names.comment` makes it safe)."""

    chain: str
    statements: tuple[Statement, ...]
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Set:
    """A named set, or with `data` a map: to a number, or with `Type.VERDICT` to verdicts.

    `key` has one type, or several for a concatenated key. With `interval` elements may be ranges (no two of which may
    overlap; cut them apart first) and lookups cost more: keep single addresses in sets without it.
    """

    name: str
    key: tuple[Type, ...]
    data: Type | None = None
    interval: bool = False
    comment: str = ""


class Element(NamedTuple):
    """One element of a set, with its data where the set is a map.

    `end` is the last key of a range, inclusive, in sets with `interval`; for a concatenated key it has as many parts
    as `key`. None means that the range is `key` alone. (A named tuple: there are hundreds of thousands of them.)
    """

    set: Set
    key: Key
    data: int | Verdict | None = None
    end: Key | None = None


@dataclass(frozen=True, slots=True)
class Counter:
    """A named counter of packets and bytes; rules refer to it with `Count`, and share it."""

    name: str
    comment: str = ""


Object: TypeAlias = Table | Chain | Rule | Set | Element | Counter
"""Anything that a transaction adds or deletes."""
