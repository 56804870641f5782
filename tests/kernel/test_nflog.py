"""Packets that rules send to an NFLOG group arrive with the rule's name, and what is lost is counted."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.listings import table_of_its_own
from tortie.dataplane.nftables import LOG_GROUP, Chain, Hook, LinuxKernel, Log, Rule, Table, Transaction
from tortie.errors import Unavailable
from tortie.netlink import LoggedPacket, PacketLog, entered

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="needs root")]

FLOOD = 160_000
"""More packets than a socket's buffer holds."""


@pytest.fixture
def home() -> Iterator[Path]:
    """Make a namespace in which whatever is sent is logged."""
    with table_of_its_own() as (kernel, name):
        put_rule(kernel)
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        yield Path("/run/netns") / name


def put_rule(kernel: LinuxKernel) -> None:
    transaction = Transaction()
    for thing in (
        Table(),
        Chain("output", Hook("filter", "output")),
        Rule("output", (Log("rule-x", group=LOG_GROUP),)),
    ):
        transaction.add(thing)
    kernel.commit(transaction)


def send(count: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, socket.socket(type=socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        for number in range(count):
            sender.sendto(number.to_bytes(4), receiver.getsockname())


def read_until(log: PacketLog, last: int) -> tuple[list[LoggedPacket], int]:
    """Read until the packet with that number as data came."""
    packets: list[LoggedPacket] = []
    lost = 0
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        more, gap = log.read()
        packets += more
        lost += gap
        if packets and packets[-1].payload.endswith(last.to_bytes(4)):
            break
        time.sleep(0.02)
    return packets, lost


@pytest.mark.parametrize("count", [1, 200])
def test_every_packet_arrives_with_its_rule(home: Path, count: int) -> None:
    with entered(home), PacketLog(LOG_GROUP) as log:
        send(count)
        packets, lost = read_until(log, count - 1)
        loopback = socket.if_nametoindex("lo")
    assert lost == 0
    assert [each.payload[28:] for each in packets] == [number.to_bytes(4) for number in range(count)]
    assert {(each.prefix, each.hook, each.in_interface, each.out_interface) for each in packets} == {
        ("rule-x", 3, 0, loopback)
    }
    assert log.fileno() < 0, "closed"


def test_what_a_full_buffer_lost_is_counted(home: Path) -> None:
    with entered(home), PacketLog(LOG_GROUP) as log:
        send(FLOOD)
        packets, lost = log.read()
        send(1)
        more, gap = read_until(log, 0)
    assert lost + gap > 0
    assert len(packets) + len(more) + lost + gap == FLOOD + 1


def test_a_group_has_one_reader(home: Path) -> None:
    with entered(home), PacketLog(LOG_GROUP), pytest.raises(Unavailable, match="NFLOG group 5"):
        PacketLog(LOG_GROUP)
