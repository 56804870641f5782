"""An address to its class, in the scratch register. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tortie.dataplane.nftables.families import FAMILY_FIELDS
from tortie.dataplane.nftables.layout import ADDRESSES, NETS
from tortie.dataplane.nftables.objects import LookupPriority, SetPriority
from tortie.model import Family

__all__ = ["class_lookup"]


def class_lookup(side: int) -> Iterator[tuple[SetPriority | LookupPriority]]:
    """Yield the rules that leave the class of the packet's source (0) or destination (1) in its priority.

    A lookup that misses ends its rule, so that the register is cleared first, and an exact address comes last.
    """
    yield (SetPriority(0),)
    for family in Family:
        for a_map in (NETS[family], ADDRESSES[family]):
            yield (LookupPriority((FAMILY_FIELDS[family][side],), a_map.name),)
