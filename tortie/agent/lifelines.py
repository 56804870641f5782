"""Would a prefix of workload interfaces take the host's own ways out for workloads', and so silence the host?"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tortie.errors import Unavailable
from tortie.model import LOOPBACK_INTERFACE, format_address, parse_address
from tortie.netlink import Link

from .interfaces import LinkSource

__all__ = ["Lifelines", "taken"]

_FAR = (parse_address("192.0.2.1"), parse_address("2001:db8::1"))
"""Addresses that nobody has, to which only a default route leads."""


def taken(prefixes: tuple[str, ...], links: Mapping[str, Link], ways: Collection[str]) -> str:
    """Return what would be a workload's and is the host's, "" where nothing would; pure.

    That is an interface by which a default route leaves, and the last that has addresses of the host.
    """
    if way := next((each for each in sorted(ways) if each.startswith(prefixes)), ""):
        return f"the host's default route leaves by `{way}`, which would count as a workload's"
    own = [name for name, link in links.items() if name != LOOPBACK_INTERFACE and any(map(_is_reached, link.addresses))]
    if own and all(name.startswith(prefixes) for name in own):
        return f"every interface with an address of the host would count as a workload's: {', '.join(sorted(own))}"
    return ""


class Lifelines:
    """Tells of prefixes what they would take, by the interfaces and routes of this moment."""

    def __init__(self, links: LinkSource) -> None:
        """Keep whom to ask."""
        self._links = links

    def __call__(self, prefixes: tuple[str, ...]) -> str:
        """Return what would be a workload's and is the host's; "" also where the kernel cannot be asked."""
        try:
            ways = {self._links.way(address) for address in _FAR} - {"", LOOPBACK_INTERFACE}
            return taken(prefixes, self._links.read(), ways)
        except Unavailable:
            return ""


def _is_reached(address: bytes) -> bool:
    """Tell whether an address is one by which others reach the host: not one of the link alone."""
    return not format_address(address).startswith(("fe80:", "169.254."))
