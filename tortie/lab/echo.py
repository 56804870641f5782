"""What a listener does with what it is sent: streams and datagrams go back; an SCTP INIT is acknowledged."""

from __future__ import annotations

import contextlib
import socket

from tortie.lab.packets import sctp_answer

__all__ = ["IP_PKTINFO", "EchoStream", "answer_sctp", "echo_datagrams"]

CHUNK = 65536
DATAGRAMS_A_TURN = 64
CONTROL_SPACE = 128
IPV4_HEADER_UNIT = 4
IP_PKTINFO = 8  # of <linux/in.h>; Python names it from 3.14 on


class EchoStream:
    """A stream that sends back what it gets, and takes no more while its peer does not read."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(0)
        self.connection = connection
        self._owed = b""

    @property
    def is_owing(self) -> bool:
        """Whether the stream waits until it can write; else it waits for something to read."""
        return bool(self._owed)

    def step(self) -> bool:
        """Send or take what can be; return whether the stream goes on."""
        try:
            data = self._owed or self.connection.recv(CHUNK)
            if not data:
                return False
            self._owed = data
            self._owed = data[self.connection.send(data) :]
        except BlockingIOError:
            return True
        except OSError:
            return False
        return True


def echo_datagrams(listener: socket.socket) -> None:
    """Send back the datagrams that wait, each from the address it was sent to."""
    for _ in range(DATAGRAMS_A_TURN):
        try:
            data, control, _, peer = listener.recvmsg(CHUNK, CONTROL_SPACE)
        except BlockingIOError:
            return
        except OSError:
            continue  # an error of an earlier send; it is no concern of this datagram's
        with contextlib.suppress(OSError):  # no way back: lost, as datagrams are
            listener.sendmsg([data], _same_address(control), 0, peer)


def answer_sctp(listener: socket.socket, ports: frozenset[int]) -> None:
    """Answer the SCTP packets that wait on a raw socket: INIT ACK on a listening port, ABORT on another."""
    for _ in range(DATAGRAMS_A_TURN):
        try:
            data, control, _, peer = listener.recvmsg(CHUNK, CONTROL_SPACE)
        except BlockingIOError:
            return
        except OSError:
            continue  # as above
        packet = data if listener.family == socket.AF_INET6 else data[(data[0] & 15) * IPV4_HEADER_UNIT :]
        reply = sctp_answer(packet, ports)
        if reply:
            with contextlib.suppress(OSError):  # as above
                listener.sendmsg([reply], _same_address(control), 0, (peer[0], 0))


def _same_address(control: list[tuple[int, int, bytes]]) -> list[tuple[int, int, bytes]]:
    """Return the ancillary data that makes an answer leave from the address that was asked, by any interface."""
    answer = []
    for level, kind, data in control:
        if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            answer.append((level, kind, data[:16] + bytes(4)))
        elif (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
            answer.append((level, kind, bytes(4) + data[4:8] + bytes(4)))
    return answer
