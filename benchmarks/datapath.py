"""What policy costs packets: new connections and throughput between two pods of a host, as ratios to no policy.

Each figure is the median of several rounds; a round measures without and with the table, one right after the other,
so that what else the machine does meets both. Connection tracking is on in both, as it is on every host that
translates addresses; what it costs by itself is a row of its own.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from benchmarks.rows import Row, percentile
from tortie.dataplane.nftables import LinuxKernel
from tortie.dataplane.nftables.render import render_all
from tortie.engine import compile_all
from tortie.lab import Host, Lab, Namespace, Running, Workload, allocated, lab_up
from tortie.model import (
    Action,
    EntityMatch,
    Key,
    Kind,
    Policy,
    PortRange,
    Prefix,
    Profile,
    Protocol,
    Resource,
    Rule,
    WorkloadEndpoint,
    parse_address,
)
from tortie.netlink import ACK, REQUEST, NetlinkSocket, entered, message

__all__ = ["measure"]

RULES = (1, 100, 1_000, 10_000)
ROUNDS = 9
SECONDS = 0.3
CONNECTIONS = 2_000
DATAGRAM_SOCKETS = 100
PORT = 5001
RULES_IN_POLICY = 1_000
_NETFILTER, _DELETE_CONNECTIONS = 12, 1 << 8 | 2
_TRACKING = """
table inet tracking {
    chain forward {
        type filter hook forward priority filter
        ct state invalid counter
    }
}
"""
_RESET = struct.pack("ii", 1, 0)


def measure() -> list[Row]:
    lab = allocated(
        Lab(
            name=f"bench-{os.getpid()}",
            hosts=(Host("node-1"),),
            namespaces=(Namespace("bench"),),
            workloads=(Workload("client", "bench", "node-1"), Workload("server", "bench", "node-1")),
        )
    )
    with lab_up(lab) as running, _Server(running) as server:
        pairs = []
        for _ in range(ROUNDS):
            untracked = _connect_rate(running, server)
            with _tracking(running):
                pairs.append((untracked, _connect_rate(running, server)))
        with _tracking(running):
            return [
                _ratio("new connections, connection tracking alone", pairs, "ratio", ""),
                *_connections(running, server),
                *_throughput(running, server),
            ]


@contextmanager
def _tracking(running: Running) -> Iterator[None]:
    """Have the host track connections for the length of a `with` block, by a table that is not ours."""
    with _inside(running, None):
        subprocess.run(["nft", "-f", "-"], input=_TRACKING, text=True, check=True)
    try:
        yield
    finally:
        with _inside(running, None):
            subprocess.run(["nft", "delete", "table", "inet", "tracking"], check=True)


def _connections(running: Running, server: _Server) -> Iterator[Row]:
    for count in RULES:
        pairs = list(_pairs(running, count, denied=False, figure=lambda: _connect_rate(running, server)))
        yield _ratio(f"new connections, {count} rules, allowed by the last", pairs, "ratio", ">= 0.95")
    for count in RULES:
        pairs = list(_pairs(running, count, denied=True, figure=lambda: _refused_rate(running, server)))
        yield _ratio(f"first packets, {count} rules, denied by default", pairs, "ratio", ">= 0.95")
    yield Row("new connections without policy", _connect_rate(running, server), "1/s")


def _throughput(running: Running, server: _Server) -> Iterator[Row]:
    with _inside(running, "client"):
        client = socket.create_connection((server.address, PORT + 1), 5)
    with client:
        pairs = list(_pairs(running, RULES[-1], denied=False, figure=lambda: _send_rate(client)))
    yield _ratio(f"throughput of an open connection, {RULES[-1]} rules", pairs, "ratio", ">= 0.98")


def _ratio(name: str, pairs: list[tuple[float, float]], unit: str, budget: str) -> Row:
    return Row(name, percentile([policed / free for free, policed in pairs], 50), unit, budget)


def _pairs(running: Running, count: int, *, denied: bool, figure: Callable[[], float]) -> Iterator[tuple[float, float]]:
    """Yield (without policy, with policy) for each round."""
    snapshot = compile_all(_world(running, count, denied=denied), lambda _: True)
    with _inside(running, None):
        kernel, netfilter = LinuxKernel(), NetlinkSocket(_NETFILTER)
    with kernel, netfilter:
        for _ in range(ROUNDS):
            _forget_connections(netfilter)
            free = figure()
            kernel.commit(render_all(snapshot))
            _forget_connections(netfilter)
            policed = figure()
            kernel.delete_table()
            yield free, policed


def _forget_connections(netfilter: NetlinkSocket) -> None:
    """Empty the host's table of connections, so that no round pays for those of another."""
    sequence = netfilter.next_sequence()
    netfilter.transact(message(_DELETE_CONNECTIONS, REQUEST | ACK, sequence, bytes(4)), sequence)


