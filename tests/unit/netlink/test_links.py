"""Interfaces as the kernel tells of them: in messages made here, and those of the machine's own kernel."""

from __future__ import annotations

import struct

import pytest

from tortie.model import parse_address
from tortie.netlink import Link, Links, LinkTable, Message, attribute

NEW_LINK, DELETE_LINK, NEW_ADDRESS, DELETE_ADDRESS = 16, 17, 20, 21
V4, V6 = parse_address("192.0.2.7"), parse_address("2001:db8::7")
BRIDGE = 7


def link(kind: int, index: int, name: str, *, up: bool = True, family: int = 0) -> Message:
    body = struct.pack("=BxHiII", family, 1, index, int(up), 0) + attribute(3, name.encode() + b"\0")
    return Message(kind, 0, 0, 0, body)


def address(kind: int, index: int, packed: bytes, peer: bytes = b"") -> Message:
    family = 2 if len(packed) == 4 else 10
    parts = attribute(1, peer) + attribute(2, packed) if peer else attribute(1, packed)
    return Message(kind, 0, 0, 0, struct.pack("=BBBBI", family, 24, 0, 0, index) + parts)


ETH0 = link(NEW_LINK, 2, "eth0")


@pytest.mark.parametrize(
    ("told", "links"),
    [
        ([ETH0], {"eth0": Link(up=True)}),
        ([link(NEW_LINK, 2, "eth0", up=False)], {"eth0": Link()}),
        ([ETH0, link(NEW_LINK, 2, "eth0", up=False)], {"eth0": Link()}),
        ([ETH0, link(NEW_LINK, 2, "lan")], {"lan": Link(up=True)}),
        ([ETH0, link(DELETE_LINK, 2, "eth0")], {}),
        ([link(DELETE_LINK, 2, "eth0")], {}),
        ([ETH0, link(DELETE_LINK, 2, "eth0", family=BRIDGE)], {"eth0": Link(up=True)}),
        ([ETH0, link(NEW_LINK, 2, "eth0", up=False, family=BRIDGE)], {"eth0": Link(up=True)}),
        (
            [ETH0, address(NEW_ADDRESS, 2, V4), address(NEW_ADDRESS, 2, V6)],
            {"eth0": Link(up=True, addresses=frozenset({V4, V6}))},
        ),
        ([ETH0, address(NEW_ADDRESS, 2, V4), address(DELETE_ADDRESS, 2, V4)], {"eth0": Link(up=True)}),
        (
            [ETH0, address(NEW_ADDRESS, 2, V4, peer=b"\x01\x02\x03\x04")],
            {"eth0": Link(up=True, addresses=frozenset({V4}))},
        ),
        ([address(NEW_ADDRESS, 2, V4), ETH0], {"eth0": Link(up=True, addresses=frozenset({V4}))}),
        ([address(NEW_ADDRESS, 2, V4)], {}),
        ([ETH0, address(NEW_ADDRESS, 2, V4), link(DELETE_LINK, 2, "eth0"), ETH0], {"eth0": Link(up=True)}),
        ([ETH0, address(DELETE_ADDRESS, 9, V4)], {"eth0": Link(up=True)}),
        ([Message(99, 0, 0, 0, b"")], {}),
    ],
)
def test_what_is_told_is_kept(told: list[Message], links: dict[str, Link]) -> None:
    table = LinkTable()
    for item in told:
        table.take(item)
    assert table.links() == links


def test_this_machine_has_a_loopback() -> None:
    with Links() as links:
        found = links.read()
        assert found["lo"] == links.read()["lo"]
        assert links.read() is links.read()
        links.forget()
        assert links.read() == found
        assert links.fileno() >= 0
    assert all(name and len(name) < 16 for name in found)
