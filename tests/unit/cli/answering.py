"""An agent that answers one question, played by a thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tortie.agent import control_path

__all__ = ["answering"]


@contextmanager
def answering(directory: Path, body: bytes, status: str = "200 OK") -> Iterator[None]:
    """Play an agent that answers one request."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(control_path(directory)))
        server.listen()

        def answer() -> None:
            channel, _ = server.accept()
            with channel:
                channel.recv(65536)
                channel.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

        thread = threading.Thread(target=answer)
        thread.start()
        yield
        thread.join()
