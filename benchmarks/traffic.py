"""Traffic between two pods, measured: what a connection, a refused datagram or a stream costs in time and in CPU time.

Everything happens in this process, both ends included. Packets between pods are worked off in the sender's name, so
that the process's CPU time holds what the host's hooks cost, and does not see what else the machine does.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tortie.netlink import ACK, REQUEST, NetlinkSocket, entered, message

__all__ = ["PORT", "Cost", "Pods"]

PORT = 5001
CONNECTIONS = 400
DATAGRAM_SOCKETS, DATAGRAMS = 12, 64
STREAM_BYTES = 96 << 20
_NETFILTER, _DELETE_CONNECTIONS = 12, 1 << 8 | 2
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one piece of work took: seconds by the clock, and seconds of CPU."""

    wall: float
    cpu: float


class Pods:
    """A client and a server on one host, which listens on two ports: it closes what comes on one, reads the other."""

    def __init__(self, client: Path, server: Path, host: Path, address: str) -> None:
        """Listen; the paths are those of network namespaces, `address` is the server's."""
        self._client = client
        self._address = address
        with entered(host):
            self._netfilter = NetlinkSocket(_NETFILTER)
        with entered(server):
            self._listeners = [socket.create_server((address, port), backlog=4096) for port in (PORT, PORT + 1)]

    def __enter__(self) -> Self:
        for listener, serve in zip(self._listeners, (_close, _drain), strict=True):
            threading.Thread(target=_accept, args=(listener, serve), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._netfilter.close()
        for listener in self._listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def connections(self) -> Cost:
        """Open and reset connections."""
        with self._round() as costs:
            for _ in range(CONNECTIONS):
                with socket.socket() as client:
                    client.settimeout(5)
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    client.connect((self._address, PORT))
        return costs[0]

    def datagrams(self) -> Cost:
        """Send first datagrams of flows that nobody answers; sending one takes it to its drop, or to its nobody."""
        with self._round() as costs:
            for _ in range(DATAGRAM_SOCKETS):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                    for offset in range(DATAGRAMS):
                        client.sendto(b"tortie", (self._address, 10_000 + offset))
        return costs[0]

    @contextmanager
    def stream(self) -> Iterator[Callable[[], Cost]]:
        """Open a connection, and yield what measures a fixed number of bytes sent over it."""
        with entered(self._client):
            client = socket.create_connection((self._address, PORT + 1), 5)
        chunk = b"t" * 65536

        def send() -> Cost:
            begun = _now()
            for _ in range(STREAM_BYTES // len(chunk)):
                client.sendall(chunk)
            return _since(begun)

        with client:
            yield send

    @contextmanager
    def _round(self) -> Iterator[list[Cost]]:
        """Forget the connections of rounds before, which nobody should pay for; then measure what happens inside."""
        costs: list[Cost] = []
        sequence = self._netfilter.next_sequence()
        self._netfilter.transact(message(_DELETE_CONNECTIONS, REQUEST | ACK, sequence, bytes(4)), sequence)
        with entered(self._client):
            begun = _now()
            yield costs
            costs.append(_since(begun))


def _now() -> Cost:
    return Cost(time.perf_counter(), time.process_time())


def _since(begun: Cost) -> Cost:
    now = _now()
    return Cost(now.wall - begun.wall, now.cpu - begun.cpu)


def _accept(listener: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            return  # the measurement is over
        serve(peer)


def _close(peer: socket.socket) -> None:
    peer.close()


def _drain(peer: socket.socket) -> None:
    with peer:
        buffer = bytearray(1 << 20)
        while peer.recv_into(buffer):
            pass
