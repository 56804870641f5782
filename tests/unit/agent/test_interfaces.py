"""What the engine hears of interfaces: the host's own, and only when they changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tortie.agent.interfaces import HostInterfaces
from tortie.errors import Unavailable
from tortie.model import Settings, parse_address
from tortie.netlink import Link

SETTINGS = Settings(interface_prefixes=("cali", "tap"))
V4 = parse_address("192.0.2.7")
ETH0 = Link(up=True, addresses=frozenset({V4}))


class Source:
    """Interfaces as a test has them."""

    def __init__(self) -> None:
        self.links: dict[str, Link] | None = {"eth0": ETH0}
        self.hidden: dict[str, Link] = {}

    def fileno(self) -> int:
        return 7

    def name(self, index: int) -> str:
        return str(index)

    def way(self, address: bytes) -> str:
        return address.hex()

    def forget(self) -> None:
        self.links = {**(self.links or {}), **self.hidden}

    def read(self) -> Mapping[str, Link]:
        if self.links is None:
            raise Unavailable("nobody knows")
        return dict(self.links)


def test_only_the_hosts_own_are_told_and_each_state_once() -> None:
    source = Source()
    interfaces = HostInterfaces(source)
    assert interfaces.fileno() == 7
    assert interfaces.news(SETTINGS) == {"eth0": frozenset({V4})}
    assert interfaces.news(SETTINGS) is None
    source.links = {"eth0": Link(up=False, addresses=frozenset({V4})), "cali1": ETH0, "tap2": ETH0}
    assert interfaces.news(SETTINGS) is None
    assert interfaces.links.keys() == {"eth0", "cali1", "tap2"}
    assert interfaces.news(Settings()) == {"eth0": frozenset({V4}), "tap2": frozenset({V4})}


def test_excluded_ones_are_not_told() -> None:
    source = Source()
    source.links = {"eth0": ETH0, "kube-ipvs0": ETH0, "docker0": ETH0}
    interfaces = HostInterfaces(source)
    told = interfaces.news(SETTINGS)
    assert told is not None
    assert told.keys() == {"eth0", "docker0"}
    told = interfaces.news(replace(SETTINGS, interface_exclude=("/^dock/",)))
    assert told is not None
    assert told.keys() == {"eth0", "kube-ipvs0"}


def test_what_was_not_heard_of_is_found_by_listing_anew() -> None:
    source = Source()
    interfaces = HostInterfaces(source)
    interfaces.news(SETTINGS)
    source.hidden = {"eth1": Link()}
    assert interfaces.news(SETTINGS) is None
    assert interfaces.news(SETTINGS, thorough=True) == {"eth0": frozenset({V4}), "eth1": frozenset()}


def test_what_cannot_be_read_changes_nothing_and_is_told() -> None:
    source = Source()
    interfaces = HostInterfaces(source)
    interfaces.news(SETTINGS)
    links, source.links = source.links, None
    assert interfaces.news(SETTINGS) is None
    assert interfaces.error == "nobody knows"
    source.links = links
    assert interfaces.news(SETTINGS) is None
    assert interfaces.error == ""
