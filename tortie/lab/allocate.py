"""Addresses for every member that was given none: the same lab always gets the same ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from tortie.lab.topology import Address, Lab

__all__ = ["allocated"]

Network = IPv4Network | IPv6Network
HOSTS: tuple[Network, ...] = (IPv4Network("172.30.0.0/16"), IPv6Network("fd00:30::/64"))
EXTERNALS: tuple[Network, ...] = (IPv4Network("172.31.0.0/16"), IPv6Network("fd00:31::/64"))
WORKLOADS: tuple[Network, ...] = (IPv4Network("10.0.0.0/8"), IPv6Network("fd00:10::/32"))
WORKLOAD_BLOCKS = (16, 64)  # prefix lengths of one host's share of WORKLOADS


def allocated(lab: Lab) -> Lab:
    """Return the lab with an address of each family for every member; addresses that were given stay.

    A workload's address comes from its host's block: 10.1.0.0/16 and fd00:10:1::/64 for the first host, and so on.

    Raises:
        NotFound: A workload is on a host that the lab does not have.
    """
    for workload in lab.workloads:
        lab.host(workload.host)
    taken = {address for member in lab.members for address in member.addresses}
    hosts = tuple(replace(h, addresses=_completed(h.addresses, HOSTS, taken)) for h in lab.hosts)
    externals = tuple(replace(e, addresses=_completed(e.addresses, EXTERNALS, taken)) for e in lab.externals)
    blocks = {host.name: _blocks(number) for number, host in enumerate(lab.hosts, start=1)}
    workloads = tuple(replace(w, addresses=_completed(w.addresses, blocks[w.host], taken)) for w in lab.workloads)
    return replace(lab, hosts=hosts, externals=externals, workloads=workloads)


def _completed(given: tuple[Address, ...], networks: Iterable[Network], taken: set[Address]) -> tuple[Address, ...]:
    """Return the given addresses and one of each family that is missing, which is then taken."""
    missing = (network for network in networks if all(network.version != address.version for address in given))
    added = []
    for network in missing:
        address = next(candidate for candidate in _hosts(network) if candidate not in taken)
        taken.add(address)
        added.append(address)
    return (*given, *added)


def _hosts(network: Network) -> Iterator[Address]:
    """Yield a network's addresses from the second on."""
    first = int(network.network_address)
    kind = IPv4Address if network.version == 4 else IPv6Address  # noqa: PLR2004 - IPv4
    for number in range(1, network.num_addresses):
        yield kind(first + number)


def _blocks(number: int) -> tuple[Network, ...]:
    """Return the networks that workloads of the host with this number, counted from 1, live in."""
    four, six = WORKLOADS
    length4, length6 = WORKLOAD_BLOCKS
    return (
        IPv4Network((int(four.network_address) + (number << (32 - length4)), length4)),
        IPv6Network((int(six.network_address) + (number << (128 - 48)), length6)),
    )
