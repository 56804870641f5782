"""nft's words for values of its types, as nft 1.0.6 prints them."""

from __future__ import annotations

from collections.abc import Mapping

from .objects import Type, Value

__all__ = ["PROTOCOLS", "value_text"]

PROTOCOLS: Mapping[int, str] = {
    0: "ip",
    1: "icmp",
    2: "igmp",
    3: "ggp",
    4: "ipencap",
    5: "st",
    6: "tcp",
    8: "egp",
    9: "igp",
    12: "pup",
    17: "udp",
    20: "hmp",
    22: "xns-idp",
    27: "rdp",
    29: "iso-tp4",
    33: "dccp",
    36: "xtp",
    37: "ddp",
    38: "idpr-cmtp",
    41: "ipv6",
    43: "ipv6-route",
    44: "ipv6-frag",
    45: "idrp",
    46: "rsvp",
    47: "gre",
    50: "esp",
    51: "ah",
    57: "skip",
    58: "ipv6-icmp",
    59: "ipv6-nonxt",
    60: "ipv6-opts",
    73: "rspf",
    81: "vmtp",
    88: "eigrp",
    89: "ospf",
    93: "ax.25",
    94: "ipip",
    97: "etherip",
    98: "encap",
    103: "pim",
    108: "ipcomp",
    112: "vrrp",
    115: "l2tp",
    124: "isis",
    132: "sctp",
    133: "fc",
    135: "mobility-header",
    136: "udplite",
    137: "mpls-in-ip",
    138: "manet",
    139: "hip",
    140: "shim6",
    141: "wesp",
    142: "rohc",
    143: "ethernet",
}
"""Protocol names. Source: Debian's /etc/protocols, which is where nft looks them up."""

_ICMP_TYPES = {
    0: "echo-reply",
    3: "destination-unreachable",
    4: "source-quench",
    5: "redirect",
    8: "echo-request",
    9: "router-advertisement",
    10: "router-solicitation",
    11: "time-exceeded",
    12: "parameter-problem",
    13: "timestamp-request",
    14: "timestamp-reply",
    15: "info-request",
    16: "info-reply",
    17: "address-mask-request",
    18: "address-mask-reply",
}

_ICMP_CODES = {
    0: "net-unreachable",
    1: "host-unreachable",
    2: "prot-unreachable",
    3: "port-unreachable",
    4: "frag-needed",
    9: "net-prohibited",
    10: "host-prohibited",
    13: "admin-prohibited",
}

_ICMPV6_TYPES = {
    1: "destination-unreachable",
    2: "packet-too-big",
    3: "time-exceeded",
    4: "parameter-problem",
    128: "echo-request",
    129: "echo-reply",
    130: "mld-listener-query",
    131: "mld-listener-report",
    132: "mld-listener-done",
    133: "nd-router-solicit",
    134: "nd-router-advert",
    135: "nd-neighbor-solicit",
    136: "nd-neighbor-advert",
    137: "nd-redirect",
    138: "router-renumbering",
    141: "ind-neighbor-solicit",
    142: "ind-neighbor-advert",
    143: "mld2-listener-report",
}

_ICMPV6_CODES = {
    0: "no-route",
    1: "admin-prohibited",
    3: "addr-unreachable",
    4: "port-unreachable",
    5: "policy-fail",
    6: "reject-route",
}

_SYMBOLS: Mapping[Type, Mapping[int, str]] = {
    Type.INET_PROTO: PROTOCOLS,
    Type.ICMP_TYPE: _ICMP_TYPES,
    Type.ICMP_CODE: _ICMP_CODES,
    Type.ICMPV6_TYPE: _ICMPV6_TYPES,
    Type.ICMPV6_CODE: _ICMPV6_CODES,
    Type.NF_PROTO: {2: "ipv4", 10: "ipv6"},
    Type.CLASSID: {0: "none", 0xFFFFFFFF: "root"},
}

_FLAGS: Mapping[Type, Mapping[int, str]] = {
    Type.CT_STATE: {1: "invalid", 8: "new", 2: "established", 4: "related", 64: "untracked"},
    Type.CT_STATUS: {
        1: "expected",
        2: "seen-reply",
        4: "assured",
        8: "confirmed",
        16: "snat",
        32: "dnat",
        512: "dying",
    },
}

_IPV4_BITS = 32
_MAPPED = 0xFFFF


def value_text(kind: Type, value: Value, *, numeric: bool = False) -> str:
    """Return how nft prints a value of a type; `numeric` is how it does in ranges, without words for numbers."""
    if isinstance(value, str):
        return f'"{value}"'
    if kind is Type.IPV4_ADDR:
        return _ipv4(value)
    if kind is Type.IPV6_ADDR:
        return _ipv6(value)
    if kind in _FLAGS:
        return ",".join(word for bit, word in _FLAGS[kind].items() if value & bit) or f"{value:#x}"
    word = _SYMBOLS.get(kind, {}).get(value)
    if word is not None and not numeric:
        return word
    return _number(kind, value)


def _number(kind: Type, value: int) -> str:
    if kind is Type.CLASSID:
        return f"{value >> 16:x}:{value & 0xFFFF:x}"
    return f"{value:#010x}" if kind is Type.MARK else str(value)


def _ipv4(value: int) -> str:
    return ".".join(map(str, value.to_bytes(4, "big")))


def _ipv6(value: int) -> str:
    """Return the address as the C library prints it: IPv4-mapped and -compatible ones end in a dotted quad."""
    high = value >> _IPV4_BITS
    low = value & 0xFFFFFFFF
    if high == _MAPPED:
        return f"::ffff:{_ipv4(low)}"
    if not high and low >> 16:
        return f"::{_ipv4(low)}"
    words = [value >> shift & 0xFFFF for shift in range(112, -16, -16)]
    start, length = _longest_zeros(words)
    if length < 2:  # noqa: PLR2004 - RFC 5952 shortens two or more groups
        return ":".join(f"{word:x}" for word in words)
    head = ":".join(f"{word:x}" for word in words[:start])
    tail = ":".join(f"{word:x}" for word in words[start + length :])
    return f"{head}::{tail}"


def _longest_zeros(words: list[int]) -> tuple[int, int]:
    """Return where the first longest run of zero words starts, and its length."""
    best = (0, 0)
    start = 0
    for index, word in enumerate(words):
        if word:
            start = index + 1
        elif index + 1 - start > best[1]:
            best = (start, index + 1 - start)
    return best
