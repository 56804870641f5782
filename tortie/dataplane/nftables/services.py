"""What keeps packets to services that nobody has from going round between host and router. Pure.

Nothing of it is there where no addresses of services are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tortie.compiled import BuiltIn
from tortie.dataplane.nftables.built_in import verdict_chain
from tortie.dataplane.nftables.objects import (
    ACCEPT,
    DROP,
    FAMILY_FIELDS,
    Element,
    Field,
    Lookup,
    Match,
    Object,
    Reject,
    Rule,
    Set,
    Type,
    goto,
)
from tortie.model import Family, Prefix, ServiceLoopPrevention, Settings

__all__ = ["service_layout"]

_ADDRESS = {Family.V4: Type.IPV4_ADDR, Family.V6: Type.IPV6_ADDR}
_DNAT = 32


def service_layout(settings: Settings, nets: Iterable[Prefix]) -> Iterator[Object]:
    """Yield the sets of services' addresses, and what ends the forward chain for packets to them."""
    known = sorted(nets)
    if not known:
        return
    tells = settings.service_loop_prevention is ServiceLoopPrevention.REJECT
    yield from verdict_chain(BuiltIn.SERVICE_LOOP, Reject() if tells else DROP)
    translated = Match(Field.CT_STATUS, _DNAT)  # of an untracked packet nothing can be read, not even that it is not
    yield Rule("forward", (translated, ACCEPT), "sent to a service, and translated")
    for family in sorted({each.family for each in known}):
        services = Set(f"services{family}", (_ADDRESS[family],), interval=True, comment="addresses of services")
        yield services
        for each in known:
            if each.family is family:
                yield Element(services, int.from_bytes(each.network), end=int.from_bytes(each.last))
        destination = Lookup((FAMILY_FIELDS[family][1],), services.name)
        yield Rule("forward", (destination, goto(BuiltIn.SERVICE_LOOP)))
