"""A wire that can be cut: carries TCP connections to a port until it is cut, or holds what is on it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Relay", "relay"]


class Relay:
    """Listens on a port, or at a path; `cut` ends and refuses connections, `hold` keeps them open and carries nothing.

    `carried` is how many bytes came back from where it leads.
    """

    def __init__(self, target: int, path: Path | None = None) -> None:
        self._target = target
        if path is None:
            self._listener = socket.create_server(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        else:
            self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._listener.bind(str(path))
            self._listener.listen()
            self.url = f"unix://{path}"
        self.carried = 0
        self._pairs: list[socket.socket] = []
        self._refuses = False
        self._flows = threading.Event()
        self._flows.set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._refuses = True
        while self._pairs:
            one = self._pairs.pop()
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def mend(self) -> None:
        self._refuses = False
        self._flows.set()

    def hold(self) -> None:
        self._flows.clear()

    def close(self) -> None:
        self._flows.set()
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._connect(near)

    def _connect(self, near: socket.socket) -> None:
        try:
            if self._refuses:
                raise ConnectionRefusedError
            far = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            near.close()
            return
        self._pairs += [near, far]
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._carry, args=(source, sink, sink is near), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, back: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.carried += len(data) if back else 0
                self._flows.wait()
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def relay(target: int, path: Path | None = None) -> Iterator[Relay]:
    found = Relay(target, path)
    try:
        yield found
    finally:
        found.close()
