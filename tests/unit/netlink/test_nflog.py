"""What the kernel says of a logged packet; the group itself is tried in tests/kernel/test_nflog.py."""

from __future__ import annotations

import pytest

from tortie.netlink import Message, attribute, be32, text
from tortie.netlink.nflog import LoggedPacket, read_packet

PAYLOAD = bytes.fromhex("4500001c") + bytes(24)


@pytest.mark.parametrize(
    ("parts", "packet"),
    [
        (
            attribute(1, b"\x08\x00\x02\x00")
            + be32(4, 7)
            + be32(5, 9)
            + attribute(9, PAYLOAD)
            + text(10, "rule-np/shop/a/ingress/0")
            + be32(12, 3),
            LoggedPacket(3, "rule-np/shop/a/ingress/0", 2, 7, 9, PAYLOAD),
        ),
        (attribute(1, b"\x08\x00\x03\x00") + be32(5, 9), LoggedPacket(None, "", 3, 0, 9, b"")),
        (b"", LoggedPacket(None, "", 0, 0, 0, b"")),
    ],
    ids=["whole", "sent by the host", "nothing"],
)
def test_parts_are_where_the_kernel_puts_them(parts: bytes, packet: LoggedPacket) -> None:
    assert read_packet(Message(4 << 8, 0, 0, 0, b"\x02\x00\x00\x05" + parts)) == packet
