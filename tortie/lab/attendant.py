"""The one process behind a lab: it echoes on its listening sockets and carries frames between the taps of its VMs.

Sockets and taps are made by whoever asks, inside the namespace they belong to, and handed over through a Unix socket:
a socket stays in its namespace whoever holds it. Requests are JSON objects with descriptors beside them:
`{"do": "serve", "owner": …, "kinds": ["tcp", "udp", …]}` with one descriptor each, `{"do": "pump", "owner": …}` with
two taps, `{"do": "forget", "owner": …}`, and `{"do": "turn"}`, which is answered once everything that was ready
before has been dealt with.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from tortie.lab.echo import EchoStream, answer_sctp, echo_datagrams

__all__ = ["Attendant", "main"]

MAX_REQUEST = 65536
MAX_DESCRIPTORS = 250
FRAMES_A_TURN = 64
MAX_FRAME = 65536
BACKLOG = 128


class Attendant:
    """What is served, by owner; `step` waits for the next thing to do."""

    def __init__(self, control: socket.socket) -> None:
        self._selector = selectors.DefaultSelector()
        self._owned: dict[str, list[int]] = {}
        self._sockets: dict[int, socket.socket] = {}
        self._waiting: list[socket.socket] = []
        self._watch(control, lambda: self._accept_request(control))

    def step(self, seconds: float | None = None) -> None:
        """Deal with everything that is ready, waiting for the first of it."""
        waiting, self._waiting = self._waiting, []
        for key, _ in self._selector.select(0 if waiting else seconds):
            if key.fd in self._selector.get_map():  # it may have been closed a moment ago
                key.data()
        for client in waiting:
            _reply(client, {"ok": True})
            client.close()

    def _watch(self, channel: socket.socket | int, act: Callable[[], None]) -> None:
        self._selector.register(channel, selectors.EVENT_READ, act)

    def _accept_request(self, control: socket.socket) -> None:
        client, _ = control.accept()
        client.settimeout(0)
        self._watch(client, lambda: self._take_request(client))

    def _take_request(self, client: socket.socket) -> None:
        self._selector.unregister(client)
        text, descriptors, _, _ = socket.recv_fds(client, MAX_REQUEST, MAX_DESCRIPTORS)
        request = json.loads(text) if text else {"do": "nothing"}
        if request["do"] == "turn":
            self._waiting.append(client)
            return
        with client:
            if request["do"] == "serve":
                for kind, descriptor in zip(request["kinds"], descriptors, strict=True):
                    self._serve(request["owner"], kind, socket.socket(fileno=descriptor))
            elif request["do"] == "pump":
                self._pump(request["owner"], *descriptors)
            elif request["do"] == "forget":
                self._forget(request["owner"])
            _reply(client, {"ok": True})

    def _serve(self, owner: str, kind: str, listener: socket.socket) -> None:
        listener.settimeout(0)
        self._keep(owner, listener)
        if kind == "tcp":
            self._watch(listener, lambda: self._accept_stream(owner, listener))
        elif kind == "udp":
            self._watch(listener, lambda: echo_datagrams(listener))
        else:
            ports = frozenset(int(port) for port in kind.removeprefix("sctp:").split(","))
            self._watch(listener, lambda: answer_sctp(listener, ports))

    def _accept_stream(self, owner: str, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            return  # the caller gave up before we came
        stream = EchoStream(connection)
        self._keep(owner, connection)
        self._watch(connection, lambda: self._echo(owner, stream))

    def _echo(self, owner: str, stream: EchoStream) -> None:
        connection = stream.connection
        if stream.step():
            key = self._selector.get_key(connection)
            events = selectors.EVENT_WRITE if stream.is_owing else selectors.EVENT_READ
            if events != key.events:
                self._selector.modify(connection, events, key.data)
            return
        self._selector.unregister(connection)
        self._owned[owner].remove(connection.fileno())
        self._sockets.pop(connection.fileno()).close()

    def _pump(self, owner: str, one: int, other: int) -> None:
        for source, target in ((one, other), (other, one)):
            self._owned.setdefault(owner, []).append(source)
            self._watch(source, lambda source=source, target=target: self._carry(source, target))  # type: ignore[misc]

    def _carry(self, source: int, target: int) -> None:
        """Carry the frames that wait on one tap to the other; a device that has gone is no longer watched."""
        for _ in range(FRAMES_A_TURN):
            try:
                frame = os.read(source, MAX_FRAME)
            except BlockingIOError:
                return
            except OSError:
                self._selector.unregister(source)
                return
            with contextlib.suppress(OSError):  # the other end is down: a frame is lost, as on a wire
                os.write(target, frame)

    def _keep(self, owner: str, channel: socket.socket) -> None:
        self._owned.setdefault(owner, []).append(channel.fileno())
        self._sockets[channel.fileno()] = channel

    def _forget(self, owner: str) -> None:
        for descriptor in self._owned.pop(owner, []):
            if descriptor in self._selector.get_map():
                self._selector.unregister(descriptor)
            held = self._sockets.pop(descriptor, None)
            if held is not None:
                held.close()
            else:
                os.close(descriptor)


def _reply(client: socket.socket, answer: dict[str, bool]) -> None:
    with contextlib.suppress(OSError):  # whoever asked has gone
        client.send(json.dumps(answer).encode())


def main(path: Path) -> None:
    """Serve the lab whose control socket is to be at `path` until the process is ended."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as control:
        control.bind(str(path))
        control.listen(BACKLOG)
        attendant = Attendant(control)
        while True:
            attendant.step()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
