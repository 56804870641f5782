"""The two address families in a table: the fields and the type of their addresses, and what tells their packets."""

from __future__ import annotations

from collections.abc import Mapping

from tortie.model import Family

from .objects import Field, Match, Type

__all__ = ["ADDRESS_TYPES", "FAMILY_FIELDS", "NFPROTO", "of_family"]

FAMILY_FIELDS: Mapping[int, tuple[Field, Field]] = {
    Family.V4: (Field.IP_SADDR, Field.IP_DADDR),
    Family.V6: (Field.IP6_SADDR, Field.IP6_DADDR),
}
"""The source and destination address fields of each IP version."""

ADDRESS_TYPES: Mapping[int, Type] = {Family.V4: Type.IPV4_ADDR, Family.V6: Type.IPV6_ADDR}
"""The type of the addresses of each IP version."""

NFPROTO: Mapping[int, int] = {Family.V4: 2, Family.V6: 10}
"""The kernel's number of each IP version."""


def of_family(family: int) -> Match:
    """Return what a rule asks so that only packets of an IP version match."""
    return Match(Field.NFPROTO, NFPROTO[family])
