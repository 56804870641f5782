"""Prefixes that would make a workload of the host's own way out."""

from __future__ import annotations

import pytest

from tests.unit.agent.surroundings import Interfaces
from tortie.agent.lifelines import Lifelines, taken
from tortie.model import parse_address
from tortie.netlink import Link


def link(*addresses: str) -> Link:
    return Link(up=True, addresses=frozenset(map(parse_address, addresses)))


LINKS = {
    "lo": link("127.0.0.1", "::1"),
    "eth0": link("10.0.0.2", "fe80::2"),
    "eth1": link("10.1.0.2"),
    "cali1": link("fe80::3", "169.254.1.1"),
    "docker0": link("172.17.0.1"),
}


@pytest.mark.parametrize(
    ("prefixes", "ways", "says"),
    [
        (("cali",), {"eth0"}, ""),
        (("eth1",), {"eth0"}, ""),
        (("cali", "eth"), {"eth0"}, "the host's default route leaves by `eth0`"),
        (("e",), set(), ""),
        (
            ("eth", "docker"),
            set(),
            "every interface with an address of the host would count",
        ),
    ],
)
def test_what_prefixes_take(prefixes: tuple[str, ...], ways: set[str], says: str) -> None:
    found = taken(prefixes, LINKS, ways)
    assert found.startswith(says)
    assert bool(found) == bool(says)


def test_a_host_without_addresses_has_nothing_to_lose() -> None:
    assert taken(("eth",), {"lo": link("127.0.0.1"), "eth0": link("fe80::1")}, set()) == ""


def test_the_kernel_is_asked() -> None:
    links = Interfaces()
    links.plug({"eth0": link("10.0.0.2")})
    assert Lifelines(links)(("cali",)) == ""
    assert "default route leaves by `eth0`" in Lifelines(links)(("eth",))
    links.plug(None)
    assert Lifelines(links)(("cali",)) == ""
    links.close()
