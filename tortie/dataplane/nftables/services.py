"""What keeps packets to services that nobody has from going round between host and router. Pure.

Nothing of it is there where no addresses of services are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tortie.compiled import BuiltIn
from tortie.dataplane.nftables.built_in import verdict_chain
from tortie.dataplane.nftables.families import ADDRESS_TYPES, FAMILY_FIELDS
from tortie.dataplane.nftables.objects import (
    ACCEPT,
    DROP,
    Element,
    Lookup,
    Object,
    Reject,
    Rule,
    Set,
    goto,
)
from tortie.dataplane.nftables.tracking import TRANSLATED
from tortie.model import Prefix, ServiceLoopPrevention, Settings

__all__ = ["service_layout"]


def service_layout(settings: Settings, nets: Iterable[Prefix]) -> Iterator[Object]:
    """Yield the sets of services' addresses, and what ends the forward chain for packets to them."""
    known = sorted(nets)
    if not known:
        return
    tells = settings.service_loop_prevention is ServiceLoopPrevention.REJECT
    yield from verdict_chain(BuiltIn.SERVICE_LOOP, Reject() if tells else DROP)
    yield Rule("forward", (TRANSLATED, ACCEPT), "sent to a service, and translated")
    for family in sorted({each.family for each in known}):
        services = Set(f"services{family}", (ADDRESS_TYPES[family],), interval=True, comment="addresses of services")
        yield services
        for each in known:
            if each.family is family:
                yield Element(services, int.from_bytes(each.network), end=int.from_bytes(each.last))
        destination = Lookup((FAMILY_FIELDS[family][1],), services.name)
        yield Rule("forward", (destination, goto(BuiltIn.SERVICE_LOOP)))
