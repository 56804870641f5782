"""A netlink socket asks the kernel about its interfaces, which needs no privilege."""

from __future__ import annotations

import errno
import socket

import pytest

from tortie.errors import Unavailable
from tortie.netlink import DUMP, REQUEST, NetlinkSocket, attribute_map, message

ROUTE = socket.NETLINK_ROUTE
GETLINK = 18
NAME = 3


def test_a_dump_lists_the_loopback() -> None:
    with NetlinkSocket(ROUTE) as asking:
        found = asking.dump(message(GETLINK, REQUEST | DUMP, 0, bytes(16)))
    assert b"lo\0" in {attribute_map(item.body, 16).get(NAME) for item in found}


def test_two_questions_get_their_own_answers() -> None:
    with NetlinkSocket(ROUTE) as asking:
        first = asking.dump(message(GETLINK, REQUEST | DUMP, 0, bytes(16)))
        second = asking.dump(message(GETLINK, REQUEST | DUMP, 0, bytes(16)))
    assert {item.sequence for item in first} != {item.sequence for item in second}


def test_a_refusal_keeps_its_number() -> None:
    missing = bytes(4) + (0x7FFFFFFF).to_bytes(4, "little") + bytes(8)
    with NetlinkSocket(ROUTE) as asking, pytest.raises(OSError, match="No such device") as refused:
        asking.dump(message(GETLINK, REQUEST, 0, missing))
    assert refused.value.errno == errno.ENODEV


def test_nothing_pending_is_nothing() -> None:
    with NetlinkSocket(ROUTE) as asking:
        assert list(asking.pending()) == []
        assert asking.port
        assert asking.fileno() >= 0


def test_a_batch_without_an_answer_is_unavailable() -> None:
    with NetlinkSocket(ROUTE) as asking, pytest.raises(Unavailable, match="no answer"):
        asking.transact(message(1, 0, 1, b""), 1)


def test_a_protocol_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="netlink protocol 31"):
        NetlinkSocket(31)


def test_an_answer_that_does_not_come_is_waited_for_as_long_as_was_said() -> None:
    unanswered = message(1, 0, 0, b"")
    with NetlinkSocket(ROUTE) as asking:
        asking.set_timeout(0.05)
        with pytest.raises(Unavailable, match=r"no answer in 0\.05 seconds"):
            asking.dump(unanswered)
