"""Packets get the class of their address: of the network it is in, unless the address has one of its own."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tortie.dataplane.nftables import (
    Chain,
    Count,
    Counter,
    Element,
    Field,
    Hook,
    LinuxKernel,
    LookupPriority,
    Object,
    Rule,
    Set,
    SetPriority,
    Table,
    Transaction,
    Type,
    Vmap,
    goto,
    jump,
)
from tortie.netlink import entered

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="needs root")]

NETS = Set("nets4", (Type.IPV4_ADDR,), Type.CLASSID, interval=True)
HOSTS = Set("addresses4", (Type.IPV4_ADDR,), Type.CLASSID)
NETS6 = Set("nets6", (Type.IPV6_ADDR,), Type.CLASSID, interval=True)
PEERS = Set("peers", (Type.CLASSID,), Type.VERDICT)
COUNTED = ("net", "host", "six", "none")

POLICY: list[Object] = [
    Table(),
    NETS,
    HOSTS,
    NETS6,
    PEERS,
    *map(Counter, COUNTED),
    *map(Chain, COUNTED),
    *(Rule(name, (Count(name),)) for name in COUNTED),
    Chain("output", Hook("filter", "output")),
    Chain("group"),
    Rule("output", (jump("group"),)),
    Rule("group", (SetPriority(0),)),
    Rule("group", (LookupPriority((Field.IP_DADDR,), "nets4"),)),
    Rule("group", (LookupPriority((Field.IP_DADDR,), "addresses4"),)),
    Rule("group", (LookupPriority((Field.IP6_DADDR,), "nets6"),)),
    Rule("group", (Vmap((Field.PRIORITY,), "peers"),)),
    Rule("group", (goto("none"),)),
    Element(NETS, 0x7F000000, 3, 0x7F0000FF),
    Element(NETS, 0x7F000200, 4, 0x7F0002FF),
    Element(HOSTS, 0x7F000002, 7),
    Element(NETS6, 0, 9, 2**64 - 1),
    Element(PEERS, 3, goto("net")),
    Element(PEERS, 7, goto("host")),
    Element(PEERS, 9, goto("six")),
]


@pytest.fixture
def namespace() -> Iterator[Path]:
    name = f"tortie-class-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
    yield Path("/run/netns") / name
    subprocess.run(["ip", "netns", "delete", name], check=True)


def send(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", (address, 9))


@pytest.mark.parametrize(
    ("address", "counter"),
    [
        ("127.0.0.1", "net"),  # the second lookup misses, and the first one's answer stays
        ("127.0.0.2", "host"),  # the address overrides its network
        ("127.0.1.1", "none"),
        ("127.0.2.1", "none"),  # a class that this group has no element for
        ("::1", "six"),
    ],
)
def test_an_address_goes_where_its_class_goes(namespace: Path, address: str, counter: str) -> None:
    transaction = Transaction()
    for thing in POLICY:
        transaction.add(thing)
    with entered(namespace), LinuxKernel() as kernel:
        send(address)  # whatever else the namespace says at its start, it has said by now or not
        kernel.commit(transaction)
        before = kernel.counters()
        send(address)
        after = kernel.counters()
    # The packet and, as nobody listens, the kernel's ICMP answer to the sender's address.
    assert {name for name in COUNTED if after[name] != before[name]} >= {counter}
    assert after[counter][1] - before[counter][1] >= 29
