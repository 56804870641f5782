"""Every field and every type is known through and through."""

from __future__ import annotations

from tortie.dataplane.nftables import Field, Type
from tortie.dataplane.nftables.fields import FIELD_TYPES, IMPLIED, TYPES


def test_every_field_has_a_type_that_has_a_width() -> None:
    assert set(FIELD_TYPES) == set(Field)
    assert set(TYPES) == set(Type)
    assert len({info.number for info in TYPES.values()}) == len(TYPES)


def test_headers_imply_what_carries_them() -> None:
    assert {field for field, needed in IMPLIED.items() if (Field.NFPROTO, 2) in needed} == {
        Field.IP_SADDR,
        Field.IP_DADDR,
        Field.ICMP_TYPE,
        Field.ICMP_CODE,
    }
    assert IMPLIED[Field.ICMPV6_TYPE] == ((Field.NFPROTO, 10), (Field.L4PROTO, 58))