def _connect_rate(running: Running, server: _Server) -> float:
    """Return connections opened and reset a second."""
    with _inside(running, "client"):
        start = time.perf_counter()
        for _ in range(CONNECTIONS):
            with socket.socket() as client:
                client.settimeout(5)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                client.connect((server.address, PORT))
        return CONNECTIONS / (time.perf_counter() - start)


def _refused_rate(running: Running, server: _Server) -> float:
    """Return datagrams of new flows sent a second; sending one takes it all the way to its drop, or to nobody."""
    with _inside(running, "client"):
        start = time.perf_counter()
        for _ in range(DATAGRAM_SOCKETS):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                for offset in range(64):
                    client.sendto(b"tortie", (server.address, 10_000 + offset))
        return DATAGRAM_SOCKETS * 64 / (time.perf_counter() - start)


def _send_rate(client: socket.socket) -> float:
    """Return bytes sent a second."""
    chunk, done = b"t" * 65536, 0
    start = time.perf_counter()
    while time.perf_counter() < start + SECONDS:
        done += client.send(chunk)
    return done / (time.perf_counter() - start)


def _world(running: Running, count: int, *, denied: bool) -> dict[Key, Resource]:
    """Return both pods, and `count` rules on the server of which at most the last lets the client in."""
    allow = (Rule(Action.ALLOW),)
    profile = Profile(Key(Kind.PROFILE, "", "open"), ingress=allow, egress=allow)
    world: dict[Key, Resource] = {profile.key: profile}
    for name in ("client", "server"):
        key = Key(Kind.WORKLOAD_ENDPOINT, "bench", name)
        addresses = tuple(parse_address(str(each)) for each in running.addresses(name))
        interface = running.lab.workload(name).interface
        world[key] = WorkloadEndpoint(key, "node-1", interface, workload=name, addresses=addresses, profiles=("open",))
    rules = [_rule(number) for number in range(count)]
    if not denied:
        rules[-1] = Rule(Action.ALLOW)
    for start in range(0, count, RULES_IN_POLICY):
        key = Key(Kind.NETWORK_POLICY, "bench", f"policy-{start:06}")
        part = tuple(rules[start : start + RULES_IN_POLICY])
        world[key] = Policy(key, order=float(start), selector="all()", ingress=part)
    # Only the server is selected for ingress of consequence: the client receives nothing but replies.
    return world


def _rule(number: int) -> Rule:
    source = EntityMatch(nets=(Prefix(bytes((172, 16 + number // 65536, number // 256 % 256, number % 256)), 32),))
    target = EntityMatch(ports=(PortRange(1 + number % 5000, 1 + number % 5000),))
    return Rule(Action.ALLOW, protocol=Protocol(6), source=source, destination=target)


@contextmanager
def _inside(running: Running, workload: str | None) -> Iterator[None]:
    path = running.namespace(workload) if workload else running.host_namespace("node-1")
    with entered(path):
        yield


class _Server:
    """Accepts connections in the server's pod: on one port closes them, on the next one reads to the end."""

    def __init__(self, running: Running) -> None:
        self.address = str(running.address("server", 4))
        self._sockets = []
        with _inside(running, "server"):
            for port in (PORT, PORT + 1):
                listener = socket.create_server((self.address, port), backlog=4096)
                self._sockets.append(listener)

    def __enter__(self) -> Self:
        for listener, serve in zip(self._sockets, (_close, _drain), strict=True):
            threading.Thread(target=_accept, args=(listener, serve), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for listener in self._sockets:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


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
