"""What fields and types are to nft: a field's type and the headers it implies, a type's width and byte order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tortie.model import Family

from .families import NFPROTO
from .objects import Field, Type

__all__ = ["FIELD_TYPES", "IMPLIED", "TYPES", "TypeInfo"]


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """A type's number, its width in bytes and its byte order (`big`, or `little` for the host's)."""

    number: int
    width: int
    network: bool


TYPES: Mapping[Type, TypeInfo] = {
    Type.NF_PROTO: TypeInfo(2, 1, network=False),
    Type.IPV4_ADDR: TypeInfo(7, 4, network=True),
    Type.IPV6_ADDR: TypeInfo(8, 16, network=True),
    Type.INET_PROTO: TypeInfo(12, 1, network=True),
    Type.INET_SERVICE: TypeInfo(13, 2, network=True),
    Type.ICMP_TYPE: TypeInfo(14, 1, network=True),
    Type.MARK: TypeInfo(19, 4, network=False),
    Type.IFINDEX: TypeInfo(20, 4, network=False),
    Type.CLASSID: TypeInfo(23, 4, network=False),
    Type.CT_STATE: TypeInfo(26, 4, network=False),
    Type.CT_STATUS: TypeInfo(28, 4, network=False),
    Type.ICMPV6_TYPE: TypeInfo(29, 1, network=True),
    Type.ICMP_CODE: TypeInfo(32, 1, network=True),
    Type.ICMPV6_CODE: TypeInfo(33, 1, network=True),
    Type.IFNAME: TypeInfo(41, 16, network=False),
    Type.VERDICT: TypeInfo(0xFFFFFF00, 4, network=False),
}
"""Source: `enum datatypes` of nftables' include/datatype.h; NFT_DATA_VERDICT of the kernel."""

FIELD_TYPES: Mapping[Field, Type] = {
    Field.IP_SADDR: Type.IPV4_ADDR,
    Field.IP_DADDR: Type.IPV4_ADDR,
    Field.IP6_SADDR: Type.IPV6_ADDR,
    Field.IP6_DADDR: Type.IPV6_ADDR,
    Field.TH_SPORT: Type.INET_SERVICE,
    Field.TH_DPORT: Type.INET_SERVICE,
    Field.ICMP_TYPE: Type.ICMP_TYPE,
    Field.ICMP_CODE: Type.ICMP_CODE,
    Field.ICMPV6_TYPE: Type.ICMPV6_TYPE,
    Field.ICMPV6_CODE: Type.ICMPV6_CODE,
    Field.IIFNAME: Type.IFNAME,
    Field.OIFNAME: Type.IFNAME,
    Field.IIF: Type.IFINDEX,
    Field.L4PROTO: Type.INET_PROTO,
    Field.NFPROTO: Type.NF_PROTO,
    Field.PRIORITY: Type.CLASSID,
    Field.MARK: Type.MARK,
    Field.CT_STATE: Type.CT_STATE,
    Field.CT_STATUS: Type.CT_STATUS,
}
"""The type of what each field reads."""

_IPV4 = (Field.NFPROTO, NFPROTO[Family.V4])
_IPV6 = (Field.NFPROTO, NFPROTO[Family.V6])

IMPLIED: Mapping[Field, tuple[tuple[Field, int], ...]] = {
    Field.IP_SADDR: (_IPV4,),
    Field.IP_DADDR: (_IPV4,),
    Field.IP6_SADDR: (_IPV6,),
    Field.IP6_DADDR: (_IPV6,),
    Field.ICMP_TYPE: (_IPV4, (Field.L4PROTO, 1)),
    Field.ICMP_CODE: (_IPV4, (Field.L4PROTO, 1)),
    Field.ICMPV6_TYPE: (_IPV6, (Field.L4PROTO, 58)),
    Field.ICMPV6_CODE: (_IPV6, (Field.L4PROTO, 58)),
}
"""What has to be compared before a field may be read; a rule compares each once, and a listing leaves it out."""
