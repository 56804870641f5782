"""What a lab asks of its attendant: serve these listeners, carry these taps' frames, forget a member."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from tortie.errors import Unavailable
from tortie.lab.echo import IP_PKTINFO
from tortie.lab.hosts import namespace_path
from tortie.lab.topology import Listener, Transport
from tortie.netlink.namespace import entered

__all__ = ["forget", "pump", "serve", "turn"]

PATIENCE = 10.0  # seconds; an attendant answers in well under one
BACKLOG = 512


def serve(control: Path, owner: str, namespace: str, listeners: Iterable[Listener]) -> None:
    """Have the attendant listen in a namespace, for IPv4 and IPv6 alike.

    Raises:
        OSError: A port is taken already.
        Unavailable: The attendant does not answer.
    """
    with ExitStack() as stack:
        with entered(namespace_path(namespace)):
            made = [(kind, stack.enter_context(closing(channel))) for kind, channel in _sockets(tuple(listeners))]
        if made:
            kinds = [kind for kind, _ in made]
            _ask(control, {"do": "serve", "owner": owner, "kinds": kinds}, [c.fileno() for _, c in made])


def pump(control: Path, owner: str, taps: tuple[int, int]) -> None:
    """Hand two taps to the attendant, which carries frames between them; the caller's descriptors are closed.

    Raises:
        Unavailable: The attendant does not answer.
    """
    try:
        _ask(control, {"do": "pump", "owner": owner}, taps)
    finally:
        for tap in taps:
            os.close(tap)


def forget(control: Path, owner: str) -> None:
    """Have the attendant close everything it holds for a member.

    Raises:
        Unavailable: The attendant does not answer.
    """
    _ask(control, {"do": "forget", "owner": owner}, ())


def turn(control: Path, times: int) -> None:
    """Return once the attendant has dealt, that many times, with all that waited for it.

    Raises:
        Unavailable: The attendant does not answer.
    """
    for _ in range(times):
        _ask(control, {"do": "turn"}, ())


def _ask(control: Path, request: dict[str, object], descriptors: Sequence[int]) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asker:
        asker.settimeout(PATIENCE)
        try:
            asker.connect(str(control))
            socket.send_fds(asker, [json.dumps(request).encode()], descriptors)
            answer = asker.recv(1024)
        except OSError as error:
            raise Unavailable(f"the lab's attendant at `{control}` does not answer: {error}") from error
    if not answer:
        raise Unavailable(f"the lab's attendant at `{control}` ended; see attendant.log beside it")


def _sockets(listeners: tuple[Listener, ...]) -> Iterable[tuple[str, socket.socket]]:
    """Yield the sockets that listeners need, bound; SCTP ports of one family share a raw one."""
    for listener in listeners:
        if listener.protocol is Transport.TCP:
            yield (
                "tcp",
                socket.create_server(
                    ("::", listener.port), family=socket.AF_INET6, backlog=BACKLOG, dualstack_ipv6=True
                ),
            )
        elif listener.protocol is Transport.UDP:
            channel = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            channel.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            channel.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            channel.bind(("::", listener.port))
            yield "udp", channel
    ports = [str(listener.port) for listener in listeners if listener.protocol is Transport.SCTP]
    if ports:
        kind = f"sctp:{','.join(ports)}"
        four = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_SCTP)
        four.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        yield kind, four
        six = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_SCTP)
        six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        yield kind, six
