"""Does a packet get there, and an answer back? Many questions at once, each asked from inside a namespace."""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tortie.lab.packets import icmp_echo, payload_of, sctp_init
from tortie.lab.topology import Address
from tortie.netlink.namespace import entered

__all__ = ["SECONDS", "Answer", "Outcome", "Probe", "ProbeProtocol", "measure"]

SECONDS = 0.3
GRACE = 0.1  # seconds given once more to what had not answered, after the lab's own processes have caught up
AT_ONCE = 400
FOUR = 4
INIT_ACK = 2
_SCTP_CHUNK = 12
IP_RECVERR = 11  # of <linux/in.h>; Python names it from 3.14 on
IPV6_RECVERR = 25  # of <linux/in6.h>


class ProbeProtocol(StrEnum):
    """What a probe speaks."""

    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"  # or ICMPv6, as the address asks for
    SCTP = "sctp"


class Answer(StrEnum):
    """What became of a probe."""

    ANSWERED = "answered"  # it got there, and the answer came back
    REFUSED = "refused"  # a reset or "port unreachable" came back: the port is closed, or a firewall rejects
    UNREACHABLE = "unreachable"  # a router, or the sender's own kernel, said that there is no way
    DROPPED = "dropped"  # nothing came back


@dataclass(frozen=True, slots=True)
class Probe:
    """A question; `port` is 0 for ICMP, `source` None for the address the kernel picks."""

    namespace: Path
    destination: Address
    protocol: ProbeProtocol = ProbeProtocol.TCP
    port: int = 0
    source: Address | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a probe found, and how long that took."""

    answer: Answer
    detail: str
    seconds: float

    @property
    def allowed(self) -> bool:
        """Whether the probe got there and its answer back."""
        return self.answer is Answer.ANSWERED


def measure(
    probes: Iterable[Probe], *, seconds: float = SECONDS, settle: Callable[[], None] = lambda: None
) -> tuple[Outcome, ...]:
    """Return an outcome for each probe, in order; they are asked side by side.

    What has not been answered after `seconds` counts as dropped, but only after `settle`, which returns when the
    processes that answer have caught up: a busy machine makes a measurement slower, not wrong.

    Raises:
        OSError: A probe could not be made: no such namespace, or a source address that is not there.
    """
    asked = tuple(probes)
    outcomes: list[Outcome] = []
    for first in range(0, len(asked), AT_ONCE):
        outcomes += asyncio.run(_wave(asked[first : first + AT_ONCE], seconds, settle))
    return tuple(outcomes)


async def _wave(probes: Sequence[Probe], seconds: float, settle: Callable[[], None]) -> list[Outcome]:
    tasks = [asyncio.create_task(_ask(probe, seconds)) for probe in probes]
    _, pending = await asyncio.wait(tasks, timeout=seconds)
    if pending:
        settle()
        _, pending = await asyncio.wait(pending, timeout=GRACE)
    for task in pending:
        task.cancel()
    return await asyncio.gather(*tasks)


async def _ask(probe: Probe, seconds: float) -> Outcome:
    began = time.monotonic()
    try:
        with closing(_socket(probe)) as channel:
            detail = await _SPEAK[probe.protocol](probe, channel, seconds)
            return Outcome(Answer.ANSWERED, detail, time.monotonic() - began)
    except asyncio.CancelledError:  # by _wave: time is up
        return Outcome(Answer.DROPPED, "no answer", time.monotonic() - began)
    except OSError as error:
        answer = _ERRORS.get(error.errno or 0)
        if answer is None:
            raise
        return Outcome(answer, os.strerror(error.errno or 0).lower(), time.monotonic() - began)


def _socket(probe: Probe) -> socket.socket:
    """Return a socket inside the probe's namespace that does not block, bound to its source if it has one."""
    four = probe.destination.version == FOUR
    icmp = socket.IPPROTO_ICMP if four else socket.IPPROTO_ICMPV6
    kind, number = {
        ProbeProtocol.TCP: (socket.SOCK_STREAM, 0),
        ProbeProtocol.UDP: (socket.SOCK_DGRAM, 0),
        ProbeProtocol.ICMP: (socket.SOCK_DGRAM, icmp),
        ProbeProtocol.SCTP: (socket.SOCK_RAW, socket.IPPROTO_SCTP),
    }[probe.protocol]
    with entered(probe.namespace):
        channel = socket.socket(socket.AF_INET if four else socket.AF_INET6, kind, number)
    channel.settimeout(0)
    level, option = (socket.IPPROTO_IP, IP_RECVERR) if four else (socket.IPPROTO_IPV6, IPV6_RECVERR)
    channel.setsockopt(level, option, 1)  # hear of "unreachable" at once
    if probe.source is not None:
        try:
            channel.bind((str(probe.source), 0))
        except OSError:
            channel.close()
            raise
    return channel


