"""The host's own interfaces, as the engine may see them: without workloads' and excluded ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from tortie.errors import Unavailable
from tortie.model import Settings
from tortie.netlink import Link

__all__ = ["HostInterfaces", "LinkSource", "host_interfaces"]


class LinkSource(Protocol):
    """What knows the interfaces of this network namespace; see `tortie.netlink.Links`."""

    def fileno(self) -> int:
        """Return a descriptor that is readable when something may have changed."""

    def forget(self) -> None:
        """Read everything anew the next time."""

    def read(self) -> Mapping[str, Link]:
        """Return the interfaces as they are now; raises Unavailable."""

    def name(self, index: int) -> str:
        """Return the name of an interface by its number, "" where there is none; raises Unavailable."""

    def way(self, address: bytes) -> str:
        """Return the interface by which packets to an address leave, "" where none leads there; raises Unavailable."""


def host_interfaces(links: Mapping[str, Link], settings: Settings) -> dict[str, frozenset[bytes]]:
    """Return the addresses of each interface that is not a workload's and that the settings do not exclude; pure."""
    return {
        name: link.addresses
        for name, link in links.items()
        if not (name.startswith(settings.interface_prefixes) or settings.excludes(name))
    }


class HostInterfaces:
    """Remembers what was told last; `error` is why the interfaces cannot be read, "" where they can."""

    def __init__(self, source: LinkSource) -> None:
        """Start without having told anything."""
        self._source = source
        self._told: Mapping[str, frozenset[bytes]] | None = None
        self._settings: Settings | None = None
        self.links: Mapping[str, Link] = {}
        self.error = ""

    @property
    def known(self) -> bool:
        """Tell whether they have ever been told."""
        return self._told is not None

    def fileno(self) -> int:
        """Return a descriptor that is readable when something may have changed."""
        return self._source.fileno()

    def news(self, settings: Settings, *, thorough: bool = False) -> Mapping[str, frozenset[bytes]] | None:
        """Return the host's interfaces with their addresses, None where they are as before or cannot be read.

        With `thorough` they are listed anew, whatever was heard of them.
        """
        if thorough:
            self._source.forget()
        try:
            links = self._source.read()
        except Unavailable as error:
            self.error = str(error)
            return None
        self.error = ""
        if links is self.links and settings == self._settings:
            return None
        self.links, self._settings = links, settings
        found = host_interfaces(links, settings)
        if found == self._told:
            return None
        self._told = found
        return found
