"""Packets sent as they are, and what arrives seen as it is: for false sources, odd protocols and exact headers."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Self

from tortie.netlink.namespace import entered

__all__ = ["Capture", "send_raw"]

ETH_P_ALL = 0x0003
IP_PACKETS = frozenset({0x0800, 0x86DD})
IPV6_HDRINCL = 36  # of <linux/in6.h>
BUFFER = 4 << 20
FOUR = 4


def send_raw(namespace: Path, packet: bytes) -> None:
    """Send a whole IPv4 or IPv6 packet from a namespace, whatever its source says.

    Raises:
        OSError: There is no route to its destination, or it is longer than the link takes.
    """
    four = packet[0] >> 4 == FOUR
    with entered(namespace):
        channel = socket.socket(socket.AF_INET if four else socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
    with channel:
        if four:
            channel.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))
        else:
            channel.setsockopt(socket.IPPROTO_IPV6, IPV6_HDRINCL, 1)
            channel.sendto(packet, (str(ip_address(packet[24:40])), 0))


class Capture:
    """The IP packets that reach a namespace from outside while a `with` block lasts, before any firewall sees them."""

    def __init__(self, namespace: Path, *, settle: Callable[[], None] = lambda: None) -> None:
        self._settle = settle
        self._seen: list[bytes] = []
        with entered(namespace):
            self._channel = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self._channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self._channel.settimeout(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._channel.close()

    @property
    def packets(self) -> tuple[bytes, ...]:
        """What has come so far, each from its IP header on."""
        self._read()
        return tuple(self._seen)

    def wait(self, needle: bytes, seconds: float = 0.3) -> bytes | None:
        """Return the first packet that contains the needle, or None when none came in time.

        A packet that is there already counts. Before it says None it lets the lab's own processes catch up.
        """
        until = time.monotonic() + seconds
        while True:
            found = next((packet for packet in self.packets if needle in packet), None)
            left = until - time.monotonic()
            if found is not None or left <= 0:
                break
            select.select([self._channel], [], [], left)
        if found is None:
            self._settle()
            found = next((packet for packet in self.packets if needle in packet), None)
        return found

    def _read(self) -> None:
        while True:
            try:
                packet, (_, protocol, kind, *_) = self._channel.recvfrom(65536)
            except BlockingIOError:
                return
            if kind != socket.PACKET_OUTGOING and protocol in IP_PACKETS:
                self._seen.append(packet)