async def _tcp(probe: Probe, channel: socket.socket, _seconds: float) -> str:
    await asyncio.get_running_loop().sock_connect(channel, (str(probe.destination), probe.port))
    return "connected"


async def _udp(probe: Probe, channel: socket.socket, seconds: float) -> str:
    nonce = secrets.token_bytes(16)
    channel.connect((str(probe.destination), probe.port))
    return await _insist(channel, nonce, lambda data: data == nonce, seconds)


async def _icmp(probe: Probe, channel: socket.socket, seconds: float) -> str:
    nonce = secrets.token_bytes(16)
    channel.connect((str(probe.destination), 0))
    return await _insist(channel, icmp_echo(probe.destination.version, 1, nonce), lambda d: d.endswith(nonce), seconds)


async def _sctp(probe: Probe, channel: socket.socket, seconds: float) -> str:
    mine = 1024 + secrets.randbelow(60000)
    channel.connect((str(probe.destination), 0))
    ports = probe.port.to_bytes(2) + mine.to_bytes(2)

    def is_answer(data: bytes) -> bool:
        packet = payload_of(data) if probe.destination.version == FOUR else data
        if not packet.startswith(ports):
            return False
        if packet[_SCTP_CHUNK] != INIT_ACK:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "association aborted")
        return True

    return await _insist(channel, sctp_init(mine, probe.port), is_answer, seconds)


async def _insist(channel: socket.socket, message: bytes, is_answer: Callable[[bytes], bool], seconds: float) -> str:
    """Send a message, and once more when half of the time is up, until its answer comes."""
    loop = asyncio.get_running_loop()
    channel.send(message)
    again = loop.call_later(seconds / 2, _send_again, channel, message)
    try:
        while not is_answer(await loop.sock_recv(channel, 65536)):
            pass
    finally:
        again.cancel()
    return "echoed"


def _send_again(channel: socket.socket, message: bytes) -> None:
    try:
        channel.send(message)
    except OSError:
        return  # the error waits for the one who reads


_SPEAK: dict[ProbeProtocol, Callable[[Probe, socket.socket, float], Awaitable[str]]] = {
    ProbeProtocol.TCP: _tcp,
    ProbeProtocol.UDP: _udp,
    ProbeProtocol.ICMP: _icmp,
    ProbeProtocol.SCTP: _sctp,
}
_ERRORS = {
    errno.ECONNREFUSED: Answer.REFUSED,
    errno.ECONNRESET: Answer.REFUSED,
    errno.ENOPROTOOPT: Answer.REFUSED,  # "protocol unreachable"
    errno.EPROTO: Answer.REFUSED,  # "next header not recognised", the same of IPv6
    errno.EHOSTUNREACH: Answer.UNREACHABLE,
    errno.ENETUNREACH: Answer.UNREACHABLE,
    errno.EACCES: Answer.UNREACHABLE,  # "administratively prohibited", for IPv6
    errno.EPERM: Answer.DROPPED,  # the sender's own kernel dropped it
    errno.ETIMEDOUT: Answer.DROPPED,
}
