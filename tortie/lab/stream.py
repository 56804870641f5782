"""A connection held open, which can be asked whether it still carries data."""

from __future__ import annotations

import secrets
import select
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tortie.lab.topology import Address
from tortie.netlink.namespace import entered

__all__ = ["Stream"]

SECONDS = 1.0
FOUR = 4


class Stream:
    """A TCP connection from inside a namespace to an echoing listener."""

    def __init__(self, namespace: Path, destination: Address, port: int, *, seconds: float = SECONDS) -> None:
        """Connect.

        Raises:
            TimeoutError: No answer came within that many seconds.
            OSError: The connection was refused, or there is no way there.
        """
        family = socket.AF_INET if destination.version == FOUR else socket.AF_INET6
        with entered(namespace):
            self._channel = socket.socket(family, socket.SOCK_STREAM)
        self._channel.settimeout(seconds)
        try:
            self._channel.connect((str(destination), port))
        except OSError:
            self._channel.close()
            raise
        self._channel.settimeout(0)
        self._heard = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def source(self) -> tuple[str, int]:
        """The address and port at this end."""
        address, port, *_ = self._channel.getsockname()
        return address, port

    def still_alive(self, seconds: float = SECONDS) -> bool:
        """Whether what is sent now is echoed within that many seconds; False also when the connection was reset."""
        nonce = secrets.token_bytes(16)
        until = time.monotonic() + seconds
        try:
            self._channel.send(nonce)
            while nonce not in self._heard:
                left = until - time.monotonic()
                if left <= 0 or not select.select([self._channel], [], [], left)[0]:
                    return False
                data = self._channel.recv(65536)
                if not data:
                    return False
                self._heard += data
        except (BlockingIOError, ConnectionError, TimeoutError):
            return False
        self._heard = self._heard.partition(nonce)[2]
        return True

    def close(self) -> None:
        """End the connection."""
        self._channel.close()
