"""Who can send and receive in a cluster, grouped so that all of a kind fare alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from tortie.explain.directory import Directory, display_name
from tortie.explain.sites import Site, SiteName, site_of
from tortie.model import (
    ALL_INTERFACES,
    Direction,
    Family,
    Key,
    Place,
    Resource,
    family_of,
    format_address,
    parse_address,
)

__all__ = ["End", "ends_of", "kinds_of"]

_ELSEWHERE = {Family.V4: parse_address("203.0.113.77"), Family.V6: parse_address("2001:db8:cb00:7100::77")}
_UNSPECIFIED = {Family.V4: bytes(4), Family.V6: bytes(16)}
_BITS = {Family.V4: 32, Family.V6: 128}


@dataclass(frozen=True, slots=True)
class End:
    """One end of flows: how people call it, its address, where it is, and, of a host endpoint, its interface.

    `site` is None for what is beyond every host.
    """

    name: str
    address: bytes
    where: Key | Place
    site: SiteName | None = None
    interface: str = ""


Compiled = Mapping[SiteName, tuple[Site, Site]]
"""Each site before and after."""


def ends_of(worlds: Sequence[Mapping[Key, Resource]], compiled: Compiled) -> Iterator[End]:
    """Yield every endpoint of the worlds under each of its addresses, and one address of each kind beyond them.

    Hosts without host endpoints are ends as well, at an address that nobody knows.
    """
    directories = [Directory(world) for world in worlds]
    taken: set[bytes] = set()
    for directory in directories:
        for end in _members(directory, compiled):
            taken.add(end.address)
            yield end
    for name, sites in compiled.items():
        if not any(site.snapshot.host_endpoints for site in sites):
            yield from (End(f"host {name}".rstrip(), each, Place.HOST, name) for each in _UNSPECIFIED.values())
    for address in _strangers(compiled, taken):
        yield End(_stranger_name(address, directories), address, Place.ELSEWHERE)


def _members(directory: Directory, compiled: Compiled) -> Iterator[End]:
    """Yield the endpoints of one world."""
    for key, endpoint in directory.endpoints.items():
        for address in endpoint.addresses:
            yield End(display_name(endpoint), address, key, site_of(endpoint.node, compiled))
    for host in directory.host_endpoints.values():
        interface = host.interface or host.key.name
        for address in host.expected_addresses or tuple(_UNSPECIFIED.values()):
            yield End(
                display_name(host), address, Place.HOST, host.node, "" if interface == ALL_INTERFACES else interface
            )


def kinds_of(ends: Iterable[End], compiled: Compiled) -> list[list[End]]:
    """Return the ends in groups of which no compiled policy tells one member from another."""
    kinds: dict[object, list[End]] = defaultdict(list)
    for end in dict.fromkeys(ends):  # most are in both worlds
        kinds[_signature(end, compiled)].append(end)
    return list(kinds.values())


def _signature(end: End, compiled: Compiled) -> object:
    """Return everything that compiled policy can know of an end."""
    both = [(name, site) for name, sites in compiled.items() for site in sites]
    seen_as = tuple(site.classes.class_of(end.address) for _, site in both)
    own: list[object] = []
    if isinstance(end.where, Key):
        for site in compiled[end.site or ""]:
            row = site.rows.get(end.where)
            is_up = row is not None and row.active
            groups = [row.group(each, end.address) for each in Direction] if row is not None and is_up else []
            owned = row is not None and end.address in row.addresses
            own.append((row is not None, is_up, owned, *groups))
    place = Place.HOST if isinstance(end.where, Place) and end.where is Place.HOST else isinstance(end.where, Key)
    network = tuple(site.network_knows(end.address) for _, site in both)
    return family_of(end.address), seen_as, network, place, end.site, end.interface, tuple(own)


def _strangers(compiled: Compiled, taken: set[bytes]) -> Iterator[bytes]:
    """Yield addresses of nobody's: one of each stretch between the bounds of all ranges, and every exact one."""
    snapshots = [site.snapshot for sites in compiled.values() for site in sites]
    exact = {address for snapshot in snapshots for address in snapshot.addresses}
    yield from sorted(exact - taken)
    for family in Family:
        cuts = {0, 1 << _BITS[family]}
        for first, last in (each for snapshot in snapshots for each in snapshot.ranges):
            if family_of(first) is family:
                cuts |= {int.from_bytes(first), int.from_bytes(last) + 1}
        for net in (each for snapshot in snapshots for each in (*snapshot.known_hosts, *snapshot.service_nets)):
            if net.family is family:
                cuts |= {int.from_bytes(net.network), int.from_bytes(net.last) + 1}
        elsewhere = int.from_bytes(_ELSEWHERE[family])
        for first_number, after in pairwise(sorted(cuts)):
            start = elsewhere if first_number <= elsewhere < after else first_number
            for number in chain(range(start, after), range(first_number, start)):
                address = number.to_bytes(_BITS[family] // 8)
                if address not in exact and address not in taken:
                    yield address
                    break


def _stranger_name(address: bytes, directories: Iterable[Directory]) -> str:
    if address in _ELSEWHERE.values():
        return "anywhere else"
    names = {display_name(owner) for directory in directories for owner in directory.owners(address)}
    return ", ".join(sorted(names)) or format_address(address)
