"""Netlink's framing: what is written reads back, and broken input ends quietly."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.netlink import Message, attribute, attribute_map, attributes, be32, message, messages, nested, text


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (attribute(1, b""), "04000100"),
        (attribute(2, b"\x07"), "0500020007000000"),
        (attribute(2, b"\1\2\3\4"), "0800020001020304"),
        (text(1, "abc"), "0800010061626300"),
        (be32(3, 1), "0800030000000001"),
        (be32(1, -3), "08000100fffffffd"),
        (nested(4, be32(1, 2), text(2, "x")), "140004000800010000000002" + "0600020078000000"),
        (message(0x10, 1, 7, b"\1"), "11000000" + "10000100" + "07000000" + "00000000" + "01000000"),
    ],
)
def test_what_is_written(written: bytes, expected: str) -> None:
    assert written.hex() == expected


@given(st.lists(st.tuples(st.integers(0, 0x3FFF), st.binary(max_size=40))))
def test_attributes_read_back(pairs: list[tuple[int, bytes]]) -> None:
    assert list(attributes(b"".join(attribute(kind | 0x8000, data) for kind, data in pairs))) == pairs


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF), st.binary(max_size=40))))
def test_messages_read_back(items: list[tuple[int, int, bytes]]) -> None:
    data = b"".join(message(kind, 5, number, body) for kind, number, body in items)
    assert list(messages(data)) == [Message(kind, 5, number, 0, body) for kind, number, body in items]


@given(st.binary(max_size=80))
def test_noise_is_read_without_complaint(noise: bytes) -> None:
    assert all(len(data) <= len(noise) for _, data in attributes(noise))
    assert all(len(item.body) <= len(noise) for item in messages(noise))


def test_the_last_of_equal_attributes_counts() -> None:
    assert attribute_map(be32(1, 1) + be32(1, 2), 0) == {1: b"\0\0\0\2"}


def test_an_attribute_has_an_end() -> None:
    with pytest.raises(struct.error):
        attribute(1, bytes(65_536))
